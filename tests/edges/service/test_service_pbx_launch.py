"""What is put before a program: that it goes first where it is allowed, and that its mounts are its own."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from service.pbx.launch import PRIORITY, first, with_own_mounts

ROOT = os.geteuid() == 0
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if ROOT else []
MAY = ["--inh-caps=+sys_nice", "--ambient-caps=+sys_nice"]


# A root of its own that is a plain folder, on a machine whose mounts are shared: what is mounted below it
# would show up everywhere.
IN_PLAIN_CHROOT = """
set -e
root=$1; shift
mount --make-rshared /
for part in usr etc proc dev; do mkdir "$root/$part"; mount --rbind "/$part" "$root/$part"; done
for link in bin sbin lib lib64; do ln -s "usr/$link" "$root/$link"; done
mkdir "$root/place"
chroot "$root" "$@"
! grep -q " $root/place " /proc/self/mountinfo
"""


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


@pytest.mark.skipif(not ROOT, reason="only root may mount")
def test_mounts_are_our_own_where_the_root_is_no_mount_point(tmp_path: Path) -> None:
    command = with_own_mounts(["sh", "-c", "mount -t tmpfs none /place && touch /place/made && ls /place"])
    inside = [
        "unshare",
        "--mount",
        "--propagation",
        "private",
        "sh",
        "-c",
        IN_PLAIN_CHROOT,
        "sh",
        str(tmp_path),
    ]
    done = subprocess.run([*inside, *command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "made\n", "")
