"""What goes into the ledger about attempts: opened, settled, corrected, recorded.

Knows which facts of a call prove something later. Must not know how they are chained or kept. What an agent
wrote stays out; his outcome is a code of the template.
"""

from datetime import datetime

from campaigns.ledger import Fact, Kind, Note, moment
from campaigns.ledger_notes import consent_facts
from campaigns.model import Disposition, LeadPlan
from dialer.call_facts import FACT_NAMES
from dialer.ports import CallFacts, NewAttempt, WrapUp


def opened(attempt: NewAttempt) -> Note:
    """An attempt was committed, with what allowed it."""
    facts = opening(
        attempt.lead_id,
        attempt.trunk,
        attempt.agent_id,
        attempt.committed_at,
        attempt.definition_version,
    )
    private: dict[str, str] = {}
    if (grounds := attempt.grounds) is not None:
        facts |= {
            "rule": grounds.rule,
            "packs": grounds.packs,
            "zones": grounds.zones,
            "lists": grounds.lists,
            "outside": grounds.asked_outside,
            "consent": None if grounds.consent is None else consent_facts(grounds.consent),
        }
        if grounds.consent is not None:
            private["evidence"] = grounds.consent.evidence
    return Note(
        Kind.ATTEMPT_OPENED,
        campaign_id=attempt.campaign_id,
        attempt_id=attempt.id,
        customer_id=attempt.customer_id,
        number=attempt.number,
        facts=facts,
        private=private,
    )


def opening(
    lead_id: int, trunk: str, agent_id: str | None, committed_at: datetime, definition: str
) -> dict[str, Fact]:
    """Return what an entry of an opened attempt says of it, which its record says too."""
    return {
        "lead": lead_id,
        "trunk": trunk,
        "agent": agent_id,
        "committed_at": moment(committed_at),
        "definition": definition,
    }


def course(facts: CallFacts) -> dict[str, Fact]:
    """Return what an entry says of a call's moments and causes: only what there is."""
    known = ((name, getattr(facts, name)) for name in FACT_NAMES)
    return {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in known
        if value is not None
    }


def settled(
    campaign_id: int,
    attempt_id: str,
    customer_id: int,
    disposition: Disposition,
    facts: CallFacts,
    plan: LeadPlan,
) -> Note:
    """An attempt has ended, with all that is kept of its course, and what becomes of the lead."""
    told: dict[str, Fact] = {
        "disposition": disposition.value,
        "lead_is": plan.status.value,
        "due_at": None if plan.due_at is None else moment(plan.due_at),
        **course(facts),
    }
    return Note(
        Kind.ATTEMPT_SETTLED,
        campaign_id=campaign_id,
        attempt_id=attempt_id,
        customer_id=customer_id,
        facts=told,
    )


def machine(campaign_id: int, attempt_id: str, customer_id: int, agent_id: str | None) -> Note:
    """The agent who talked said that a settled attempt had reached a machine."""
    told: dict[str, Fact] = {"disposition": Disposition.MACHINE.value}
    return Note(Kind.ATTEMPT_CORRECTED, agent(agent_id), campaign_id, attempt_id, customer_id, facts=told)


def outcome(wrap_up: WrapUp, campaign_id: int | None, customer_id: int | None) -> Note:
    """An agent recorded what came of a talk; blocks and retries follow from it."""
    told: dict[str, Fact] = {"outcome": wrap_up.outcome}
    if wrap_up.callback_at is not None:
        told["callback_at"] = moment(wrap_up.callback_at)
    by = agent(wrap_up.agent_id)
    return Note(Kind.OUTCOME, by, campaign_id, wrap_up.attempt_id, customer_id, facts=told)


def agent(agent_id: str | None) -> str:
    """Return an agent as the ledger names him."""
    return f"agent {agent_id}" if agent_id else "agent"
