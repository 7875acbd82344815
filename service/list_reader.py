"""Reading uploaded files in processes of their own, so that a million rows cost calls under way nothing.

Knows processes and pipes. Must not know rows: those are ``campaigns.desk.reading``'s. A child has a lower
priority and bounds on its memory and time; whatever a file does to it, the service goes on.
"""

import asyncio
import contextlib
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Final, TypeVar

import structlog

from campaigns.desk import wire
from campaigns.desk.preview import Preview
from campaigns.desk.reading import ReadBatch, ReadJob
from campaigns.desk.registry import NumberBatch
from campaigns.errors import Fault, InvalidInput
from service.list_tasks import (
    ANSWER,
    END,
    HEAD_BYTES,
    SPOILED,
    TOO_MUCH,
    Limits,
    NumbersTask,
    PreviewTask,
    ReadTask,
    RejectTask,
    Task,
)

log = structlog.get_logger()
T = TypeVar("T")

SHORT_AT_ONCE: Final = 1
"""Previews and rewritten reject files at the same time, and as many files of numbers; others wait. How many
lists are read at once is the desk's to say."""


class ProcessReader:
    """``ListReader`` and ``NumberReader`` of the desks, in child processes."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._short = asyncio.Semaphore(SHORT_AT_ONCE)
        self._registries = asyncio.Semaphore(SHORT_AT_ONCE)

    def read(self, job: ReadJob) -> AsyncGenerator[ReadBatch, None]:
        """Yield the batches of a file; raises ``InvalidInput`` for what spoils the whole of it."""
        return self._answers(ReadTask(job), job.path.parent, wire.batch_from_text)

    async def preview(self, job: ReadJob) -> Preview:
        """Read the first rows of a file; raises ``InvalidInput`` when it cannot be opened as a list."""
        async with self._short:
            answers = self._answers(PreviewTask(job), job.path.parent, wire.preview_from_text)
            async with contextlib.aclosing(answers):
                return await anext(answers)

    async def reject(self, job: ReadJob, problems: Mapping[int, str]) -> None:
        """Write rows to the reject file that were left out only when loading, by row number."""
        async with self._short:
            answers = self._answers(RejectTask(job, problems), job.path.parent, bytes)
            async with contextlib.aclosing(answers):
                async for _ in answers:
                    raise AssertionError("nothing is told about a reject file")

    async def numbers(
        self, path: Path, region: str | None, encoding: str = ""
    ) -> AsyncGenerator[NumberBatch, None]:
        """Yield the batches of a file of numbers; raises ``InvalidInput`` for what spoils it."""
        async with self._registries:
            task = NumbersTask(path, region, encoding)
            answers = self._answers(task, path.parent, wire.numbers_from_text)
            async with contextlib.aclosing(answers):
                async for batch in answers:
                    yield batch

    async def _answers(self, task: Task, beside: Path, read: Callable[[bytes], T]) -> AsyncGenerator[T, None]:
        """Start a child, yield what it answers, and leave nothing of it behind."""
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(1, thread_name_prefix="list reader")
        child = _Child(task, beside, self._limits)
        await loop.run_in_executor(threads, child.start)
        following = loop.run_in_executor(threads, child.answer)
        try:
            while (answer := await following) is not None:
                # Asked for the next one before this one is handed out: reading and loading overlap.
                following = loop.run_in_executor(threads, child.answer)
                yield read(answer)
        finally:
            child.give_up()
            # The pending read ends with the child; the pool must not outlive its last work.
            with contextlib.suppress(Exception):
                await asyncio.shield(following)
            await loop.run_in_executor(threads, child.bury)
            threads.shutdown(wait=False)


class _Child:
    """One child process and the folder it may use. Its methods wait: they are called in a thread."""

    def __init__(self, task: Task, beside: Path, limits: Limits) -> None:
        self._task = task
        self._beside = beside
        self._limits = limits
        self._given_up = False

    def start(self) -> None:
        """Start it and hand it its task."""
        self._folder = tempfile.TemporaryDirectory(dir=self._beside, prefix="seen-")
        bounds = (str(self._limits.memory_bytes), str(self._limits.cpu_s))
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter, a module and a folder of ours
            [sys.executable, "-m", "service.list_reading", self._folder.name, *bounds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Telling where memory ran out takes more of it, and was seen to go on until the time was up, too.
            env={**os.environ, "RUST_BACKTRACE": "0"},
        )
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(pickle.dumps(self._task))

    def answer(self) -> bytes | None:
        """Wait for its next answer; None at the end. Raises ``InvalidInput`` for what spoils the file."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        kind, content = _frame(self._process.stdout)
        if kind == ANSWER:
            return content
        if kind == END or self._given_up:
            return None
        if kind == SPOILED:
            raise InvalidInput(wire.faults_from_text(content))
        status = self._process.wait()
        errors = self._process.stderr.read().decode(errors="replace")
        log.error("list reader died", status=status, errors=errors[-4_000:])
        raise InvalidInput([Fault("file", _last_words(kind, status, self._limits))])

    def give_up(self) -> None:
        """End it, whatever it does."""
        self._given_up = True
        self._process.kill()

    def bury(self) -> None:
        """Leave nothing of it behind."""
        self._process.wait()
        self._folder.cleanup()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()


def _last_words(kind: bytes, status: int, limits: Limits) -> str:
    """Say what a file did to the child that read it."""
    if status == -signal.SIGXCPU:
        return f"takes more than {limits.cpu_s} s to read: split the list, or save it as CSV in UTF-8"
    most = f"needs more than {limits.memory_bytes // 1024**2} MB of memory to read"
    if kind == TOO_MUCH or status == -signal.SIGABRT:  # Python says so; what is not Python aborts
        return f"{most}: split the list, or save it as CSV in UTF-8"
    if status == -signal.SIGKILL:
        return "was not read to its end: the system had too little memory; upload it again later"
    return f"is broken, or {most}: save it as CSV in UTF-8"


def _frame(stream: IO[bytes]) -> tuple[bytes, bytes]:
    """Read one frame: its kind and its content. Cut short it has no kind."""
    head = stream.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES:
        return b"", b""
    length = int.from_bytes(head[1:], "big")
    content = stream.read(length)
    return (head[:1], content) if len(content) == length else (b"", b"")
