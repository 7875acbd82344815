"""`dialer existing` on a real disk: all is written or nothing, and every folder in the way is told."""

import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import assert_one_line, typed

THEIRS = "[pbx]\nmanaged = false\n"
# The rights of files count for root too, without these two.
ORDINARY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
CHECKOUT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def theirs(quiet: None, tmp_path: Path) -> None:
    """The settings want the Asterisk that exists."""
    (tmp_path / "dialer.toml").write_text(THEIRS)


def as_ordinary_user(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*ORDINARY, sys.executable, "-c", "from service.cli import main; main()", *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every path below a folder with its mode and content."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nothing_is_written_while_an_asterisk_of_ours_is_meant(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").unlink()
    result = typed("existing", tmp_path / "out")
    assert (result.exit_code, "pbx.managed: is true" in result.stderr) == (1, True)
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "var" / "ami-secret").exists()


def test_the_files_are_written_and_named(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text(f'{THEIRS}[[trunks]]\nname = "main"\nhost = "192.0.2.1"\n')
    result = typed("existing", tmp_path / "out")
    assert result.exit_code == 0, result.output
    written = [Path(line) for line in result.stdout.splitlines()]
    assert written
    assert all(path.is_file() for path in written)
    assert (tmp_path / "var" / "ami-secret").stat().st_mode & 0o777 == 0o600


def test_settings_that_no_asterisk_can_take_stop_before_anything_is_made(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text(f'{THEIRS}[[trunks]]\nname = "bad name"\nhost = "192.0.2.1"\n')
    result = typed("existing", tmp_path / "out")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, "the settings are wrong:")
    assert "trunks.0.name: 'bad name'" in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_secret_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text(
        f'{THEIRS}[[trunks]]\nname = "main"\nhost = "192.0.2.1"\nusername = "u"\npassword_file = "gone"\n'
    )
    assert_one_line(typed("existing", tmp_path / "out"), "gone")


def test_each_file_is_open_to_those_who_need_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        written = [Path(line) for line in typed("existing", "out").stdout.splitlines()]
    finally:
        os.umask(before)
    assert {path.name for path in written} == {
        "dialer-extensions.conf", "dialer-manager.conf", "dialer-pjsip.conf", "README",
    }  # fmt: skip
    assert {mode(path) for path in written} == {0o640}
    assert mode(tmp_path / "var" / "ami-secret") == 0o600
    assert mode(tmp_path / "var" / "pbx" / "votes") == 0o2770


def test_a_secret_that_is_there_is_kept_and_one_of_the_environment_makes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = tmp_path / "out" / "dialer-manager.conf"
    monkeypatch.setenv("DIALER_AMI_SECRET", "of-the-environment")
    assert typed("existing", "out").exit_code == 0
    assert "secret = of-the-environment\n" in manager.read_text()
    assert not (tmp_path / "var" / "ami-secret").exists()
    monkeypatch.delenv("DIALER_AMI_SECRET")
    for _ in range(2):
        assert typed("existing", "out").exit_code == 0
        kept = (tmp_path / "var" / "ami-secret").read_text().strip()
        assert f"secret = {kept}\n" in manager.read_text()


def test_a_folder_that_may_not_be_made_is_told_with_what_to_do(tmp_path: Path) -> None:
    closed = tmp_path / "etc"
    closed.mkdir(mode=0o555)
    before = everything(tmp_path)
    told = as_ordinary_user("existing", closed / "dialer")
    assert told.returncode == 1
    assert told.stdout == ""
    first, only = told.stderr.splitlines()
    assert first == "nothing was written, for these folders can not be:"
    assert only.startswith(f"{closed}/dialer: Permission denied in {closed}; as root: install -d -o ")
    assert only.endswith(f" {closed}/dialer; or name another folder")
    assert everything(tmp_path) == before


def test_a_folder_that_no_asterisk_can_be_told_is_named_as_what_it_is(tmp_path: Path) -> None:
    told = typed("existing", "in c")
    assert (told.exit_code, f"DIR: '{tmp_path}/in c/agi/vote.py' is not" in told.stderr) == (1, True)
    assert not (tmp_path / "in c").exists()


def test_every_folder_in_the_way_is_told_at_once_and_none_is_left_behind(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o555)
    (tmp_path / "file").touch()
    pbx = 'ami_secret_file = "closed/secret"\nvotes = "file/votes"\nprompts = "closed/prompts"\n'
    (tmp_path / "dialer.toml").write_text(THEIRS + pbx)
    before = everything(tmp_path)
    told = as_ordinary_user("existing", tmp_path / "new" / "out")
    assert told.returncode == 1
    lines = told.stderr.splitlines()[1:]
    assert len(lines) == 2
    assert lines[0].startswith(f"{tmp_path}/closed: Permission denied; let ")
    assert lines[0].endswith(" write there, or set pbx.ami_secret_file to a file elsewhere")
    assert lines[1] == f"{tmp_path}/file/votes: Not a directory in {tmp_path}/file; set pbx.votes to another"
    assert everything(tmp_path) == before


def test_what_is_there_stays_whole_where_the_new_cannot_be_written(tmp_path: Path) -> None:
    assert typed("existing", "out").exit_code == 0
    readme = tmp_path / "out" / "README"
    readme.unlink()
    readme.mkdir()
    (tmp_path / "dialer.toml").write_text(f'{THEIRS}[[trunks]]\nname = "main"\nhost = "192.0.2.1"\n')
    before = everything(tmp_path / "out")
    told = typed("existing", "out")
    assert (told.exit_code, "Traceback" in told.output) == (1, False)
    assert "out/README" in told.stderr
    assert everything(tmp_path / "out") == before


def test_the_trial_of_the_readme_is_silent_where_all_can_be_used_and_names_what_can_not(
    tmp_path: Path,
) -> None:
    """Typed as it stands there, but for the change of user."""
    assert typed("existing", "out").exit_code == 0
    step = (tmp_path / "out" / "README").read_text().split("\n5. ")[1].split("\n6. ")[0]
    words = shlex.split(step[step.index("su -s") :])
    assert words[:-1] == ["su", "-s", "/bin/sh", "asterisk", "-c"]

    def trial() -> str:
        command = [*ORDINARY, "sh", "-c", words[-1]]
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr

    assert trial() == ""
    for path in ("out/dialer-pjsip.conf", "out/agi/vote.py", "var/pbx/prompts", "var/pbx/votes"):
        there = mode(tmp_path / path)
        (tmp_path / path).chmod(0)
        assert path in trial()
        (tmp_path / path).chmod(there)
