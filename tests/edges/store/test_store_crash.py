"""Killed in the middle of its work, the store has every attempt it said was safe."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import Connection

from store.opening import open_store

HERE = Path(__file__).parent


async def test_every_attempt_that_returned_is_there_after_a_kill(url: str) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "crash_writer.py"),
        url,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{HERE.parents[2]}:{HERE.parents[1]}"},
    )
    assert program.stdout is not None
    safe = [(await asyncio.wait_for(program.stdout.readline(), 30)).decode().strip() for _ in range(300)]
    program.send_signal(signal.SIGKILL)
    rest = (await program.stdout.read()).decode()
    await program.wait()
    safe += [line for line in rest.split("\n")[:-1] if line]

    store = await open_store(url)
    kept = {each.id for each in await store.call_book.open_attempts()}
    assert set(safe) <= kept
    assert len(kept) < 4_000, "the program was to be killed in the middle of its work"

    def check(connection: Connection) -> object:
        return connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()

    assert await store.database.read(check) == "ok"
    await store.close()
