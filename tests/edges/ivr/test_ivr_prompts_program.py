"""The programs that speak: one that fails is told with its last words."""

import sys

import pytest

from ivr.errors import NotInstalled, PromptError
from ivr.prompts.speaker import run_program


async def test_a_program_runs_to_its_end() -> None:
    await run_program([sys.executable, "-c", "pass"])
    with pytest.raises(PromptError, match=r"ended with 3: too loud"):
        await run_program([sys.executable, "-c", "import sys; sys.stderr.write('too loud'); sys.exit(3)"])
    with pytest.raises(NotInstalled, match="/nonexistent/program is not installed"):
        await run_program(["/nonexistent/program"])
    with pytest.raises(PromptError, match=r"cannot run /: .*Permission"):
        await run_program(["/"])
