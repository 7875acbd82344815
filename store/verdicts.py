"""The last verdict of each lead at rest: kept with it, its changes appended, lifted when something changed.

Knows the columns of a verdict and who may be touched by a change. Must not know which lead is called next,
nor any rule. Every function runs inside the caller's transaction, so that a verdict never contradicts what
it was judged by.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    exists,
    insert,
    or_,
    select,
    update,
)

from campaigns import ledger_notes
from campaigns.model import WAITS, LeadStatus
from campaigns.rules.passing import DUE
from campaigns.rules.refusals import AGAIN
from campaigns.verdicts import LastVerdict, VerdictChange
from store import ledger
from store.bulk import insert_many
from store.columns import UtcMoment
from store.many import chunks, is_one_of, values_of
from store.prepared import Prepared
from store.rows import AnyRow
from store.tables import leads, lists, verdict_changes

NO_VERDICT: Final[Mapping[str, None]] = dict.fromkeys(
    ("verdict_rule", "verdict_pack", "verdict_version", "verdict_zone", "verdict_book", "verdict_at")
)
"""The columns of a lead that nothing stands in the way of."""

UNTIL_DUE: Final[Mapping[str, Any]] = {
    "verdict_rule": DUE,
    "verdict_pack": "",
    "verdict_version": "",
    "verdict_zone": "",
    "verdict_book": "",
    "verdict_at": leads.c.last_at,
}
"""The columns of a lead that waits for its next attempt."""

_WAITS = leads.c.status.in_([status.value for status in WAITS])
_REFUSED = and_(_WAITS, leads.c.verdict_rule.is_not(None), leads.c.verdict_rule != DUE)
# Whoever is being judged right now was judged by what was known before: it must not be parked for that.
_BEING_JUDGED = leads.c.status == LeadStatus.CLAIMED.value
_IDS: Any = bindparam("lead_ids", expanding=True)
_IS_OFF = exists().where(lists.c.id == leads.c.list_id, ~lists.c.active)
_IS_PARKED_AHEAD = and_(leads.c.status == LeadStatus.REFUSED.value, leads.c.due_at > leads.c.verdict_at)
_LIFTING = update(leads).values(
    # A lead was due when it was refused, so it is due since then; unless it waited for a moment to come.
    due_at=case((_IS_PARKED_AHEAD, leads.c.due_at), else_=leads.c.verdict_at),
    reason=bindparam("cause"),
    status=case(
        (leads.c.status != LeadStatus.REFUSED.value, leads.c.status),
        (_IS_OFF, LeadStatus.HELD.value),
        else_=LeadStatus.WAITING.value,
    ),
    **NO_VERDICT,
)
_LIFT = _LIFTING.where(leads.c.id.in_(_IDS), _WAITS)
_MARK = (
    update(leads)
    .where(_BEING_JUDGED)
    .values(verdict_rule=AGAIN, verdict_pack="", verdict_version="", verdict_zone="", verdict_book="")
)
_JUDGE_AGAIN = _MARK.where(leads.c.id.in_(_IDS)).values(verdict_at=bindparam("moment", type_=UtcMoment()))
_OVERTAKE = _MARK.values(verdict_at=leads.c.due_at)
_OVERTAKE_CAMPAIGN = _OVERTAKE.where(leads.c.campaign_id == bindparam("of_campaign"))
_OVERTAKE_PERSON = Prepared(_OVERTAKE.where(leads.c.customer_id == bindparam("of_customer")))
_TOUCHED = select(leads.c.id, leads.c.status, leads.c.campaign_id, leads.c.customer_id, leads.c.number).where(
    or_(_REFUSED, _BEING_JUDGED)
)
_STOOD_OTHERWISE = and_(
    _REFUSED,
    leads.c.verdict_book != bindparam("book"),
    leads.c.verdict_at <= bindparam("moment", type_=UtcMoment()),
    # Whoever refused while he waited for a moment: no rule had a word in it, until he is due again.
    ~and_(_IS_PARKED_AHEAD, leads.c.due_at > bindparam("moment", type_=UtcMoment())),
)
_OUTDATED = (
    select(leads.c.id)
    .where(leads.c.campaign_id == bindparam("of_campaign"), _STOOD_OTHERWISE)
    .limit(bindparam("at_most"))
)
# Found by their ids: the sum keeps SQLite from walking the index of all verdicts of the campaign instead.
_LIFT_OUTDATED = _LIFTING.where(
    is_one_of(leads.c.id, "of_leads"), leads.c.campaign_id + 0 == bindparam("of_campaign"), _STOOD_OTHERWISE
).returning(leads.c.id)
_NOTED = ("lead_id", "changed_at", "rule", "reason", "next_at", "pack", "version", "zone")
_JUDGED_NOW = select(leads.c.id, leads.c.status).where(
    leads.c.campaign_id == bindparam("of_campaign"), _BEING_JUDGED
)
_WHOSE = select(leads.c.id, leads.c.campaign_id, leads.c.customer_id, leads.c.number).where(
    leads.c.id.in_(_IDS)
)
_HISTORY = (
    select(verdict_changes)
    .where(verdict_changes.c.lead_id == bindparam("of_lead"))
    .order_by(verdict_changes.c.id)
)


def columns_of(verdict: LastVerdict | None) -> Mapping[str, Any]:
    """Return the columns of a verdict; its words and its next moment are the lead's own."""
    if verdict is None:
        return NO_VERDICT
    return {
        "verdict_rule": verdict.rule,
        "verdict_pack": verdict.pack,
        "verdict_version": verdict.version,
        "verdict_zone": verdict.zone,
        "verdict_book": verdict.book,
        "verdict_at": verdict.at,
    }


def append(connection: Connection, changes: Sequence[VerdictChange]) -> None:
    """Append changes of verdicts that mattered: the one way by which any of them is written down."""
    rows = [
        {
            "lead_id": change.lead_id,
            "changed_at": change.at,
            "rule": change.rule,
            "reason": change.reason,
            "next_at": change.next_at,
            "pack": change.pack,
            "version": change.version,
            "zone": change.zone,
        }
        for change in changes
    ]
    if rows:
        connection.execute(insert(verdict_changes), rows)
        _enter(connection, changes)


def _enter(connection: Connection, changes: Sequence[VerdictChange]) -> None:
    """Note the changes for the ledger too."""
    ids = list({change.lead_id for change in changes})
    whose = {
        row.id: tuple(row[1:])
        for some in chunks(ids)
        for row in connection.execute(_WHOSE, {"lead_ids": some})
    }
    notes = (ledger_notes.verdict_changed(change, *whose[change.lead_id]) for change in changes)
    ledger.append(connection, *notes)


def history(connection: Connection, lead_id: int) -> Sequence[VerdictChange]:
    """Return how a lead's verdict changed, oldest first."""
    return [
        VerdictChange(
            row.lead_id, row.changed_at, row.rule, row.reason, row.next_at, row.pack, row.version, row.zone
        )
        for row in connection.execute(_HISTORY, {"of_lead": lead_id})
    ]


def judge_again(
    connection: Connection,
    which: ColumnElement[bool],
    cause: str,
    at: datetime,
    values: Mapping[str, Any] | None = None,
) -> int:
    """Lift the refusals of those leads: they wait again, due since they were refused. Returns how many.

    Leads that wait for their next attempt, and those that are done, stay as they are. ``cause`` is what
    changed, in plain words. Each lead's history tells of it; the ledger has one entry that names all of a
    campaign, or the one lead with its person where there are no more.
    """
    touched = connection.execute(_TOUCHED.where(which), dict(values or {})).all()
    return _lift(connection, touched, cause, at)


def outdated(connection: Connection, campaign_id: int, book: str, at: datetime, limit: int) -> Sequence[int]:
    """Return up to so many leads of a campaign whose refusals, made until ``at``, stood on another book."""
    values = {"of_campaign": campaign_id, "book": book, "moment": at, "at_most": limit}
    return connection.scalars(_OUTDATED, values).all()


def lift_outdated(
    connection: Connection, campaign_id: int, lead_ids: Sequence[int], book: str, cause: str, at: datetime
) -> int:
    """Lift those refusals of leads, made until ``at``, that stood on anything but ``book``; returns how many.

    Each lead's history tells of it; the ledger has one entry that names them all.
    """
    values = {"of_campaign": campaign_id, "book": book, "moment": at, "cause": cause}
    found = connection.scalars(_LIFT_OUTDATED, {**values, "of_leads": values_of(lead_ids)}).all()
    _keep_lifted(connection, found, cause, at)
    if found:
        ledger.append(connection, ledger_notes.lifted(campaign_id, found))
    return len(found)


def overtake_campaign(connection: Connection, campaign_id: int) -> None:
    """Let no lead of a campaign that is claimed now be called on what was known before."""
    connection.execute(_OVERTAKE_CAMPAIGN, {"of_campaign": campaign_id})


def overtake_person(connection: Connection, customer_id: int) -> None:
    """Let no lead of a customer that is claimed now be called on what was known before."""
    _OVERTAKE_PERSON.change(connection, {"of_customer": customer_id})


def judge_claimed_again(connection: Connection, campaign_id: int, cause: str, at: datetime) -> None:
    """See to it that no lead of a campaign is parked by a verdict that is being made right now."""
    _lift(connection, connection.execute(_JUDGED_NOW, {"of_campaign": campaign_id}).all(), cause, at)


def _lift(connection: Connection, touched: Sequence[AnyRow], cause: str, at: datetime) -> int:
    claimed = [row.id for row in touched if row.status == LeadStatus.CLAIMED.value]
    refused = [row for row in touched if row.status != LeadStatus.CLAIMED.value]
    for some in chunks(claimed):
        connection.execute(_JUDGE_AGAIN, {"lead_ids": some, "moment": at})
    for some in chunks([row.id for row in refused]):
        connection.execute(_LIFT, {"lead_ids": some, "cause": cause})
    _keep_lifted(connection, [row.id for row in refused], cause, at)
    of_campaign: dict[int, list[AnyRow]] = {}
    for row in refused:
        of_campaign.setdefault(row.campaign_id, []).append(row)
    for campaign_id, some_rows in of_campaign.items():
        if len(some_rows) > 1:
            ledger.append(connection, ledger_notes.lifted(campaign_id, [row.id for row in some_rows]))
            continue
        (row,) = some_rows
        change = VerdictChange(row.id, at, AGAIN, cause)
        note = ledger_notes.verdict_changed(change, campaign_id, row.customer_id, row.number)
        ledger.append(connection, note)
    return len(refused)


def _keep_lifted(connection: Connection, lead_ids: Sequence[int], cause: str, at: datetime) -> None:
    """Let the history of each lead tell that its refusal was lifted."""
    rows = [(lead_id, at, AGAIN, cause, None, "", "", "") for lead_id in lead_ids]
    insert_many(connection, verdict_changes, _NOTED, rows)
