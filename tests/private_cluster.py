"""A PostgreSQL cluster of the tests' own: on a unix socket only, thrown away at the end, gone if we are.

PostgreSQL does not run as root: then it runs as ``nobody``. Nothing it writes has to survive.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

HOW = "There is no PostgreSQL. Run: make postgresql (as root), or apt-get install postgresql"
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")
START_S = 30.0

_REMEMBER = """
DO $$ DECLARE t text; BEGIN
  CREATE SCHEMA kept;
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('CREATE TABLE kept.%I AS TABLE public.%I', t, t);
  END LOOP;
  CREATE TABLE kept.kept_sequences AS
    SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
END $$
"""
_RESET = """
DO $$ DECLARE t text; s record; BEGIN
  SET LOCAL session_replication_role = replica;  -- no foreign key looks while the tables change
  FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DELETE FROM public.%I', t);
    EXECUTE format('INSERT INTO public.%I SELECT * FROM kept.%I', t, t);
  END LOOP;
  FOR s IN SELECT * FROM kept.kept_sequences LOOP
    PERFORM setval(format('public.%I', s.sequencename), coalesce(s.last_value, 1), s.last_value IS NOT NULL);
  END LOOP;
END $$
"""


def programs() -> Path:
    """Return the newest directory with PostgreSQL's programs: Debian keeps them away from PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    on_path = [Path(folder) for folder in os.get_exec_path()]
    for folder in (*debian, *on_path):
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres", "psql")):
            return folder
    pytest.fail(HOW, pytrace=False)


class PrivateCluster:
    """A running cluster. ``url`` names a database of it."""

    def __init__(self, home: Path, bin_dir: Path) -> None:
        self._home, self._bin = home, bin_dir
        self._resetting: dict[str, subprocess.Popen[str]] = {}

    def url(self, database: str) -> str:
        """Return the URL of a database, as the settings take it."""
        return f"postgresql://dialer@/{database}?host={self._home}"

    def create(self, database: str) -> str:
        """Make an empty database; returns its URL."""
        self.ask(f'CREATE DATABASE "{database}"')
        return self.url(database)

    def remember(self, database: str) -> None:
        """Remember what a database holds now, for ``reset``."""
        self.ask(_REMEMBER, database)

    def reset(self, database: str) -> None:
        """Put a database back to what was remembered: a tenth of the time that a copy of it takes.

        One ``psql`` stays for all of them: to start it, and to log in, would take most of the time.
        """
        if database not in self._resetting:
            self._resetting[database] = subprocess.Popen(
                [*self._psql(database), "-vON_ERROR_STOP=1"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        psql = self._resetting[database]
        assert psql.stdin is not None
        assert psql.stdout is not None
        psql.stdin.write(f"{_RESET};\n\\echo reset\n")
        psql.stdin.flush()
        assert psql.stdout.readline() == "reset\n", "resetting failed: psql says why above"

    def ask(self, statement: str, database: str = "postgres") -> None:
        """Run one statement; raises ``CalledProcessError``."""
        command = [*self._psql(database), "-c", statement]
        subprocess.run(command, check=True, timeout=60, capture_output=True)

    def value(self, statement: str, database: str = "postgres") -> str:
        """Return what a statement for one value says; raises ``CalledProcessError``."""
        command = [*self._psql(database), "-At", "-c", statement]
        return subprocess.run(command, check=True, timeout=60, capture_output=True, text=True).stdout.strip()

    def close(self) -> None:
        """End what resets."""
        for psql in self._resetting.values():
            psql.communicate(timeout=20)

    def _psql(self, database: str) -> list[str]:
        return [str(self._bin / "psql"), "-qX", "-h", str(self._home), "-U", "dialer", "-d", database]


@contextlib.contextmanager
def private_cluster() -> Iterator[PrivateCluster]:
    """Make and start a cluster; ends and removes it at the end."""
    bin_dir = programs()
    home = Path(tempfile.mkdtemp(prefix="dialer-pg-"))
    data, log = home / "data", home / "log"
    if os.geteuid() == 0:
        shutil.chown(home, "nobody")
    try:
        _run_as_nobody([str(bin_dir / "initdb"), "-D", str(data), *_INITDB])
        settings = [f"-c{each}" for each in (*FAST, "listen_addresses=", f"unix_socket_directories={home}")]
        with log.open("wb") as out:
            server = subprocess.Popen(
                _as_nobody([str(bin_dir / "postgres"), "-D", str(data), *settings]),
                stdout=out,
                stderr=out,
                cwd="/",
            )
        try:
            cluster = PrivateCluster(home, bin_dir)
            _wait_ready(cluster, server, log)
            try:
                yield cluster
            finally:
                cluster.close()
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing has to be kept
            server.wait(20)
    finally:
        shutil.rmtree(home, ignore_errors=True)


_INITDB = ("-U", "dialer", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8")


def _as_nobody(command: Sequence[str]) -> list[str]:
    """Return a command that dies with us, and does not run as root."""
    other = ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    return ["setpriv", *other, "--pdeathsig", "KILL", "--", *command]


def _run_as_nobody(command: Sequence[str]) -> None:
    done = subprocess.run(
        _as_nobody(command), capture_output=True, text=True, check=False, cwd="/", timeout=120
    )
    assert done.returncode == 0, done.stderr


def _wait_ready(cluster: PrivateCluster, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            cluster.ask("SELECT 1")
        except subprocess.CalledProcessError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return
