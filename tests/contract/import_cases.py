"""What the tests of uploads work with: a desk over the book in memory, lists for it, and what it reports."""

from datetime import UTC, datetime
from pathlib import Path

import campaigns
from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.desk.imports import ImportDesk
from campaigns.desk.uploads import ImportOrder, ImportReport, ListReader
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemoryListBook
from campaigns.model import Campaign
from campaigns.templates import load_templates

NOW = datetime(2026, 11, 21, 16, tzinfo=UTC)
SAMPLES = Path(campaigns.__file__).parent / "samples"
EXAMPLE = (SAMPLES / "revisit-example.csv").read_bytes()
FAULTY = (SAMPLES / "revisit-faulty.csv").read_bytes()
DRAFT = CampaignDraft(
    name="November revisit",
    template="revisit",
    company="Acme Motors",
    caller_id="+12025550100",
    callback_number="+12025550101",
)
HEADER = "ref,name,phone,service,service_date\n"


class World:
    def __init__(
        self,
        spool: Path,
        reader: ListReader,
        region: str | None = None,
        book: MemoryBook | None = None,
        owner: str = "",
        now: datetime = NOW,
    ) -> None:
        self.spool, self.reader, self.moment = spool, reader, now
        self.book = book or MemoryBook()
        self.templates = load_templates()
        self.told: list[int] = []
        self.opted_out: list[int] = []
        """How many telling of new leads came before each telling of people who may not be called any more."""
        self.desk = ImportDesk(
            self.book,
            MemoryListBook(self.book),
            reader,
            self.templates,
            lambda: self.moment,
            spool,
            region,
            self.told.append,
            agents=["1001", "1002"],
            owner=owner,
            opted_out=lambda: self.opted_out.append(len(self.told)),
        )

    async def campaign(self) -> Campaign:
        return await CampaignDesk(self.book, self.templates, lambda: NOW).create(DRAFT, "mona")

    async def load(self, campaign_id: int, content: bytes | str, **order: object) -> ImportReport:
        path = self.desk.new_file()
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        given = ImportOrder(**order)  # type: ignore[arg-type]
        begun = await self.desk.start(campaign_id, path, "list.csv", given, "mona")
        report = await self.desk.wait(begun.id)
        assert not path.exists()
        return report


def counts(report: ImportReport) -> tuple[int, int, int, int, int, int]:
    return (
        report.rows, report.loaded, report.updated, report.unchanged, report.duplicate, report.faulty,
    )  # fmt: skip


def row(ref: str, number: str) -> str:
    return f"{ref},N {ref},{number},Oil,2026-11-20\n"


def new_rows(count: int) -> str:
    """Rows about customers with numbers that nobody else has."""
    return "".join(row(f"C-{n}", f"+1202555{n:04d}") for n in range(count))
