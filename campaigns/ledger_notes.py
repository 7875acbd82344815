"""What goes into the ledger about campaigns, lists, do-not-call lists, people and rules.

Knows which facts of each prove something later. Must not know how they are chained or kept. Names of
campaigns and lists, reasons and evidence are free text that may hold anything: they stay out, or enter as
digests under the person's key.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from campaigns.correcting import LeadMoves
from campaigns.ledger import Fact, Kind, Note, canonical, moment
from campaigns.lists import LoadCount, LoadTerms
from campaigns.model import (
    Campaign,
    CampaignStatus,
    Consent,
    Customer,
    DialMode,
)
from campaigns.rules.packs import RuleBook
from campaigns.rules.refusals import AGAIN
from campaigns.suppression import SuppressedNumber, SuppressionList
from campaigns.verdicts import LastVerdict, VerdictChange

_BECAME: Final[Mapping[CampaignStatus, Kind]] = {
    CampaignStatus.DRAFT: Kind.CAMPAIGN_MADE,
    CampaignStatus.RUNNING: Kind.CAMPAIGN_STARTED,
    CampaignStatus.PAUSED: Kind.CAMPAIGN_PAUSED,
    CampaignStatus.STOPPED: Kind.CAMPAIGN_STOPPED,
    CampaignStatus.FINISHED: Kind.CAMPAIGN_FINISHED,
}


def begun(last_record: int, on_lists: Mapping[int, int], last_consent: int) -> Note:
    """The ledger begins: calls up to record ``last_record`` were made before, and are not in it.

    So many numbers were on each do-not-call list, by its id; consents up to ``last_consent`` were there.
    """
    sizes: dict[str, Fact] = {str(list_id): size for list_id, size in on_lists.items()}
    facts: dict[str, Fact] = {"last_record": last_record, "on_lists": sizes, "last_consent": last_consent}
    return Note(Kind.BEGUN, facts=facts)


def campaign_made(made: Campaign) -> Note:
    """A campaign was created: everything of it that bears on who is called when."""
    facts: dict[str, Fact] = {
        "template": made.template,
        "template_version": made.template_version,
        "purpose": made.purpose.value,
        **_rules(made),
        "retries": {each.value: [_ms(rule.after_s), rule.attempts] for each, rule in made.retries.items()},
        "max_attempts": made.max_attempts,
        "ring_ms": _ms(made.ring_timeout_s),
        "connect_limit_ms": _ms(made.connect_limit_s),
        "amd": made.amd.value,
        "machine_message": made.machine_message,
        "mode": made.mode.value,
        "weight": made.weight,
    }
    if made.mode is DialMode.RATIO:
        facts["lines_per_100_agents"] = round(made.lines_per_agent * 100)
    return Note(Kind.CAMPAIGN_MADE, made.status_by, made.id, facts=facts)


def rules_changed(changed: Campaign, by: str) -> Note:
    """A campaign was given other calling hours or rule packs."""
    return Note(Kind.CAMPAIGN_CHANGED, by, changed.id, facts=_rules(changed))


def weighed(changed: Campaign, by: str) -> Note:
    """A campaign was given another part of the agents that it shares with others."""
    return Note(Kind.CAMPAIGN_CHANGED, by, changed.id, facts={"weight": changed.weight})


def status_changed(was: CampaignStatus, changed: Campaign) -> Note:
    """A campaign was started, paused, resumed, stopped, or has finished."""
    kind = _BECAME[changed.status]
    if (was, changed.status) == (CampaignStatus.PAUSED, CampaignStatus.RUNNING):
        kind = Kind.CAMPAIGN_RESUMED
    return Note(kind, changed.status_by, changed.id, facts={"was": was.value})


def list_loaded(campaign_id: int, list_id: int, count: LoadCount, terms: LoadTerms) -> Note:
    """A batch of rows came into a list."""
    facts: dict[str, Fact] = {
        "list": list_id,
        "loaded": count.loaded,
        "updated": count.updated,
        "unchanged": count.unchanged,
        "duplicate": count.duplicate,
    }
    return Note(Kind.LIST_LOADED, terms.by, campaign_id, facts=facts)


def list_switched(campaign_id: int, list_id: int, active: bool, by: str) -> Note:
    """A list was switched on or off."""
    return Note(Kind.LIST_SWITCHED, by, campaign_id, facts={"list": list_id, "active": active})


def list_recycled(
    campaign_id: int,
    list_id: int,
    dispositions: Iterable[str],
    outcomes: Iterable[str],
    count: int,
    by: str,
) -> Note:
    """Closed leads of a list wait again, by how their last attempt ended or was recorded."""
    facts: dict[str, Fact] = {
        "list": list_id,
        "leads": count,
        "dispositions": sorted(dispositions),
        "outcomes": sorted(outcomes),
    }
    return Note(Kind.LIST_RECYCLED, by, campaign_id, facts=facts)


def list_merged(campaign_id: int, from_id: int, into_id: int, by: str) -> Note:
    """All leads of a list went to another one."""
    return Note(Kind.LIST_MERGED, by, campaign_id, facts={"list": from_id, "into": into_id})


def list_deleted(campaign_id: int, list_id: int, purge_after: str, by: str) -> Note:
    """A list was deleted; the records of its calls go after ``purge_after``."""
    return Note(Kind.LIST_DELETED, by, campaign_id, facts={"list": list_id, "purge_after": purge_after})


def list_kept(campaign_id: int, list_id: int, until: str, pack: str, version: str) -> Note:
    """Records of a deleted list stay for the sake of a rule pack; the first of them go after ``until``."""
    facts: dict[str, Fact] = {"list": list_id, "until": until, "pack": pack, "version": version}
    return Note(Kind.LIST_KEPT, campaign_id=campaign_id, facts=facts)


def suppression_made(made: SuppressionList) -> Note:
    """A do-not-call list was made: from here on its id says what it reaches."""
    facts: dict[str, Fact] = {
        "list": made.id,
        "kind": made.kind.value,
        "purpose": None if made.purpose is None else made.purpose.value,
        "whole_person": made.whole_person,
    }
    return Note(Kind.SUPPRESSION_MADE, made.created_by, made.campaign_id, facts=facts)


def suppressed(entries: Sequence[SuppressedNumber], having: Mapping[str, Sequence[int]]) -> Sequence[Note]:
    """Numbers were put on lists: one note for each customer ``having`` such a number, by id, and one for
    each list that says how many numbers came; of a single one the first customer's note says so.
    """
    notes: list[Note] = []
    for list_id in dict.fromkeys(entry.list_id for entry in entries):
        some = [entry for entry in entries if entry.list_id == list_id]
        if len(some) > 1 or not having.get(some[0].number):
            facts: dict[str, Fact] = {"list": list_id, "numbers": len(some)}
            notes.append(Note(Kind.SUPPRESSED, some[0].by, facts=facts))
        notes += [
            Note(
                Kind.SUPPRESSED,
                entry.by,
                customer_id=customer_id,
                number=entry.number,
                facts={"list": list_id} if at or len(some) > 1 else {"list": list_id, "numbers": 1},
                private={"reason": entry.reason},
            )
            for entry in some
            for at, customer_id in enumerate(having.get(entry.number, ()))
        ]
    return notes


def unsuppressed(list_id: int, number: str, having: Sequence[int], by: str) -> Sequence[Note]:
    """A number was taken off a list: one note for each customer ``having`` it, by id, else one about none."""
    facts: dict[str, Fact] = {"list": list_id}
    return [
        Note(
            Kind.UNSUPPRESSED,
            by,
            customer_id=customer_id,
            number=number,
            facts=facts if at else facts | {"numbers": 1},
        )
        for at, customer_id in enumerate(having or (None,))
    ]


def customer_made(made: Customer, by: str, call_id: str, shared: bool) -> Note:
    """Somebody was entered by hand, with a call to the hotline if it was from one. His name stays out.

    ``shared``: others had his number already, and whoever entered him said that he is another one.
    """
    facts: dict[str, Fact] = {"class": made.customer_class.value, "owner": made.owner}
    if shared:
        facts["shared"] = True
    return Note(
        Kind.CUSTOMER_MADE,
        by,
        attempt_id=call_id,
        customer_id=made.id,
        number=made.numbers[0],
        facts=facts,
    )


def customer_corrected(
    now: Customer, different: Mapping[str, tuple[str, str]], plan: LeadMoves, by: str, shared: bool
) -> Note:
    """A customer's file was corrected by hand: what is ``different``, and what became of his leads.

    What stood there and what stands there now name him: they enter as digests, each by its name.
    """
    facts: dict[str, Fact] = {"changed": sorted(different)}
    if plan.moved:
        facts["leads_moved"] = _in_runs(sorted(plan.moved))
    if plan.closed:
        facts["leads_closed"] = _in_runs(sorted(plan.closed))
    if shared:
        facts["shared"] = True
    told = {f"was_{name}": was for name, (was, _) in different.items()}
    told |= {f"now_{name}": after for name, (_, after) in different.items()}
    return Note(
        Kind.CUSTOMER_CORRECTED,
        by,
        customer_id=now.id,
        number=now.numbers[0],
        facts=facts,
        private=told,
    )


def reference_changed(
    customer_id: int, was: str, ref: str, campaign_id: int, list_id: int | None, by: str
) -> Note:
    """Somebody who was entered by hand goes by the reference that a list brought from now on.

    Both references name him: they enter as digests.
    """
    return Note(
        Kind.REFERENCE_CHANGED,
        by,
        campaign_id,
        customer_id=customer_id,
        facts={"list": list_id},
        private={"was": was, "ref": ref},
    )


def caller_known(call_id: str, customer_id: int, by: str) -> Note:
    """An agent said which customer had called the hotline."""
    return Note(Kind.CALLER_KNOWN, by, attempt_id=call_id, customer_id=customer_id)


def consent_said(customer_id: int, number: str, said: Consent, by: str) -> Note:
    """A person allowed or forbade calls of one purpose to one number."""
    kind = Kind.CONSENT_GIVEN if said.given else Kind.CONSENT_WITHDRAWN
    return Note(
        kind,
        by,
        customer_id=customer_id,
        number=number,
        facts=consent_facts(said),
        private={"evidence": said.evidence},
    )


def consent_facts(said: Consent) -> dict[str, Fact]:
    """Return what an entry says of a consent beside the digest of its evidence."""
    return {"purpose": said.purpose.value, "said_at": None if said.at is None else moment(said.at)}


def verdict_changed(change: VerdictChange, campaign_id: int, customer_id: int, number: str) -> Note:
    """A lead was refused by another rule than the last time, or its refusal was lifted.

    The reason in words may quote what others wrote: it stays out.
    """
    facts: dict[str, Fact] = {"lead": change.lead_id}
    if change.rule != AGAIN:
        next_at = None if change.next_at is None else moment(change.next_at)
        facts |= {"rule": change.rule, "pack": change.pack, "version": change.version}
        facts |= {"zone": change.zone, "next_at": next_at}
    kind = Kind.LIFTED if change.rule == AGAIN else Kind.REFUSED
    return Note(kind, campaign_id=campaign_id, customer_id=customer_id, number=number, facts=facts)


def put_off(campaign_id: int, leads: int, refusal: LastVerdict) -> Note:
    """So many leads wait until the hours of their places open; none of them was judged by itself."""
    assert refusal.next_at is not None, "hours that never open put nobody off"
    facts: dict[str, Fact] = {"leads": leads, "rule": refusal.rule, "pack": refusal.pack}
    facts |= {"version": refusal.version, "zone": refusal.zone, "next_at": moment(refusal.next_at)}
    return Note(Kind.PUT_OFF, campaign_id=campaign_id, facts=facts)


def lifted(campaign_id: int, lead_ids: Sequence[int]) -> Note:
    """These leads are judged anew because rules or lists that bear on them are others now.

    Their refusals name lead and person; one entry for all of them names the leads, in runs: ``1-500,502``.
    """
    facts: dict[str, Fact] = {"leads": len(lead_ids), "lead_ids": _in_runs(sorted(lead_ids))}
    return Note(Kind.LIFTED_MANY, campaign_id=campaign_id, facts=facts)


def attempt_purged(campaign_id: int, attempt_id: str) -> Note:
    """The record of an attempt was destroyed when its time was over."""
    return Note(Kind.ATTEMPT_PURGED, campaign_id=campaign_id, attempt_id=attempt_id)


def erasing_asked(customer_id: int, by: str) -> Note:
    """A person is to be erased as soon as the call to him is over."""
    return Note(Kind.ERASING_ASKED, by, customer_id=customer_id, facts={"customer": customer_id})


def erased(customer_id: int, by: str) -> Note:
    """A person was erased; it is the last entry his key is used for.

    It has his customer number, by which what is left of him can be found to stand as erased without a key.
    """
    return Note(Kind.ERASED, by, customer_id=customer_id, facts={"customer": customer_id})


def rules_in_force(rules: RuleBook, program: str, by: str) -> Note:
    """The rule packs of this installation, by name and version, which of them bind every call, and what the
    information message says.
    """
    facts: dict[str, Fact] = {
        "program": program,
        "packs": {name: pack.version for name, pack in rules.packs.items()},
        "always": list(rules.always),
        "trades": sorted(rules.trades),
    }
    if rules.told is not None:
        facts["message"] = {purpose.value: sorted(told) for purpose, told in rules.told.items()}
    facts["fingerprint"] = hashlib.sha256(canonical(facts).encode()).hexdigest()[:16]
    return Note(Kind.RULES, by, facts=facts)


def _in_runs(ids: Sequence[int]) -> str:
    """Write ascending ids down, those that follow each other as first and last."""
    runs: list[list[int]] = []
    for one in ids:
        if runs and one == runs[-1][1] + 1:
            runs[-1][1] = one
        else:
            runs.append([one, one])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _ms(seconds: float) -> int:
    return round(seconds * 1_000)


def _rules(campaign: Campaign) -> dict[str, Fact]:
    hours: list[Fact] = [
        [one.weekday, one.opens.isoformat("minutes"), one.closes.isoformat("minutes")]
        for one in campaign.hours
    ]
    return {"packs": list(campaign.packs), "hours": hours}
