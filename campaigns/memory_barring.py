"""What bars calls, in memory: do-not-call lists, consents, and the refusals that stand on them.

The part of ``campaigns.memory`` that is about them, over the dictionaries they need. Must not know attempts,
how rules judge, SQL or the clock. No method waits in the middle.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from campaigns import ledger_notes
from campaigns.lists import LeadList
from campaigns.memory_ledger import MemoryLedger
from campaigns.model import (
    WAITS,
    Campaign,
    Consent,
    Customer,
    Lead,
    LeadStatus,
)
from campaigns.people import NumberConsent
from campaigns.rules.consents import newest
from campaigns.rules.evidence import Evidence
from campaigns.rules.finals import refused_by_person
from campaigns.rules.passing import DUE
from campaigns.rules.refusals import AGAIN, change_to, word_as_kept
from campaigns.suppression import (
    OPT_OUT_ID,
    OPT_OUT_LIST,
    SuppressedNumber,
    SuppressionList,
)
from campaigns.verdicts import VerdictChange


class MemoryBarring:
    """Who must not be called, and which leads are refused for it until they are judged anew."""

    def __init__(self) -> None:
        self.campaign_rows: dict[int, Campaign] = {}
        self.customer_rows: dict[int, Customer] = {}
        self.lead_rows: dict[int, Lead] = {}
        self.lead_reasons: dict[int, str] = {}
        self.consent_notes: dict[int, list[NumberConsent]] = {}
        self.list_rows: dict[int, LeadList] = {}
        self.suppression_lists: dict[int, SuppressionList] = {OPT_OUT_ID: OPT_OUT_LIST}
        self.suppressed: dict[tuple[str, int], SuppressedNumber] = {}
        self.read_with = ""  # the forms in which caller IDs on the opt-out list were read
        self.verdict_changes: list[VerdictChange] = []
        self.overtaken: set[int] = set()  # leads that are being judged by what is no longer so
        self.ledger = MemoryLedger(self.customer_rows)
        self.ledger.listed_as = lambda: self.suppressed
        self.ledger.lists_there = self.suppression_lists.values
        self.ledger.said_by = lambda customer_id: (
            (told.number, told.consent) for told in self.consent_notes.get(customer_id, ())
        )

    async def suppress(self, number: str, reason: str, by: str, at: datetime) -> None:
        """Never call this number again; the first word about it is the one that is kept."""
        self.put_on_lists([SuppressedNumber(OPT_OUT_ID, number, reason, by, at)])

    def put_on_lists(self, entries: Sequence[SuppressedNumber]) -> int:
        """Put numbers on do-not-call lists; the first word is kept. Returns how many are new."""
        new: dict[tuple[str, int], SuppressedNumber] = {}
        for entry in entries:
            if (entry.number, entry.list_id) not in self.suppressed:
                new.setdefault((entry.number, entry.list_id), entry)
        self.suppressed |= new
        having = {entry.number: self.having(entry.number) for entry in new.values()}
        self.ledger.append(*ledger_notes.suppressed(list(new.values()), having))
        for list_id in dict.fromkeys(entry.list_id for entry in new.values()):
            told = [entry for entry in new.values() if entry.list_id == list_id]
            cause = f"put on a do-not-call list by {told[0].by}"
            self.judge_again_by_list(list_id, [entry.number for entry in told], cause, told[0].at)
        return len(new)

    def having(self, number: str) -> Sequence[int]:
        """Return the ids of the customers who have a number."""
        return sorted(person.id for person in self.customer_rows.values() if number in person.numbers)

    def only_customer(self, number: str) -> Customer | None:
        """Return the one customer who has this number; None when nobody or more than one has it."""
        having = self.having(number)
        return self.customer_rows[having[0]] if len(having) == 1 else None

    def judge_again_by_list(self, list_id: int, numbers: Sequence[str], cause: str, at: datetime) -> None:
        """Have those leads judged anew that a do-not-call list may bar for the sake of these numbers."""
        kept = self.suppression_lists[list_id]
        holders = {one for number in numbers for one in self.having(number)}
        theirs = set(numbers).union(*(self.customer_rows[one].numbers for one in holders))
        touched = {person.id for person in self.customer_rows.values() if theirs.intersection(person.numbers)}

        def barred(lead: Lead) -> bool:
            campaign = self.campaign_rows[lead.campaign_id]
            return lead.customer_id in touched and kept.applies_to(campaign.purpose, campaign.id)

        self.judge_again(barred, cause, at)
        self.park(barred, at)

    async def is_suppressed(self, number: str) -> bool:
        """Say whether this number is barred for every purpose and campaign."""
        return any(
            number == barred and kept.purpose is None and kept.campaign_id is None
            for (barred, list_id) in self.suppressed
            for kept in (self.suppression_lists[list_id],)
        )

    def lists_applying(self, campaign: Campaign) -> tuple[int, ...]:
        """Return the ids of the do-not-call lists that have a word in calls of a campaign."""
        lists = self.suppression_lists.values()
        return tuple(sorted(kept.id for kept in lists if kept.applies_to(campaign.purpose, campaign.id)))

    def lists_holding(self, campaign: Campaign, number: str, people: Iterable[Customer]) -> tuple[str, ...]:
        """Return the names of the do-not-call lists that bar a call to this number.

        ``people`` are all who have it: a list of whole persons bars it for the sake of any of them.
        """
        own = {number}
        reached = own.union(*(person.numbers for person in people))
        return tuple(
            kept.name
            for kept in self.suppression_lists.values()
            if kept.applies_to(campaign.purpose, campaign.id)
            and any(
                (barred, kept.id) in self.suppressed for barred in (reached if kept.whole_person else own)
            )
        )

    def consents_of(self, customer_id: int, number: str) -> tuple[Consent, ...]:
        """Return the word of a customer on each purpose that counts, about calls to one number."""
        return newest(self.words_of(customer_id, number))

    def words_of(self, customer_id: int, number: str) -> list[Consent]:
        """Return everything that a customer said about calls to one number, in the order of recording."""
        told = self.consent_notes.get(customer_id, ())
        return [one.consent for one in told if one.number == number]

    def note_consent(self, customer_id: int, told: NumberConsent) -> None:
        """Append what a customer said about calls to one of his numbers."""
        self.consent_notes.setdefault(customer_id, []).append(told)

    def change_verdict(self, change: VerdictChange) -> None:
        """Note that a lead is refused otherwise than before, beside it and in the ledger."""
        lead = self.lead_rows[change.lead_id]
        self.verdict_changes.append(change)
        note = ledger_notes.verdict_changed(change, lead.campaign_id, lead.customer_id, lead.number)
        self.ledger.append(note)

    def judge_again(self, which: Callable[[Lead], bool], cause: str, at: datetime) -> int:
        """Lift the refusals of those leads, as ``store.verdicts`` does; returns how many."""
        refused = [lead for lead in self.lead_rows.values() if is_refused(lead) and which(lead)]
        of_campaign: dict[int, list[VerdictChange]] = {}
        for lead in refused:
            self.lift(lead, cause)
            change = VerdictChange(lead.id, at, AGAIN, cause)
            of_campaign.setdefault(lead.campaign_id, []).append(change)
        for campaign_id, changes in of_campaign.items():
            if len(changes) == 1:
                self.change_verdict(changes[0])
                continue
            self.verdict_changes += changes
            note = ledger_notes.lifted(campaign_id, [change.lead_id for change in changes])
            self.ledger.append(note)
        self.overtake(which)
        return len(refused)

    def overtake(self, which: Callable[[Lead], bool]) -> None:
        """Let none of those leads that are claimed now be called on what was known before."""
        for lead in self.lead_rows.values():
            if lead.status is LeadStatus.CLAIMED and which(lead):
                self.overtaken.add(lead.id)

    def park(self, which: Callable[[Lead], bool], at: datetime | None) -> None:
        """Park those of these leads that wait for a moment after ``at`` and whose person must not be called
        then; without ``at`` as of their last attempt."""
        waiting = [lead for lead in self.lead_rows.values() if lead.status is LeadStatus.WAITING]
        for lead in waiting:
            ahead = (at is None or lead.due_at > at) and (lead.verdict is None or lead.verdict.rule == DUE)
            word = self._word_against(lead) if ahead and which(lead) else None
            if word is not None:
                refusal = word_as_kept(*word, at or lead.last_at or lead.due_at)
                self.lead_rows[lead.id] = replace(lead, status=LeadStatus.REFUSED, verdict=refusal)
                self.lead_reasons[lead.id] = refusal.reason
                self.change_verdict(change_to(lead.id, refusal))

    def _word_against(self, lead: Lead) -> tuple[str, str] | None:
        """Return by which word of the person's a lead must not be called at the moment that it waits for."""
        campaign = self.campaign_rows[lead.campaign_id]
        people = [self.customer_rows[one] for one in {lead.customer_id, *self.having(lead.number)}]
        evidence = Evidence(
            suppressed=self.lists_holding(campaign, lead.number, people),
            consents=self.consents_of(lead.customer_id, lead.number),
        )
        return refused_by_person(evidence, campaign.purpose, lead.due_at)

    def lift(self, lead: Lead, cause: str) -> None:
        """Let a refused lead wait again, due since it was refused, or when it would have been."""
        assert lead.verdict is not None
        status = lead.status
        if status is LeadStatus.REFUSED:
            listed = self.list_rows.get(lead.list_id)
            status = LeadStatus.HELD if listed and not listed.active else LeadStatus.WAITING
        due_at = lead.due_at if is_parked_ahead(lead) else lead.verdict.at or lead.due_at
        self.lead_rows[lead.id] = replace(lead, status=status, due_at=due_at, verdict=None)
        self.lead_reasons[lead.id] = cause


def is_parked_ahead(lead: Lead) -> bool:
    """Say whether a lead was parked while it waited for a moment to come."""
    since = lead.verdict.at if lead.verdict is not None else None
    return lead.status is LeadStatus.REFUSED and since is not None and lead.due_at > since


def is_refused(lead: Lead) -> bool:
    """Say whether a lead waits, or is parked, because a rule refused it."""
    waits = lead.status in WAITS
    return waits and lead.verdict is not None and lead.verdict.rule != DUE
