"""The ``dialer`` command: what each subcommand prints, and that known errors are lines, not tracebacks."""

import json
import os
import pwd
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from command_line import typed
from structlog.testing import capture_logs

from service.tokens import manager_token, tokens_of
from service.version import VERSION

SHIPPED = Path(__file__).parents[3] / "ivr" / "flows"


def dialer(*words: str | Path) -> Result:
    return typed(*words)


def assert_one_line(result: Result, *words: str) -> None:
    """The command failed, and said why in one line."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.output
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit)
    for word in words:
        assert word in result.stderr


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Nothing of this machine's settings is seen, and the log of this very process stays as it is."""
    monkeypatch.setattr("service.cli.log_to", lambda out, level: None)
    for name in ("DIALER_SETTINGS", "DIALER_AMI_SECRET", "DIALER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DIALER_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    with capture_logs():
        yield


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


class Service(ThreadingHTTPServer):
    """Answers as the running service does; ``asked`` is what came."""

    def __init__(self, answers: dict[str, tuple[int, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.answers = answers
        self.asked: list[tuple[str, str, bytes, str]] = []
        self.users: list[str] = []


class _Answer(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        token = self.headers.get("Authorization", "")
        self.server.users.append(self.headers.get("Dialer-User", ""))
        self.server.asked.append((self.command, self.path, self.rfile.read(length), token))
        answers = self.server.answers
        status, answer = answers.get(self.path) or answers[self.path.partition("?")[0]]
        body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the library's own name

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    tokens_of(tmp_path / "var" / "tokens.json", [])
    server = Service({})
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    (tmp_path / "dialer.toml").write_text(f"[http]\nport = {server.server_address[1]}\n")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_command_is_listed() -> None:
    result = dialer("--help")
    assert result.exit_code == 0
    for name in (
        "demo",
        "serve",
        "pbx",
        "existing",
        "doctor",
        "check",
        "call",
        "import",
        "report",
        "explain",
        "forecast",
    ):
        assert name in result.stdout


@pytest.mark.parametrize(
    "command", ["serve", "pbx", "doctor", "existing", "call", "import", "report", "explain", "forecast"]
)
def test_wrong_settings_are_all_named_by_every_command_that_reads_them(command: str, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("colour = 1\n[http]\nport = 99999\n")
    (tmp_path / "list.csv").write_text("ref\n")
    arguments = {
        "existing": ["out"],
        "call": ["+12025550100"],
        "import": ["1", "list.csv"],
        "report": ["1"],
        "explain": ["1"],
        "forecast": ["1", "--agents", "4"],
    }.get(command, [])
    result = dialer(command, *arguments, "--settings", "bad.toml")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[1:] == [
        "http.port: Input should be less than or equal to 65535",
        "colour: there is no such setting",
    ]
    assert not (tmp_path / "out").exists()


# Commands that start something.


def test_the_demo_says_how_to_get_an_asterisk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    result = dialer("demo", "--headless")
    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "asterisk" in result.stderr.lower()


def test_a_log_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    assert_one_line(dialer("demo", "--log-file", tmp_path / "no" / "such" / "x.log"), "x.log")


def test_serving_without_the_manager_s_secret_says_so(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text("[pbx]\nmanaged = false\n")
    assert_one_line(dialer("serve"), "var/ami-secret", "DIALER_AMI_SECRET")


def test_an_asterisk_that_is_not_ours_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text("[pbx]\nmanaged = false\n")
    assert_one_line(dialer("pbx"), "pbx.managed is false")


# Commands that write or look.


THEIRS = "[pbx]\nmanaged = false\n"


def test_files_for_an_existing_asterisk_are_not_written_while_ours_is_meant(tmp_path: Path) -> None:
    result = dialer("existing", tmp_path / "out")
    assert (result.exit_code, "pbx.managed: is true" in result.stderr) == (1, True)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "var" / "ami-secret").exists()


def test_the_files_for_an_existing_asterisk_are_written_and_named(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text(f'{THEIRS}[[trunks]]\nname = "main"\nhost = "192.0.2.1"\n')
    result = dialer("existing", tmp_path / "out")
    assert result.exit_code == 0, result.output
    written = [Path(line) for line in result.stdout.splitlines()]
    assert written
    assert all(path.is_file() for path in written)
    assert (tmp_path / "var" / "ami-secret").stat().st_mode & 0o777 == 0o600


def test_settings_that_no_asterisk_can_take_stop_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text(f'{THEIRS}[[trunks]]\nname = "bad name"\nhost = "192.0.2.1"\n')
    result = dialer("existing", tmp_path / "out")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, "the settings are wrong:")
    assert "trunks.0.name: 'bad name'" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_secret_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text(
        f'{THEIRS}[[trunks]]\nname = "main"\nhost = "192.0.2.1"\nusername = "u"\npassword_file = "gone"\n'
    )
    assert_one_line(dialer("existing", tmp_path / "out"), "gone")


def test_the_doctor_s_faults_are_told_with_what_to_do_and_as_json(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text("[pbx]\nmanaged = false\n")
    result = dialer("doctor", "--json")
    assert result.exit_code == 1
    assert "BAD  manager secret" in result.stdout
    assert "what to do:" in result.stdout
    last = json.loads(result.stdout.splitlines()[-1])
    assert last["ok"] is False
    assert {"name", "ok", "detail", "remedy"} == set(last["findings"][0])


def test_sound_flows_pass_the_check() -> None:
    flows = sorted(SHIPPED.glob("*.toml"))
    result = dialer("check", *flows)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{len(flows)} flow(s), no fault")


def test_every_fault_of_every_flow_is_told_with_its_file(tmp_path: Path) -> None:
    text = (SHIPPED / "revisit.toml").read_text(encoding="utf-8")
    (tmp_path / "revisit.toml").write_text(text.replace('voted = "end"', 'voted = "nowhere"'))
    result = dialer("check", "revisit.toml", "gone.toml")
    assert result.exit_code == 1
    assert "revisit.toml: " in result.stderr
    assert "nowhere" in result.stderr
    assert "gone.toml: file: cannot be read" in result.stderr


# Commands that ask the running service.


PLACED = {"number": "+12025550100", "attempt_id": "att-1", "campaign_id": 7}


def test_a_test_call_is_placed_by_the_service(service: Service, tmp_path: Path) -> None:
    service.answers["/api/calls"] = (200, PLACED)
    result = dialer("call", "+12025550100")
    assert (result.exit_code, result.stdout) == (
        0,
        "calling +12025550100: attempt att-1; what comes of it: dialer report 7\n",
    )
    ((method, path, body, token),) = service.asked
    assert (method, path, json.loads(body)) == ("POST", "/api/calls", {"number": "+12025550100"})
    assert token == f"Bearer {manager_token(tmp_path / 'var' / 'tokens.json')}"
    assert service.users == [pwd.getpwuid(os.getuid()).pw_name]


def test_what_a_script_asks_for_is_an_object(service: Service, tmp_path: Path) -> None:
    placed = {"number": "+12025550100", "attempt_id": "att-1", "campaign_id": 1}
    service.answers["/api/calls"] = (200, placed)
    assert json.loads(dialer("call", "+12025550100", "--json").stdout) == placed
    assert json.loads(dialer("check", SHIPPED / "revisit.toml", "--json").stdout) == {"flows": 1}
    refused = dialer("check", "gone.toml", "--json")
    (last,) = refused.stdout.splitlines()
    assert (refused.exit_code, "gone.toml: file: cannot be read" in json.loads(last)["faults"][0]) == (
        1,
        True,
    )
    (tmp_path / "dialer.toml").write_text(THEIRS)
    written = json.loads(dialer("existing", tmp_path / "out", "--json").stdout.splitlines()[-1])["files"]
    assert str(tmp_path / "out" / "README") in written


def test_every_command_that_ends_by_itself_has_json() -> None:
    for name in ("demo", "existing", "doctor", "check", "call", "import", "report", "explain", "forecast"):
        assert "--json" in dialer(name, "--help").stdout
    for name in ("serve", "pbx"):
        assert "--json" not in dialer(name, "--help").stdout


def test_a_user_whom_nobody_knows_by_a_plain_name_is_not_told(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.answers["/api/calls"] = (200, PLACED)
    monkeypatch.setattr(os, "getuid", lambda: 4_294_967_000)
    assert dialer("call", "+12025550100").exit_code == 0
    known = pwd.struct_passwd(("é (x)", "x", 1, 1, "", "/", "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwuid", lambda _: known)
    monkeypatch.setenv("USER", "mallory")
    assert dialer("call", "+12025550100").exit_code == 0
    assert service.users == ["", ""]


def test_a_refusal_is_the_service_s_own_words(service: Service) -> None:
    service.answers["/api/calls"] = (409, {"title": "not now", "detail": "no trunk with room"})
    assert_one_line(dialer("call", "+12025550100"), "no trunk with room")


def test_a_service_that_does_not_run_is_one_line(tmp_path: Path, closed_port: int) -> None:
    tokens_of(tmp_path / "var" / "tokens.json", [])
    (tmp_path / "dialer.toml").write_text(f"[http]\nport = {closed_port}\n")
    assert_one_line(dialer("report", "1"), "the service does not answer")


def test_something_else_on_the_port_is_one_line(service: Service) -> None:
    service.answers["/api/calls"] = (200, b"<html>not ours</html>")
    assert_one_line(dialer("call", "+12025550100"), "the service does not answer")


def test_an_address_that_is_none_is_one_line(service: Service) -> None:
    assert_one_line(dialer("call", "+12025550100", "--url", "localhost:8080"), "--url", "http://")


def test_before_the_first_start_there_is_no_token() -> None:
    assert_one_line(dialer("report", "1"), "start the service once")


def test_any_free_port_needs_an_address(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text("[http]\nport = 0\n")
    assert_one_line(dialer("report", "1"), "http.port", "--url")


def test_a_list_that_is_not_there_is_one_line(service: Service) -> None:
    assert_one_line(dialer("import", "1", "gone.csv"), "gone.csv")


def test_a_report_is_printed_or_given_as_json(service: Service) -> None:
    report = {
        "campaign": {"name": "Revisit"},
        "attempts": 3,
        "dispositions": {"connected": 3},
        "abandoned_share": None,
        "answer_to_agent_ms": {"p50": None, "p99": None, "max": None},
        "talk_s_average": None,
        "vote_average": 4.0,
        "votes": {"4": 1},
        "not_reached": [],
        "not_reached_total": 0,
        "records": [],
        "records_total": 0,
    }
    service.answers["/api/campaigns/1/report"] = (200, report)
    result = dialer("report", "1")
    assert result.exit_code == 0, result.output
    assert "Revisit: 3 attempts" in result.stdout
    assert json.loads(dialer("report", "1", "--json").stdout) == report


def test_the_running_service_explains(service: Service) -> None:
    reason = {"text": "dialing", "since": None, "until": None, "zone": ""}
    why = {"campaign": "Revisit", "status": "running", "reasons": [reason],
           "total": 0, "due": 0, "due_estimated": False, "lines": [],
           "next_at": "2026-11-23T08:00:00Z"}  # fmt: skip
    service.answers["/api/campaigns/1/why"] = (200, why)
    service.answers["/api/campaigns/1/why/customer"] = (404, {"title": "gone", "detail": "nobody there"})
    assert dialer("explain", "1").stdout.splitlines()[0] == "Revisit (running): dialing"
    assert json.loads(dialer("explain", "1", "--json").stdout) == why
    assert_one_line(dialer("explain", "1", "C/1 ß"), "nobody there")
    assert service.asked[-1][1] == "/api/campaigns/1/why/customer?who=C/1+%C3%9F"


def test_a_report_as_json_has_every_line_of_its_lists(service: Service) -> None:
    path = "/api/campaigns/1/report"
    leads, records = [{"lead_id": n} for n in range(1, 6)], [{"attempt_id": f"a-{n}"} for n in (3, 2, 1)]
    first = {"not_reached": leads[:2], "not_reached_total": 5, "records": records[:1], "records_total": 3}
    service.answers = {
        path: (200, first),
        f"{path}/not-reached?after=2&limit=5000": (200, {"lines": leads[2:4], "left": 1}),
        f"{path}/not-reached?after=4&limit=5000": (200, {"lines": leads[4:], "left": 0}),
        f"{path}/records?after=a-3&limit=5000": (200, {"lines": records[1:], "left": 0}),
    }
    whole = json.loads(dialer("report", "1", "--json").stdout)
    assert (whole["not_reached"], whole["records"]) == (leads, records)


def test_the_version_is_told() -> None:
    result = dialer("--version")
    assert (result.exit_code, result.stdout) == (0, f"dialer {VERSION}\n")


def test_what_a_terminal_would_obey_is_written_out(service: Service) -> None:
    assert "\\x1b[2J" in dialer("import", "1", "gone\x1b[2J.csv").output


def test_changed_packs_are_taken_by_the_service_and_told(service: Service) -> None:
    told = {"packs": {"es": "1", "ours": "2"}, "added": ["ours"], "changed": ["es"], "gone": []}
    service.answers["/api/packs/reload"] = (200, told)
    assert dialer("packs", "reload").stdout == "2 packs in force; added: ours; changed: es\n"
    assert json.loads(dialer("packs", "reload", "--json").stdout) == told
    service.answers["/api/packs/reload"] = (200, {**told, "added": [], "changed": []})
    assert dialer("packs", "reload").stdout == "2 packs in force; nothing has changed\n"
    faults = [{"place": "ours.toml: label", "problem": "is missing"}]
    service.answers["/api/packs/reload"] = (422, {"title": "wrong", "detail": "1 thing", "faults": faults})
    refused = dialer("packs", "reload")
    assert (refused.exit_code, refused.stderr) == (1, "1 thing\nours.toml: label: is missing\n")


@pytest.mark.parametrize(
    ("line", "code", "error"),
    [
        ("verdict --json", 2, "the question cannot be read"),
        ("verdict --json --bogus", 2, "No such option: --bogus"),
        ("--bogus verdict --json", 2, "No such option: --bogus"),
        ("nothing --json", 2, "No such command 'nothing'."),
        ("import one list.csv --json", 2, "Invalid value for 'campaign'"),
        ("import 1 --json", 2, "Missing argument 'file'"),
        ("import 1 list.csv --json", 1, "holds no manager token yet"),
        ("explain 1 --json", 1, "there is no database yet"),
        ("explain 1 C-1 --json", 1, "there is no database yet"),
        ("ledger verify --json", 1, "there is no database yet"),
        ("ledger head --json", 1, "there is no database yet"),
        ("ledger export --from soon --json", 1, "--from: 'soon'"),
        ("ledger nothing --json", 2, "No such command"),
        ("forecast 1 --agents 1 --json", 1, "there is no database yet"),
        ("report 1 --json", 1, "holds no manager token yet"),
        ("packs reload --json", 1, "holds no manager token yet"),
        ("campaign show 1 --json", 1, "holds no manager token yet"),
        ("campaign show --json", 2, "Missing argument"),
        ("doctor --settings none.toml --json", 1, "the settings are wrong"),
        ("simulate --agents 1 --pacer none --json", 1, "there is no pacer 'none'"),
    ],
)
def test_with_json_the_last_line_is_an_object_whatever_goes_wrong(line: str, code: int, error: str) -> None:
    result = dialer(*line.split())
    assert result.exit_code == code, result.output
    (last,) = result.stdout.splitlines()
    told = json.loads(last)
    assert told.keys() == {"error", "faults"}
    assert error in told["error"]
    assert result.stderr.strip()
    plain = dialer(*line.replace(" --json", "").split())
    assert (plain.exit_code, plain.stdout) == (code, "")


def test_every_fault_of_a_question_is_in_the_object() -> None:
    told = json.loads(dialer("verdict", "--at", "noon", "--json").stdout)
    assert [fault.split()[0] for fault in told["faults"]] == ["--number", "--purpose", "--at", "--pack"]


def test_what_stands_behind_the_options_asks_for_no_object() -> None:
    assert dialer("call", "--", "--json").stdout == ""
