"""Reading lists in a process of its own, so that a million rows cost calls under way nothing.

Knows processes and pipes. Must not know rows: those are ``campaigns.desk.reading``'s. The child has a lower
priority and a bound on its memory; whatever a file does to it, the service goes on.
"""

import asyncio
import contextlib
import pickle
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import IO

import structlog

from campaigns.desk.reading import ReadBatch, ReadJob
from campaigns.desk.wire import batch_from_text
from campaigns.errors import Fault, InvalidInput

log = structlog.get_logger()

BATCH, SPOILED, END = b"B", b"S", b"E"
"""What a frame from the child is: rows, faults that spoil the file, or the end."""


class ProcessReader:
    """``campaigns.desk.imports.ListReader`` in child processes."""

    async def read(self, job: ReadJob) -> AsyncGenerator[ReadBatch, None]:
        """Yield the batches of a file; raises ``InvalidInput`` for what spoils the whole of it."""
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(1, thread_name_prefix="list reader")
        folder = tempfile.TemporaryDirectory(dir=job.path.parent, prefix="seen-")
        child = await loop.run_in_executor(threads, _start, job, folder.name)
        try:
            following = loop.run_in_executor(threads, _next, child)
            while (batch := await following) is not None:
                # Asked for the next one before this one is handed out: reading and loading overlap.
                following = loop.run_in_executor(threads, _next, child)
                yield batch
        finally:
            child.kill()
            # The pending read ends with the child; the pool must not outlive its last work.
            with contextlib.suppress(Exception):
                await asyncio.shield(following)
            await loop.run_in_executor(threads, _bury, child, folder)
            threads.shutdown(wait=False)


def _start(job: ReadJob, folder: str) -> "subprocess.Popen[bytes]":
    child = subprocess.Popen(  # noqa: S603 - this interpreter, a module of ours, a folder of ours
        [sys.executable, "-m", "service.list_reading", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError), child.stdin:
        child.stdin.write(pickle.dumps(job))
    return child


def _next(child: "subprocess.Popen[bytes]") -> ReadBatch | None:
    """Wait for the child's next frame; None at the end."""
    assert child.stdout is not None
    kind, content = _frame(child.stdout)
    if kind == BATCH:
        return batch_from_text(content)
    if kind == END:
        return None
    if kind == SPOILED:
        raise InvalidInput([Fault(place, problem) for place, problem in pickle.loads(content)])  # noqa: S301
    status = child.wait()
    errors = child.stderr.read().decode(errors="replace") if child.stderr is not None else ""
    log.error("list reader died", status=status, errors=errors[-4_000:])
    raise InvalidInput([Fault("file", "cannot be read: it needs too much memory, or it is broken")])


def _frame(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Read one frame: its kind, its length in four bytes, its content. Cut short it has no kind."""
    head = stream.read(5)
    if len(head) < 5:
        return b"", b""
    length = int.from_bytes(head[1:], "big")
    content = stream.read(length)
    return (head[:1], content) if len(content) == length else (b"", b"")


def _bury(child: "subprocess.Popen[bytes]", folder: "tempfile.TemporaryDirectory[str]") -> None:
    child.wait()
    folder.cleanup()
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()
