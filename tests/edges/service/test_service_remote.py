"""Commands that ask the running service: what they send, what is printed, and that refusals are lines."""

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
from command_line import assert_one_line, typed

from service.tokens import manager_token, tokens_of

pytestmark = pytest.mark.usefixtures("quiet")
PLACED = {"number": "+12025550100", "attempt_id": "att-1", "campaign_id": 7}


def dialer(*words: str | Path) -> Result:
    return typed(*words)


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


def test_what_a_script_asks_for_is_an_object(service: Service) -> None:
    service.answers["/api/calls"] = (200, PLACED)
    assert json.loads(dialer("call", "+12025550100", "--json").stdout) == PLACED


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


def test_what_a_terminal_would_obey_is_written_out(service: Service) -> None:
    assert "\\x1b[2J" in dialer("import", "1", "gone\x1b[2J.csv").output
