"""Reading lists in this very process, in a thread: for tests, the simulator and short lists.

Knows ``campaigns.desk.imports.ListReader`` and ``campaigns.desk.suppression.NumberReader``. Must not know
other processes.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from campaigns.desk.preview import Preview, preview
from campaigns.desk.reading import ReadBatch, ReadJob, read_file, reject_rows
from campaigns.desk.registry import NumberBatch, read_numbers
from campaigns.desk.seen import MemorySeenRows


class InlineReader:
    """``ListReader`` and ``NumberReader`` in a thread of this process."""

    async def read(self, job: ReadJob) -> AsyncGenerator[ReadBatch, None]:
        """Yield the batches of a file; raises ``InvalidInput`` for what spoils the whole of it."""
        batches = read_file(job, MemorySeenRows())
        try:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                yield batch
        finally:
            batches.close()

    async def preview(self, job: ReadJob) -> Preview:
        """Read the first rows of a file; raises ``InvalidInput`` when it cannot be opened as a list."""
        return await asyncio.to_thread(preview, job)

    async def reject(self, job: ReadJob, problems: Mapping[int, str]) -> None:
        """Write rows to the reject file that were left out only when loading, by row number."""
        await asyncio.to_thread(reject_rows, job, problems)

    async def numbers(
        self, path: Path, region: str | None, encoding: str = ""
    ) -> AsyncGenerator[NumberBatch, None]:
        """Yield the batches of a file of numbers; raises ``InvalidInput`` for what spoils it."""
        batches = read_numbers(path, region, encoding)
        while (batch := await asyncio.to_thread(next, batches, None)) is not None:
            yield batch
