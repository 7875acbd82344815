"""A reader of lists that stops after what it has read, so that an upload can be looked at under way."""

import asyncio
from collections.abc import AsyncGenerator

from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.reading import ReadBatch, ReadJob


class HaltingReader(InlineReader):
    """Gives each batch, says so with ``reached``, and waits for ``gate``: for ever unless opened."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()

    async def read(self, job: ReadJob) -> AsyncGenerator[ReadBatch, None]:
        async for batch in super().read(job):
            yield batch
            self.reached.set()
            await self.gate.wait()
