"""The book of campaigns in memory: the twin of the SQL one, for tests and the simulator.

Knows the same promises as ``campaigns.ports.CampaignBook`` and keeps them in plain dictionaries, which are
public so that the dialer's twin can work on the same data. Must not know attempts' course, SQL or the clock.
No method waits in the middle, so on one event loop every method is atomic.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from campaigns import ledger_notes
from campaigns.due_now import LeadGroup
from campaigns.errors import Fault, InvalidInput, NotFound
from campaigns.lines import AttemptLine, LeadLine
from campaigns.lists import ListRow, LoadCount, LoadTerms
from campaigns.memory_barring import MemoryBarring, is_parked_ahead, is_refused
from campaigns.memory_loading import load_rows
from campaigns.model import (
    Campaign,
    CampaignStatus,
    Customer,
    HoursWindow,
    Lead,
    LeadPlan,
    LeadStatus,
)
from campaigns.people import ERASED, ERASING_ASKED, ContactNote, Credit, EraseWish, HotlineCall
from campaigns.ports import PAGE, PLAIN, Dialled
from campaigns.reporting import Page, Tally, is_reached, page_of, tally_of
from campaigns.rules.passing import DUE
from campaigns.rules.refusals import AGAIN, change_to, matters
from campaigns.verdicts import LastVerdict, VerdictChange


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One change of a campaign's status: what it became, by whom, when and why."""

    campaign_id: int
    status: CampaignStatus
    by: str
    at: datetime
    reason: str


class MemoryBook(MemoryBarring):
    """``CampaignBook`` in dictionaries; ids count from 1. ``attempt_lines`` keeps the order of committing."""

    def __init__(self) -> None:
        super().__init__()
        self.status_changes: list[StatusChange] = []
        self.attempt_lines: dict[str, AttemptLine] = {}
        self.customer_by_ref: dict[str, int] = {}
        self.lead_by_key: dict[tuple[int, int, str], int] = {}
        self.hotline_rows: dict[str, HotlineCall] = {}
        self.contact_notes: dict[int, list[ContactNote]] = {}
        self.credit_notes: dict[int, list[Credit]] = {}
        self.erased: set[int] = set()
        self.erase_wishes: dict[int, EraseWish] = {}
        self.ledger.gone, self.ledger.going = self.erased.__contains__, self.erase_wishes.__contains__
        self.kept_until: dict[int, datetime] = {}  # of whom was erased, while something is still kept
        self.made: dict[int, tuple[str, datetime]] = {}  # who entered a customer by hand, and when
        self.removed_numbers: dict[int, set[str]] = {}  # what was taken away by hand, by customer
        self.former_names: dict[int, set[str]] = {}  # names and references he went by, by customer
        self.callers: dict[str, int] = {}  # whose call to the hotline it was, by an agent's word
        self._customer_ids = count(1)
        self._note_ids = count(1)

    def next_customer_id(self) -> int:
        """Return the id of the next new customer; none is used again."""
        return next(self._customer_ids)

    def next_note_id(self) -> int:
        """Return the id of the next note about a customer."""
        return next(self._note_ids)

    async def add_campaign(self, campaign: Campaign) -> Campaign:
        """Store a new campaign under the next id; raises ``InvalidInput`` when the name is taken."""
        if any(kept.name == campaign.name for kept in self.campaign_rows.values()):
            raise InvalidInput([Fault("name", f"there is a campaign named {campaign.name!r} already")])
        kept = replace(campaign, id=len(self.campaign_rows) + 1)
        self.campaign_rows[kept.id] = kept
        self.ledger.append(ledger_notes.campaign_made(kept))
        return kept

    async def campaign(self, campaign_id: int) -> Campaign:
        """Return one campaign; raises ``NotFound``."""
        try:
            return self.campaign_rows[campaign_id]
        except KeyError:
            raise NotFound(f"no campaign {campaign_id}") from None

    async def campaigns(self) -> Sequence[Campaign]:
        """Return all campaigns, oldest first."""
        return tuple(self.campaign_rows.values())

    async def set_status(
        self, campaign_id: int, status: CampaignStatus, by: str, at: datetime, reason: str = ""
    ) -> Campaign:
        """Store a change of status and append it to ``status_changes``; raises ``NotFound``."""
        before = await self.campaign(campaign_id)
        changed = replace(before, status=status, status_by=by, status_at=at, status_reason=reason)
        self.campaign_rows[campaign_id] = changed
        self.status_changes.append(StatusChange(campaign_id, status, by, at, reason))
        self.ledger.append(ledger_notes.status_changed(before.status, changed))
        self.overtake(lambda lead: lead.campaign_id == campaign_id)
        return changed

    async def load_rows(
        self, campaign_id: int, rows: Sequence[ListRow], terms: LoadTerms = PLAIN
    ) -> LoadCount:
        """Add or update customers and leads; where rows of one batch contradict, the last one counts.

        Raises ``NotFound`` without such a campaign.
        """
        await self.campaign(campaign_id)
        return load_rows(self, campaign_id, rows, terms)

    def apply_plan(self, lead_id: int, plan: LeadPlan) -> None:
        """Put a lead where a plan after an attempt says; one that waits, waits for the next attempt.

        The lead of somebody who was erased stays closed, and that of somebody who is to be is closed.
        """
        lead = self.lead_rows[lead_id]
        if self.is_leaving(lead.customer_id):
            self.close_leaving(lead)
            return
        due_at = plan.due_at or lead.due_at
        waits = plan.status is LeadStatus.WAITING
        verdict = LastVerdict(DUE, plan.reason, lead.last_at, due_at) if waits else None
        self._plan(lead, replace(plan, verdict=verdict))

    def is_leaving(self, customer_id: int) -> bool:
        """Say whether somebody was erased, or is to be as soon as his call is over."""
        return customer_id in self.erased or customer_id in self.erase_wishes

    def close_leaving(self, lead: Lead) -> None:
        """Close a lead of somebody who is to be erased; one that is done stays as it is."""
        if lead.status is not LeadStatus.DONE:
            self._plan(replace(lead, appointment_at=None), LeadPlan(LeadStatus.DONE, None, ERASING_ASKED))

    def return_lead(self, lead_id: int, plan: LeadPlan) -> None:
        """Give a claimed lead back; a refusal that was judged by what has changed meanwhile is not taken."""
        lead = self.lead_rows[lead_id]
        if self.is_leaving(lead.customer_id):
            self.close_leaving(lead)
            return
        if plan.verdict is not None and lead_id in self.overtaken:
            plan = LeadPlan(LeadStatus.WAITING, lead.due_at, self.lead_reasons[lead_id])
        elif plan.verdict is not None and matters(lead.verdict, plan.verdict):
            self.change_verdict(change_to(lead_id, plan.verdict))
        self._plan(lead, plan)

    def _plan(self, lead: Lead, plan: LeadPlan) -> None:
        done = plan.status is LeadStatus.DONE
        self.overtaken.discard(lead.id)
        self.lead_reasons[lead.id] = plan.reason
        self.lead_rows[lead.id] = replace(
            lead,
            status=plan.status,
            due_at=plan.due_at or lead.due_at,
            closed_reason=plan.reason if done else "",
            appointment_at=plan.appointment_at or lead.appointment_at,
            verdict=plan.verdict,
        )

    def drop(self, lead: Lead) -> None:
        """Forget a lead, and its customer where he has no other."""
        del self.lead_rows[lead.id]
        del self.lead_reasons[lead.id]
        self.verdict_changes[:] = [change for change in self.verdict_changes if change.lead_id != lead.id]
        self.lead_by_key.pop((lead.campaign_id, lead.customer_id, lead.number), None)
        alone = all(other.customer_id != lead.customer_id for other in self.lead_rows.values())
        if alone and lead.customer_id not in self.made:
            self.callers = {call: whose for call, whose in self.callers.items() if whose != lead.customer_id}
            person = self.customer_rows.pop(lead.customer_id)
            self.customer_by_ref.pop(person.ref, None)
            self.consent_notes.pop(lead.customer_id, None)
            self.contact_notes.pop(lead.customer_id, None)
            self.credit_notes.pop(lead.customer_id, None)
            self.removed_numbers.pop(lead.customer_id, None)
            self.former_names.pop(lead.customer_id, None)
            self.ledger.forget(lead.customer_id)

    def erase_last(self, customer_id: int) -> None:
        """Destroy what may be kept for a while about whom was erased: numbers of calls, consents, his key."""
        self.kept_until.pop(customer_id, None)
        self.consent_notes.pop(customer_id, None)
        for key, line in list(self.attempt_lines.items()):
            if line.customer_id == customer_id:
                self.attempt_lines[key] = replace(line, number=ERASED)
        self.ledger.forget(customer_id)

    async def customer(self, customer_id: int) -> Customer:
        """Return one customer; raises ``NotFound``."""
        try:
            return self.customer_rows[customer_id]
        except KeyError:
            raise NotFound(f"no customer {customer_id}") from None

    async def history(self, customer_id: int, limit: int = 50) -> Sequence[AttemptLine]:
        """Return a customer's attempts over all campaigns, newest first."""
        lines = [line for line in self._lines() if line.customer_id == customer_id]
        return tuple(lines[::-1][:limit])

    async def attempts(self, campaign_id: int, after: str = "", limit: int = PAGE) -> Page[AttemptLine]:
        """Return a campaign's attempts, newest first; raises ``NotFound`` for an unknown ``after``."""
        lines = self._attempts_of(campaign_id)[::-1]
        ids = [line.attempt_id for line in lines]
        if after and after not in ids:
            raise NotFound(f"no attempt {after}")
        return page_of(lines, ids.index(after) + 1 if after else 0, limit)

    def _attempts_of(self, campaign_id: int) -> list[AttemptLine]:
        return [line for line in self._lines() if self.lead_rows[line.lead_id].campaign_id == campaign_id]

    async def tally(self, campaign_id: int) -> Tally:
        """Count a campaign's leads and attempts."""
        return tally_of(self._attempts_of(campaign_id), await self.lead_counts(campaign_id))

    def _lines(self) -> list[AttemptLine]:
        """All attempts, oldest first, with their customers as they are called now."""
        lines = []
        for line in self.attempt_lines.values():
            person = self.customer_rows[line.customer_id]
            lines.append(replace(line, customer_ref=person.ref, customer_name=person.name))
        return sorted(lines, key=lambda line: line.started_at)

    async def leads(
        self, campaign_id: int, after: int = 0, limit: int = PAGE, *, reached: bool | None = None
    ) -> Page[LeadLine]:
        """Return a campaign's leads by id, all or those that were, or were not, reached."""
        talked_to = {line.lead_id for line in self._attempts_of(campaign_id) if is_reached(line)}
        lines = [
            line
            for line in self._lead_lines(campaign_id)
            if reached is None or (line.lead_id in talked_to) is reached
        ]
        return page_of(lines, sum(line.lead_id <= after for line in lines), limit)

    def _lead_lines(self, campaign_id: int) -> list[LeadLine]:
        last = {line.lead_id: line.disposition for line in self.attempt_lines.values() if line.disposition}
        lines = []
        for lead in self.lead_rows.values():
            if lead.campaign_id != campaign_id:
                continue
            person = self.customer_rows[lead.customer_id]
            lines.append(
                LeadLine(
                    lead_id=lead.id,
                    customer_ref=person.ref,
                    customer_name=person.name,
                    number=lead.number,
                    status=lead.status,
                    attempts=lead.attempts,
                    last_disposition=last.get(lead.id),
                    due_at=None if lead.status in (LeadStatus.DONE, LeadStatus.REFUSED) else lead.due_at,
                    reason=self.lead_reasons[lead.id],
                )
            )
        return sorted(lines, key=lambda line: line.lead_id)

    async def destinations(self, campaign_id: int) -> Sequence[Dialled]:
        """Return one number for each address and beginning of a number, of the leads that are not done."""
        found: dict[tuple[str, str, str], str] = {}
        for lead in self.lead_rows.values():
            if lead.campaign_id != campaign_id or lead.status is LeadStatus.DONE:
                continue
            person = self.customer_rows[lead.customer_id]
            alike = (lead.number[:7], person.country, person.region)
            found[alike] = min(lead.number, found.get(alike, lead.number))
        return sorted(
            (Dialled(number, country, region) for (_, country, region), number in found.items()),
            key=lambda one: (one.number, one.country, one.region),
        )

    async def lead_counts(self, campaign_id: int) -> Mapping[LeadStatus, int]:
        """Return how many leads stand where; every status is a key."""
        counts = dict.fromkeys(LeadStatus, 0)
        for lead in self.lead_rows.values():
            if lead.campaign_id == campaign_id:
                counts[lead.status] += 1
        return counts

    async def set_rules(
        self, campaign_id: int, hours: tuple[HoursWindow, ...], packs: tuple[str, ...], by: str, at: datetime
    ) -> Campaign:
        """Store other calling hours and rule packs; raises ``NotFound``."""
        changed = replace(await self.campaign(campaign_id), hours=hours, packs=packs)
        self.campaign_rows[campaign_id] = changed
        self.ledger.append(ledger_notes.rules_changed(changed, by))
        self.overtake(lambda lead: lead.campaign_id == campaign_id)
        return changed

    async def set_weight(self, campaign_id: int, weight: int, by: str) -> Campaign:
        """Store a campaign's part of the shared agents; raises ``NotFound``."""
        changed = replace(await self.campaign(campaign_id), weight=weight)
        self.campaign_rows[campaign_id] = changed
        self.ledger.append(ledger_notes.weighed(changed, by))
        return changed

    async def lead_groups(self, campaign_id: int, moment: datetime) -> Sequence[LeadGroup]:
        """Count a campaign's leads by where they stand and what refused them last; every lead once."""
        grouped: dict[tuple[LeadStatus, str, str, str], list[Lead]] = {}
        for lead in self.lead_rows.values():
            if lead.campaign_id == campaign_id:
                kept = lead.verdict
                what = (kept.rule, kept.pack, kept.zone) if kept is not None else ("", "", "")
                grouped.setdefault((lead.status, *what), []).append(lead)
        return [
            LeadGroup(
                *what,
                leads=len(some),
                due=sum(lead.due_at <= moment for lead in some),
                next_at=min((lead.due_at for lead in some if lead.due_at > moment), default=None),
                example=self.lead_reasons[some[0].id] if what[1] else "",
            )
            for what, some in grouped.items()
        ]

    async def claimed_judged_again(self, campaign_id: int, cause: str, at: datetime) -> None:
        """See to it that no lead that is claimed now is parked by the verdict that is being made on it."""
        self.overtake(lambda lead: lead.campaign_id == campaign_id)

    async def refused_otherwise(
        self, campaign_id: int, stands: str, at: datetime, limit: int
    ) -> Sequence[int]:
        """Return the ids of up to so many leads whose refusal stood on anything but ``stands``."""
        found = (lead for lead in self.lead_rows.values() if lead.campaign_id == campaign_id)
        return [lead.id for lead in found if _is_outdated(lead, stands, at)][:limit]

    async def some_judged_again(
        self, campaign_id: int, lead_ids: Sequence[int], stands: str, cause: str, at: datetime
    ) -> int:
        """Let those of the leads wait again whose refusal stood on anything but ``stands``."""
        there = [self.lead_rows[one] for one in lead_ids if one in self.lead_rows]
        some = [one for one in there if one.campaign_id == campaign_id and _is_outdated(one, stands, at)]
        for lead in some:
            self.lift(lead, cause)
            self.verdict_changes.append(VerdictChange(lead.id, at, AGAIN, cause))
        if some:
            self.ledger.append(ledger_notes.lifted(campaign_id, [lead.id for lead in some]))
        return len(some)


def _is_outdated(lead: Lead, stands: str, at: datetime) -> bool:
    if is_parked_ahead(lead) and lead.due_at > at:
        return False
    kept = lead.verdict
    since = kept is not None and kept.book != stands and (kept.at is None or kept.at <= at)
    return since and is_refused(lead)
