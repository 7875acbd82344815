"""Reading lists in this very process, in a thread: for tests, the simulator and short lists.

Knows ``campaigns.desk.imports.ListReader``. Must not know other processes.
"""

import asyncio
from collections.abc import AsyncGenerator

from campaigns.desk.reading import ReadBatch, ReadJob, read_file
from campaigns.desk.seen import MemorySeenRows


class InlineReader:
    """``ListReader`` in a thread of this process."""

    async def read(self, job: ReadJob) -> AsyncGenerator[ReadBatch, None]:
        """Yield the batches of a file; raises ``InvalidInput`` for what spoils the whole of it."""
        batches = read_file(job, MemorySeenRows())
        try:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                yield batch
        finally:
            batches.close()
