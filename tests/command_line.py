"""The `dialer` command, typed inside the tests' process.

Knows the program's command line as a whole. Must not know a command of it. It is made once: that takes
longer than most commands, and a process makes it once, too.
"""

from pathlib import Path

from click.testing import CliRunner, Result
from typer.main import get_command

from service.cli import app

_COMMAND = get_command(app)


def typed(*words: str | Path) -> Result:
    """Run one command to its end."""
    return CliRunner().invoke(_COMMAND, [str(word) for word in words])


def assert_one_line(result: Result, *words: str) -> None:
    """The command failed, and said why in one line."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.output
    assert not isinstance(result.exception, Exception) or isinstance(result.exception, SystemExit)
    for word in words:
        assert word in result.stderr
