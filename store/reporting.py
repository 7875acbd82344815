"""Campaigns counted and listed for people to read, without reading every row.

Knows the queries behind figures and pages of a report. Must not know what the figures mean. What is counted
is counted by the database, so that a campaign of a million leads does not hold up the calls in progress.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    not_,
    or_,
    select,
)

from campaigns.errors import NotFound
from campaigns.lines import AttemptLine, LeadLine
from campaigns.model import Disposition, LeadStatus, Screened
from campaigns.reporting import NOBODY, AttemptGroup, Page, Tally
from campaigns.rules.retries import NOT_A_TALK
from campaigns.spread import Spread
from store.columns import Microseconds
from store.rows import AnyRow, attempt_line_of, disposition_of, lead_line_of
from store.tables import attempts, customers, leads, votes, wrap_ups

AnySelect = Select[*tuple[Any, ...]]

LINES = (
    select(
        attempts,
        customers.c.ref,
        customers.c.name,
        votes.c.score,
        wrap_ups.c.outcome,
        wrap_ups.c.note,
        wrap_ups.c.callback_at,
    )
    .join(customers, customers.c.id == attempts.c.customer_id)
    .outerjoin(votes, votes.c.call_id == attempts.c.id)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
)
"""Attempts with all that their lines show."""

_OURS = attempts.c.campaign_id == bindparam("campaign_id")
_PLACE = select(attempts.c.committed_at, attempts.c.seq).where(
    _OURS, attempts.c.id == bindparam("attempt_id")
)
_OLDER = and_(
    attempts.c.committed_at <= bindparam("at"),
    or_(attempts.c.committed_at < bindparam("at"), attempts.c.seq < bindparam("seq")),
)
_NEWEST_FIRST = (attempts.c.committed_at.desc(), attempts.c.seq.desc())
_NEWEST = LINES.where(_OURS).order_by(*_NEWEST_FIRST).limit(bindparam("at_most"))
_NEXT = LINES.where(_OURS, _OLDER).order_by(*_NEWEST_FIRST).limit(bindparam("at_most"))
_ATTEMPTS = select(func.count()).select_from(attempts).where(_OURS)
_REST = _ATTEMPTS.where(_OLDER)

_LEADS = (
    select(leads.c.status, func.count())
    .where(leads.c.campaign_id == bindparam("campaign_id"))
    .group_by(leads.c.status)
)
_WAIT_US = Microseconds(attempts.c.answered_at, attempts.c.bridged_at)
_TALK_US = Microseconds(attempts.c.bridged_at, func.coalesce(attempts.c.released_at, attempts.c.ended_at))
_UNANSWERED = attempts.c.disposition.in_(sorted(each.value for each in NOBODY))
_ALIKE = (attempts.c.disposition, attempts.c.amd, wrap_ups.c.outcome, votes.c.score)
_ANSWERED_GROUPS = (
    select(
        *_ALIKE,
        func.count().label("attempts"),
        func.count(_TALK_US).label("talks"),
        func.sum(_TALK_US).label("talk_us"),
        func.count(_WAIT_US).label("waits"),
    )
    .select_from(attempts)
    .outerjoin(votes, votes.c.call_id == attempts.c.id)
    .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
    .where(_OURS, or_(attempts.c.disposition.is_(None), not_(_UNANSWERED)))
    .group_by(*_ALIKE)
)
# Most attempts are not answered: votes and records need not be looked for.
_UNANSWERED_GROUPS = (
    select(attempts.c.disposition, attempts.c.amd, func.count().label("attempts"))
    .where(_OURS, _UNANSWERED)
    .group_by(attempts.c.disposition, attempts.c.amd)
)


def _waits_at(screened: bool) -> AnySelect:
    """The waits at some ranks, in µs: of attempts that were screened, or of the others."""
    amd = attempts.c.amd.is_not(None) if screened else attempts.c.amd.is_(None)
    ranked = (
        select(_WAIT_US.label("wait_us"), func.row_number().over(order_by=_WAIT_US).label("rank"))
        .where(_OURS, amd, _WAIT_US.is_not(None))
        .subquery()
    )
    return select(ranked.c.rank, ranked.c.wait_us).where(
        ranked.c.rank.in_(bindparam("ranks", expanding=True))
    )


_WAITS_AT = {screened: _waits_at(screened) for screened in (False, True)}


def _reached_leads() -> AnySelect:
    """The leads of a campaign that a talk with the customer himself was had with."""
    return (
        select(attempts.c.lead_id)
        .outerjoin(wrap_ups, wrap_ups.c.call_id == attempts.c.id)
        .where(
            _OURS,
            attempts.c.disposition == Disposition.CONNECTED.value,
            func.coalesce(wrap_ups.c.outcome, "").not_in(sorted(NOT_A_TALK)),
        )
    )


def _lead_lines(asked: ColumnElement[bool]) -> AnySelect:
    """Some leads of a campaign, each with its customer, how many attempts ended, and how the newest did.

    Which ones is told by an index alone: only theirs are the rows that are read.
    """
    ids = (
        select(leads.c.id)
        .where(asked, leads.c.id > bindparam("after"))
        .order_by(leads.c.id)
        .limit(bindparam("at_most"))
    )
    ended = select(attempts.c.disposition).where(
        attempts.c.lead_id == leads.c.id, attempts.c.disposition.is_not(None)
    )
    how_many = ended.with_only_columns(func.count()).scalar_subquery()
    newest = ended.order_by(attempts.c.seq.desc()).limit(1).scalar_subquery()
    return (
        select(
            leads,
            customers.c.ref,
            customers.c.name,
            how_many.label("ended"),
            newest.label("last_disposition"),
        )
        .join(customers, customers.c.id == leads.c.customer_id)
        .where(leads.c.id.in_(ids))
        .order_by(leads.c.id)
    )


def _lead_counts(asked: ColumnElement[bool]) -> Select[int, int]:
    """How many leads there are, and how many of them come after one."""
    return select(func.count(), func.count(case((leads.c.id > bindparam("after"), 1)))).where(asked)


def _asked_leads(reached: bool | None) -> ColumnElement[bool]:
    ours = leads.c.campaign_id == bindparam("campaign_id")
    if reached is None:
        return ours
    return and_(ours, leads.c.id.in_(_reached_leads()) if reached else leads.c.id.not_in(_reached_leads()))


_LEAD_LINES = {reached: _lead_lines(_asked_leads(reached)) for reached in (None, True, False)}
_LEAD_COUNTS = {reached: _lead_counts(_asked_leads(reached)) for reached in (None, True, False)}


def lead_counts(connection: Connection, campaign_id: int) -> Mapping[LeadStatus, int]:
    """Return how many leads stand where; every status is a key."""
    found = connection.execute(_LEADS, {"campaign_id": campaign_id}).all()
    return dict.fromkeys(LeadStatus, 0) | {LeadStatus(status): count for status, count in found}


def tally(connection: Connection, campaign_id: int) -> Tally:
    """Count a campaign's leads and attempts."""
    values = {"campaign_id": campaign_id}
    answered = connection.execute(_ANSWERED_GROUPS, values).all()
    unanswered = connection.execute(_UNANSWERED_GROUPS, values).all()

    def spread_of(screened: bool) -> Spread:
        waits = sum(row.waits for row in answered if (row.amd is not None) is screened)
        return _spread(connection, campaign_id, screened, waits)

    return Tally(
        leads=lead_counts(connection, campaign_id),
        groups=(*map(_answered_group, answered), *map(_unanswered_group, unanswered)),
        waits=spread_of(False),
        screened_waits=spread_of(True),
    )


def _spread(connection: Connection, campaign_id: int, screened: bool, waits: int) -> Spread:
    """Return the nearest ranks of so many waits."""
    if not waits:
        return Spread(None, None, None)
    ranks = [(waits * percent + 99) // 100 for percent in (50, 99, 100)]
    values = {"campaign_id": campaign_id, "ranks": sorted(set(ranks))}
    found = {row.rank: row.wait_us / 1000 for row in connection.execute(_WAITS_AT[screened], values)}
    return Spread(*(found[rank] for rank in ranks))


def attempt_page(connection: Connection, campaign_id: int, after: str, limit: int) -> Page[AttemptLine]:
    """Return some attempts, newest first; raises ``NotFound`` when ``after`` is none of the campaign's."""
    values: dict[str, Any] = {"campaign_id": campaign_id, "at_most": limit}
    lines = _NEWEST
    if after:
        place = connection.execute(_PLACE, {**values, "attempt_id": after}).one_or_none()
        if place is None:
            raise NotFound(f"no attempt {after} in campaign {campaign_id}")
        values |= {"at": place.committed_at, "seq": place.seq}
        lines = _NEXT
    found = tuple(attempt_line_of(row) for row in connection.execute(lines, values))
    total = connection.execute(_ATTEMPTS, values).scalar_one()
    rest = connection.execute(_REST, values).scalar_one() if after else total
    return Page(found, total, rest - len(found))


def lead_page(
    connection: Connection, campaign_id: int, after: int, limit: int, reached: bool | None
) -> Page[LeadLine]:
    """Return some leads by id: all, or those that were, or were not, reached."""
    values = {"campaign_id": campaign_id, "after": after, "at_most": limit}
    found = tuple(lead_line_of(row) for row in connection.execute(_LEAD_LINES[reached], values))
    total, rest = connection.execute(_LEAD_COUNTS[reached], values).one()
    return Page(found, total, rest - len(found))


def _answered_group(row: AnyRow) -> AttemptGroup:
    return AttemptGroup(
        disposition=disposition_of(row.disposition),
        amd=_screened(row.amd),
        outcome=row.outcome,
        vote=row.score,
        attempts=row.attempts,
        talks=row.talks,
        talk_ms=round(int(row.talk_us or 0) / 1000),
    )


def _unanswered_group(row: AnyRow) -> AttemptGroup:
    amd = _screened(row.amd)
    return AttemptGroup(Disposition(row.disposition), amd, None, None, row.attempts, talks=0, talk_ms=0)


def _screened(value: str | None) -> Screened | None:
    return None if value is None else Screened(value)
