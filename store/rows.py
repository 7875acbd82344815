"""Between rows and the nouns of the rooms below.

Knows how each noun is laid out in columns. Must not know a query. Reading trusts what writing wrote: a value
that is not understood is a fault of this program and raises ``ValueError`` or ``KeyError``.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import Row

from campaigns.lines import AttemptLine, LeadLine
from campaigns.model import (
    AmdMode,
    Anchor,
    Campaign,
    CampaignStatus,
    Consent,
    Customer,
    CustomerClass,
    DialMode,
    Disposition,
    HoursWindow,
    Lead,
    LeadStatus,
    NumberKind,
    Purpose,
    RetryRule,
    Screened,
)
from campaigns.rules.refusals import AGAIN
from campaigns.verdicts import LastVerdict
from dialer.call_facts import FACT_NAMES, answer_to_agent_ms, ring_ms, talk_ms, who_talked
from dialer.ports import CallFacts, OpenAttempt

AnyRow = Row[*tuple[Any, ...]]

RANK: Mapping[CustomerClass, int] = {each: rank for rank, each in enumerate(CustomerClass)}

_PLAIN_CAMPAIGN_COLUMNS = (
    "name",
    "template",
    "template_version",
    "company",
    "caller_id",
    "callback_number",
    "flow",
    "max_attempts",
    "ring_timeout_s",
    "connect_limit_s",
    "wrap_up_s",
    "max_channels",
    "calls_per_second",
    "machine_message",
    "amd_check_share",
    "lines_per_agent",
    "weight",
    "created_at",
    "status_by",
    "status_at",
    "status_reason",
)


def campaign_values(campaign: Campaign) -> dict[str, Any]:
    """Return the columns of a campaign, without its id."""
    anchor = campaign.anchor
    return {
        **{name: getattr(campaign, name) for name in _PLAIN_CAMPAIGN_COLUMNS},
        "purpose": campaign.purpose.value,
        "mode": campaign.mode.value,
        "packs": list(campaign.packs),
        "amd": campaign.amd.value,
        "status": campaign.status.value,
        "hours": [[each.weekday, each.opens.isoformat(), each.closes.isoformat()] for each in campaign.hours],
        "retries": {key.value: [rule.after_s, rule.attempts] for key, rule in campaign.retries.items()},
        "anchor": None if anchor is None else [anchor.field, anchor.earliest_days, anchor.latest_days],
    }


def campaign_of(row: AnyRow) -> Campaign:
    """Return the campaign in a row of ``campaigns``."""
    return Campaign(
        id=row.id,
        **{name: getattr(row, name) for name in _PLAIN_CAMPAIGN_COLUMNS},
        purpose=Purpose(row.purpose),
        mode=DialMode(row.mode),
        status=CampaignStatus(row.status),
        hours=tuple(
            HoursWindow(weekday, time.fromisoformat(opens), time.fromisoformat(closes))
            for weekday, opens, closes in row.hours
        ),
        retries={Disposition(key): RetryRule(*rule) for key, rule in row.retries.items()},
        anchor=None if row.anchor is None else Anchor(*row.anchor),
        packs=tuple(row.packs),
        amd=AmdMode(row.amd),
    )


def customer_of(row: AnyRow, numbers: Sequence[AnyRow]) -> Customer:
    """Return the customer in a row of ``customers`` with the numbers and their kinds, in order."""
    return Customer(
        id=row.id,
        ref=row.ref,
        name=row.name,
        title=row.title,
        language=row.language,
        customer_class=CustomerClass(row.customer_class),
        zones=tuple(row.zones),
        numbers=tuple(number for number, _ in numbers),
        extras=row.extras,
        own_zone=row.own_zone,
        country=row.country,
        region=row.region,
        owner=row.owner,
        kinds={number: NumberKind(kind) for number, kind in numbers if kind != NumberKind.OTHER},
    )


def consent_of(row: AnyRow) -> Consent:
    """Return a person's word in a row of ``consents``."""
    return Consent(Purpose(row.purpose), row.given, row.said_at, row.evidence)


def lead_of(row: AnyRow, tried: Mapping[Disposition, int]) -> Lead:
    """Return the lead in a row of ``leads`` with the counts of its ended attempts."""
    status = LeadStatus(row.status)
    return Lead(
        id=row.id,
        campaign_id=row.campaign_id,
        customer_id=row.customer_id,
        number=row.number,
        status=status,
        due_at=row.due_at,
        fields=row.fields,
        tried=tried,
        last_at=row.last_at,
        closed_reason=row.reason if status is LeadStatus.DONE else "",
        list_id=row.list_id or 0,
        appointment_at=row.appointment_at,
        verdict=verdict_of(row),
    )


def verdict_of(row: AnyRow) -> LastVerdict | None:
    """Return the last verdict in a row of ``leads``."""
    if row.verdict_rule is None or row.verdict_rule == AGAIN:
        return None
    return LastVerdict(
        rule=row.verdict_rule,
        reason=row.reason,
        at=row.verdict_at,
        next_at=None if row.status == LeadStatus.REFUSED.value else row.due_at,
        pack=row.verdict_pack,
        version=row.verdict_version,
        zone=row.verdict_zone,
        book=row.verdict_book,
    )


def lead_line_of(row: AnyRow) -> LeadLine:
    """Return the report's line from a row of leads, customers and attempts joined."""
    status = LeadStatus(row.status)
    due_at: datetime = row.due_at
    return LeadLine(
        lead_id=row.id,
        customer_ref=row.ref,
        customer_name=row.name,
        number=row.number,
        status=status,
        attempts=row.ended,
        last_disposition=disposition_of(row.last_disposition),
        due_at=None if status in (LeadStatus.DONE, LeadStatus.REFUSED) else due_at,
        reason=row.reason,
    )


def disposition_of(value: str | None) -> Disposition | None:
    """Return the disposition a column holds; None while there is none."""
    return None if value is None else Disposition(value)


def fact_values(facts: CallFacts) -> dict[str, Any]:
    """Return the columns of facts, each under ``fact_`` and its name, for statements that bind them so."""
    return {f"fact_{name}": getattr(facts, name) for name in FACT_NAMES}


def facts_of(row: AnyRow) -> CallFacts:
    """Return the facts in a row of ``attempts`` or ``inbound_calls``."""
    found = {name: getattr(row, name) for name in FACT_NAMES}
    return CallFacts(**{**found, "amd": None if found["amd"] is None else Screened(found["amd"])})


def attempt_line_of(row: AnyRow) -> AttemptLine:
    """Return the history's line from a row of attempts, customers, votes and wrap-ups joined."""
    facts = facts_of(row)
    return AttemptLine(
        attempt_id=row.id,
        lead_id=row.lead_id,
        customer_id=row.customer_id,
        customer_ref=row.ref,
        customer_name=row.name,
        number=row.number,
        started_at=row.committed_at,
        disposition=disposition_of(row.disposition),
        agent_id=who_talked(facts, row.reserved_agent_id),
        ring_ms=ring_ms(facts),
        answer_to_agent_ms=answer_to_agent_ms(facts),
        talk_ms=talk_ms(facts),
        hangup_cause=facts.hangup_cause,
        tech_cause=facts.tech_cause,
        amd=facts.amd,
        vote=row.score,
        outcome=row.outcome,
        note=row.note,
        callback_at=row.callback_at,
    )


def open_attempt_of(row: AnyRow) -> OpenAttempt:
    """Return the open attempt in a row of ``attempts``."""
    return OpenAttempt(
        id=row.id,
        campaign_id=row.campaign_id,
        lead_id=row.lead_id,
        number=row.number,
        trunk=row.trunk,
        committed_at=row.committed_at,
        facts=facts_of(row),
        reserved_agent_id=row.reserved_agent_id,
    )
