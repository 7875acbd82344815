"""The ``dialer`` command: what each subcommand prints, and that known errors are lines, not tracebacks."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from command_line import assert_one_line, typed

from service.version import VERSION

pytestmark = pytest.mark.usefixtures("quiet")
SHIPPED = Path(__file__).parents[3] / "ivr" / "flows"


def dialer(*words: str | Path) -> Result:
    return typed(*words)


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
    "command",
    ["demo", "serve", "pbx", "doctor", "existing", "call", "import", "report", "explain", "forecast"],
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


def test_the_demo_takes_the_asterisk_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text('[pbx]\nasterisk = "opt/sbin/asterisk"\n')
    assert_one_line(dialer("demo", "--headless"), f"{tmp_path}/opt/sbin/asterisk: cannot be started")


def test_a_log_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    assert_one_line(dialer("demo", "--log-file", tmp_path / "no" / "such" / "x.log"), "x.log")


def test_serving_without_the_manager_s_secret_says_so(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text("[pbx]\nmanaged = false\n")
    assert_one_line(dialer("serve"), "var/ami-secret", "DIALER_AMI_SECRET")


def test_an_asterisk_that_is_not_ours_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text("[pbx]\nmanaged = false\n")
    assert_one_line(dialer("pbx"), "pbx.managed is false")


# Commands that write or look.


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


# What commands have in common.


def test_what_a_script_asks_for_is_an_object(tmp_path: Path) -> None:
    assert json.loads(dialer("check", SHIPPED / "revisit.toml", "--json").stdout) == {"flows": 1}
    refused = dialer("check", "gone.toml", "--json")
    (last,) = refused.stdout.splitlines()
    assert (refused.exit_code, "gone.toml: file: cannot be read" in json.loads(last)["faults"][0]) == (
        1,
        True,
    )
    (tmp_path / "dialer.toml").write_text("[pbx]\nmanaged = false\n")
    written = json.loads(dialer("existing", tmp_path / "out", "--json").stdout.splitlines()[-1])["files"]
    assert str(tmp_path / "out" / "README") in written


def test_every_command_that_ends_by_itself_has_json() -> None:
    for name in ("demo", "existing", "doctor", "check", "call", "import", "report", "explain", "forecast"):
        assert "--json" in dialer(name, "--help").stdout
    for name in ("serve", "pbx"):
        assert "--json" not in dialer(name, "--help").stdout


def test_the_version_is_told() -> None:
    result = dialer("--version")
    assert (result.exit_code, result.stdout) == (0, f"dialer {VERSION}\n")


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
