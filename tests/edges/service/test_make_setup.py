"""`make setup` with a python3 that once could not make an environment; pip itself is a stand-in."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from service.pbx.places import CHECKOUT

PYTHON3 = """#!/bin/sh
# python3 -m venv --clear DIRECTORY, with python3-venv or (while `without` is there) without it
for directory; do :; done
rm -rf "$directory"; mkdir -p "$directory/bin"
{ echo '#!/bin/sh'; [ -e without ] && echo 'echo No module named pip >&2; exit 1'
  echo 'echo "$*" >> pip.log'; } > "$directory/bin/python"
chmod +x "$directory/bin/python"
[ ! -e without ]
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    shutil.copy(CHECKOUT / "Makefile", tmp_path)
    for file in ("requirements/dev.txt", "pyproject.toml", "bin/python3", "without"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch(mode=0o755)
    (tmp_path / "bin/python3").write_text(PYTHON3)
    return tmp_path


def make_setup(checkout: Path) -> subprocess.CompletedProcess[str]:
    path = f"{checkout / 'bin'}:{os.environ['PATH']}"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        ["make", "setup"],
        cwd=checkout,
        env=environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def installs(checkout: Path) -> int:
    log = checkout / "pip.log"
    return (
        sum(line.startswith("-m pip install") for line in log.read_text().splitlines()) if log.exists() else 0
    )


def test_what_a_python_without_venv_left_is_made_anew(checkout: Path) -> None:
    refused = make_setup(checkout)
    assert refused.returncode != 0
    assert "apt-get install python3-venv" in refused.stderr
    assert (checkout / ".venv/bin/python").exists()  # and it has no pip
    (checkout / "without").unlink()
    done = make_setup(checkout)
    assert done.returncode == 0, done.stderr
    assert installs(checkout) == 2


def test_a_sound_environment_is_kept(checkout: Path) -> None:
    (checkout / "without").unlink()
    assert make_setup(checkout).returncode == 0
    kept = checkout / ".venv" / "kept"
    kept.touch()
    os.utime(checkout / "requirements/dev.txt", (2**31, 2**31))  # newer than what is installed
    assert make_setup(checkout).returncode == 0
    assert kept.exists()
    assert installs(checkout) == 4
