"""Counting a campaign's leads by where they stand and why: the figures behind "why is this not dialing".

Knows the two indices that answer without touching a lead. Must not know what the figures mean.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, func, select

from campaigns.due_now import LeadGroup
from campaigns.model import LeadStatus
from campaigns.rules.refusals import AGAIN
from store.columns import UtcMoment
from store.rows import AnyRow
from store.tables import leads

_MOMENT = bindparam("moment", type_=UtcMoment())
_OF_CAMPAIGN = leads.c.campaign_id == bindparam("of_campaign", type_=leads.c.campaign_id.type)
_FIGURES: tuple[ColumnElement[Any], ...] = (
    func.count().label("size"),
    func.sum(case((leads.c.due_at <= _MOMENT, 1), else_=0)).label("due"),
    func.min(case((leads.c.due_at > _MOMENT, leads.c.due_at))).label("next_at"),
)
_KINDS = (leads.c.verdict_rule, leads.c.verdict_pack, leads.c.verdict_zone)
# In the order of ix_leads_claim, which holds every column that is asked for.
_UNJUDGED = (
    select(leads.c.status, *_FIGURES)
    .where(_OF_CAMPAIGN, leads.c.verdict_rule.is_(None))
    .group_by(leads.c.status)
)
# In the order of ix_leads_verdict, which holds every column that is asked for.
_JUDGED = (
    select(leads.c.status, *_KINDS, *_FIGURES)
    .where(_OF_CAMPAIGN, leads.c.verdict_rule.is_not(None))
    .group_by(leads.c.status, *_KINDS)
)
_EXAMPLE = (
    select(leads.c.reason)
    .where(
        _OF_CAMPAIGN,
        leads.c.status == bindparam("of_status"),
        leads.c.verdict_rule == bindparam("of_rule"),
        leads.c.verdict_pack == bindparam("of_pack"),
        leads.c.verdict_zone == bindparam("of_zone"),
    )
    .limit(1)
)


def groups(connection: Connection, campaign_id: int, moment: datetime) -> Sequence[LeadGroup]:
    """Count a campaign's leads by status and last verdict; every lead once."""
    values = {"of_campaign": campaign_id, "moment": moment}
    found = [_group(row, "", "", "", "") for row in connection.execute(_UNJUDGED, values)]
    for row in connection.execute(_JUDGED, values).all():
        if row.verdict_rule == AGAIN:
            found.append(_group(row, "", "", "", ""))
            continue
        kind = (row.verdict_rule, row.verdict_pack, row.verdict_zone)
        found.append(_group(row, *kind, _example(connection, campaign_id, row)))
    return found


def _group(row: AnyRow, rule: str, pack: str, zone: str, example: str) -> LeadGroup:
    return LeadGroup(LeadStatus(row.status), rule, pack, zone, row.size, row.due, row.next_at, example)


def _example(connection: Connection, campaign_id: int, row: AnyRow) -> str:
    """Return the words that one lead of a group was refused with."""
    values = {
        "of_campaign": campaign_id,
        "of_status": row.status,
        "of_rule": row.verdict_rule,
        "of_pack": row.verdict_pack,
        "of_zone": row.verdict_zone,
    }
    return connection.scalar(_EXAMPLE, values) or ""
