"""Lists on the wire: uploads, previews, mappings, lists of leads."""

from datetime import datetime

from pydantic import ConfigDict, Field

from campaigns.desk.dateorder import DateOrder
from campaigns.desk.uploads import ImportOrder, ImportState
from campaigns.lists import MAIN_LIST, Known, Within
from campaigns.model import Disposition, LeadStatus
from console.intake import Upload
from console.schemas.campaigns import FaultOut
from console.schemas.kinds import Line, Query, Request, RequiredLine, Response


class PreviewQuery(Query):
    """Which saved mapping to read a list by, the encoding of a text, and what comes first in its dates.

    What nobody says is found out. ``encoding`` and ``date_order`` (``dmy``, ``mdy``, ``ymd``) go before those
    of the mapping.
    """

    mapping: Line = ""
    encoding: Line = ""
    date_order: Line = ""

    def order(self, upload: Upload) -> ImportOrder:
        """Return the same as the desk's own data."""
        return ImportOrder(
            mapping=self.mapping, columns=upload.columns, encoding=self.encoding, date_order=self.date_order
        )


class ImportQuery(PreviewQuery):
    """How to treat an upload.

    With ``dry_run`` everything is checked and counted, and nothing is stored. ``known`` says what becomes of
    rows about somebody who is there already, ``within`` where one looks for him. Without ``wait`` the answer
    comes at once and the upload goes on.
    """

    dry_run: bool = False
    list: RequiredLine = MAIN_LIST
    known: Known = Known.UPDATE
    within: Within = Within.CAMPAIGN
    wait: bool = True

    def order(self, upload: Upload) -> ImportOrder:
        """Return the same as the desk's own data."""
        return ImportOrder(
            self.dry_run, self.list, self.known, self.within, self.mapping, upload.columns, self.encoding,
            self.date_order,
        )  # fmt: skip


class ImportOut(Response):
    """What an upload did so far, or would do. Faulty rows are left out, every other row counts.

    ``rows`` is loaded + updated + unchanged + duplicate + faulty. ``faults`` are the first ones only; with
    ``has_rejects`` the reject file has every faulty row. ``share`` of the file is read, 0 to 1.
    ``unproven`` good rows bring a consent without evidence. ``form`` says how it was read: encoding and
    delimiter, or the sheet of a workbook; empty before its rows. ``problem`` says why it
    failed, or what it waits for while it is under way.
    """

    id: str
    campaign_id: int
    file_name: str
    list_name: str
    dry_run: bool
    state: ImportState
    by: str
    started_at: datetime
    ended_at: datetime | None
    rows: int
    loaded: int
    updated: int
    unchanged: int
    duplicate: int
    faulty: int
    unproven: int
    share: float
    form: str
    has_rejects: bool
    faults: tuple[FaultOut, ...]
    problem: str


class ImportsOut(Response):
    """The uploads that are remembered, newest first; ``cut_off`` is one that the service's end broke off."""

    imports: tuple[ImportOut, ...]


class PreviewRowOut(Response):
    """One row as it came, the number that would be called, and what is wrong."""

    row: int
    cells: tuple[str, ...]
    number: str
    zones: tuple[str, ...]
    faults: tuple[FaultOut, ...]


class PreviewOut(Response):
    """How a list would be read. ``mapping`` is the header name by known column; ``faults`` spoil it all.

    ``date_order`` is that of dates with two readings, as somebody said or as all others settle it.
    """

    form: str
    header: tuple[str, ...]
    mapping: dict[str, str]
    columns: tuple[str, ...]
    required: tuple[str, ...]
    rows: tuple[PreviewRowOut, ...]
    faults: tuple[FaultOut, ...]
    date_order: DateOrder | None


class MappingIn(Request):
    """A mapping to save: header name by known column. An empty name says that lists have no such column.

    ``encoding`` is what the texts that it is for are written in, ``date_order`` (``dmy``, ``mdy``, ``ymd``)
    what comes first in their dates; left out, both are found out for each of them.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Workshop export",
                    "columns": {"phone": "Handy", "ref": "Kundennummer"},
                    "encoding": "latin-1",
                    "date_order": "dmy",
                }
            ]
        }
    )

    name: RequiredLine
    columns: dict[RequiredLine, Line] = Field(max_length=60)
    encoding: Line = ""
    date_order: Line = ""


class MappingNameIn(Request):
    """The mapping that is meant."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Workshop export"}]})

    name: RequiredLine


class MappingOut(Response):
    """A saved mapping, with who saved it and when. ``encoding`` and ``date_order`` are empty where they
    are found out.
    """

    name: str
    columns: dict[str, str]
    encoding: str
    date_order: str
    by: str
    at: datetime


class MappingsOut(Response):
    """All saved mappings, by name."""

    mappings: tuple[MappingOut, ...]


class LeadListOut(Response):
    """One list with its leads counted by status. A deleted one says when its records go; the answer to its
    deletion also says what orders to keep some of them so long (``kept_by``), if a rule pack does.
    """

    id: int
    campaign_id: int
    name: str
    active: bool
    created_by: str
    created_at: datetime
    deleted_at: datetime | None
    purge_after: datetime | None
    leads: dict[LeadStatus, int]
    kept_by: str


class LeadListsOut(Response):
    """A campaign's lists, oldest first."""

    lists: tuple[LeadListOut, ...]


class RecycleIn(Request):
    """Which closed leads wait again: those whose last attempt ended so, or was recorded so."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"dispositions": ["no_answer", "busy"], "outcomes": ["callback"]}]}
    )

    dispositions: list[RequiredLine] = Field(default_factory=list, max_length=20)
    outcomes: list[RequiredLine] = Field(default_factory=list, max_length=50)


class RecycledOut(Response):
    """How many leads wait again."""

    recycled: int


class MergeIn(Request):
    """The list that takes the leads of this one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"into": 2}]})

    into: int = Field(ge=1, le=10**15)


class DeleteListIn(Request):
    """How many days the records of calls are kept; left out it is the service's own time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"retention_days": 400}]})

    retention_days: int | None = Field(default=None, ge=0, le=3660)


def dispositions_of(given: RecycleIn) -> tuple[Disposition, ...]:
    """Return the dispositions of a request; raises ``ValueError`` for a word that is none."""
    return tuple(Disposition(word) for word in given.dispositions)
