"""A reader of lists that stops after what it has read, so that an upload can be looked at under way."""

import asyncio
from collections.abc import AsyncGenerator

from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.reading import ReadBatch, ReadJob


class HaltingReader(InlineReader):
    """Gives each batch and then waits for ever."""

    async def read(self, job: ReadJob) -> AsyncGenerator[ReadBatch, None]:
        async for batch in super().read(job):
            yield batch
            await asyncio.Event().wait()
