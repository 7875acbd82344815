"""The child process that reads one list: a job on standard input, frames on standard output.

Run by ``service.list_reader`` alone. It knows nothing of the service; its memory is bounded, so that a file
made to exhaust it ends this process and nothing else.
"""

import os
import pickle
import resource
import sys
from pathlib import Path
from typing import BinaryIO, Final

from campaigns.desk.reading import ReadJob, read_file
from campaigns.desk.wire import batch_to_text
from campaigns.errors import InvalidInput
from store.seen_rows import SeenRowsFile

MEMORY_BYTES: Final = 2 * 1024**3
"""Address space of this process. Any list of text needs a fraction; a workbook is in memory as a whole."""
NICE: Final = 5


def main() -> None:
    """Read the job, write its batches, end. The parent made the folder that is named, and deletes it."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    job: ReadJob = pickle.loads(sys.stdin.buffer.read())  # noqa: S301
    out = sys.stdout.buffer
    seen = SeenRowsFile(Path(sys.argv[1]) / "seen.db")
    try:
        for batch in read_file(job, seen):
            _send(out, b"B", batch_to_text(batch).encode("utf-8", "surrogatepass"))
        _send(out, b"E", b"")
    except InvalidInput as refusal:
        _send(out, b"S", pickle.dumps([(fault.place, fault.problem) for fault in refusal.faults]))


def _send(out: BinaryIO, kind: bytes, content: bytes) -> None:
    out.write(kind + len(content).to_bytes(4, "big"))
    out.write(content)
    out.flush()


if __name__ == "__main__":
    main()
