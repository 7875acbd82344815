"""A program that goes first does so where it is allowed, and runs all the same where it is not."""

import os
import subprocess
from collections.abc import Sequence

import pytest

from service.pbx.launch import PRIORITY, first

ROOT = os.geteuid() == 0
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if ROOT else []
MAY = ["--inh-caps=+sys_nice", "--ambient-caps=+sys_nice"]


def said(before: Sequence[str]) -> str:
    """What a program that goes first says of itself."""
    command = [*before, *first(["chrt", "--pid", "0"])]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_without_the_right_it_runs_like_everything_else() -> None:
    assert "policy: SCHED_OTHER\n" in said(NOBODY)


@pytest.mark.skipif(not ROOT, reason="only root may give the right")
def test_an_ordinary_user_who_has_the_right_is_enough() -> None:
    told = said([*NOBODY, *MAY])
    assert "policy: SCHED_RR\n" in told
    assert f"priority: {PRIORITY}\n" in told
