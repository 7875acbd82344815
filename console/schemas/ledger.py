"""The ledger on the wire."""

from pydantic import Field

from campaigns.ledger_check import Reason
from console.schemas.kinds import Query, Response


class VerifyQuery(Query):
    """A head that was kept elsewhere: ``N:HASH`` as it was told, or its hash alone."""

    head: str | None = Field(default=None, pattern=r"^([0-9]{1,15}:)?[0-9a-f]{64}$")


class LedgerHeadOut(Response):
    """The end of the chain: the number of the last entry and its hash. Keep it somewhere else."""

    n: int
    hash: str


class LedgerFaultOut(Response):
    """The first thing that is wrong, at which entry; ``n`` is 0 where it is at none."""

    n: int
    reason: Reason
    detail: str


class LedgerReportOut(Response):
    """Whether the ledger holds, and how many entries and calls were checked and found right."""

    ok: bool
    entries: int
    calls: int
    head: LedgerHeadOut
    fault: LedgerFaultOut | None
