"""The child process that reads one uploaded file: a task on standard input, frames on standard output.

Run by ``service.list_reader`` alone. It knows nothing of the service; its memory and its processor time are
bounded, so that a file made to exhaust them ends this process and nothing else.
"""

import os
import pickle
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from campaigns.desk import wire
from campaigns.desk.preview import preview
from campaigns.desk.reading import read_file, reject_rows
from campaigns.desk.registry import read_numbers
from campaigns.errors import InvalidInput
from service.list_tasks import (
    ANSWER,
    END,
    SPOILED,
    TOO_MUCH,
    NumbersTask,
    PreviewTask,
    ReadTask,
    RejectTask,
    Task,
    framed,
)
from store.seen_rows import SeenRowsFile

NICE: Final = 5
GRACE_S: Final = 5
"""How much longer than its limit the process may live at all, in seconds of processor time."""


def main() -> None:
    """Do the task and end. The parent names a folder that it made and deletes, and the limits."""
    folder, memory_bytes, cpu_s = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + GRACE_S))
    task: Task = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - written by our parent
    try:
        for answer in _answers(task, folder):
            _send(ANSWER, answer)
        _send(END)
    except InvalidInput as refusal:
        _send(SPOILED, wire.faults_to_text(refusal.faults))
    except MemoryError:
        _send(TOO_MUCH)


def _answers(task: Task, folder: Path) -> Iterator[str]:
    match task:
        case ReadTask(job):
            yield from map(wire.batch_to_text, read_file(job, SeenRowsFile(folder / "seen.db")))
        case PreviewTask(job):
            yield wire.preview_to_text(preview(job))
        case RejectTask(job, problems):
            reject_rows(job, problems)
        case NumbersTask(path, region, encoding):
            yield from map(wire.numbers_to_text, read_numbers(path, region, encoding))


def _send(kind: bytes, text: str = "") -> None:
    # Bytes that are no UTF-8 stand in cells as lone surrogates, until the reject file gives them back.
    sys.stdout.buffer.write(framed(kind, text.encode("utf-8", "surrogatepass")))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
