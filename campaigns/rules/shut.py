"""Until when nobody of some place may be called, whoever he is: hours and holidays alone.

For many leads at once, of which only the place is looked at. Whatever else holds a lead back makes it later,
so the moment told is never after the one that its own verdict would name. An agreed call-back may open hours:
leads that have one are not to be asked about here. Must not know leads, stores or a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from campaigns.model import (
    Campaign,
    Consent,
    Customer,
    CustomerClass,
    Lead,
    LeadStatus,
)
from campaigns.rules.eligibility import by_the_clock, case_of
from campaigns.rules.evidence import Evidence
from campaigns.rules.jurisdiction import Place, place_of_number
from campaigns.rules.packs import RuleBook
from campaigns.verdicts import Verdict

BY_THE_CLOCK: Final = frozenset({"hours", "holiday"})
"""Rules whose refusal holds for everybody of a place."""


class Whereabouts(NamedTuple):
    """Where a lead lies: its number, the customer's zones and the country and state of his address.

    ``has_consents``: he said something about calls, which may lift some hours.
    """

    number: str
    zones: tuple[str, ...]
    country: str
    region: str
    has_consents: bool


_Kind = tuple[Place, tuple[str, ...], str, str, bool]


@dataclass(slots=True)
class ShutPlaces:
    """What is shut for a campaign at one moment, place by place; each is judged once."""

    campaign: Campaign
    rulebook: RuleBook
    moment: datetime
    _known: dict[_Kind, Verdict | None] = field(default_factory=dict)

    def refusal(self, where: Whereabouts) -> Verdict | None:
        """Return the refusal that holds for everybody there, with its next moment; None where none does."""
        kind = (place_of_number(where.number), *where[1:])
        if kind not in self._known:
            self._known[kind] = self._judged(where)
        return self._known[kind]

    def _judged(self, where: Whereabouts) -> Verdict | None:
        number, zones, country, region, has_consents = where
        campaign = self.campaign
        lead = Lead(0, campaign.id, 0, number, LeadStatus.WAITING, self.moment, _NOTHING)
        person = Customer(
            0, "", "", "", "", CustomerClass.ORDINARY, zones, (number,), country=country, region=region
        )
        # As if what he said were proven: that leaves the fewest hours that can bind him.
        said = (Consent(campaign.purpose, True, self.moment, "assumed"),) if has_consents else ()
        case = case_of(lead, person, Evidence(consents=said), campaign, self.moment, self.rulebook)
        if not zones or case.binding.fault:
            return None
        try:
            judged = by_the_clock(case)
        except ValueError:  # a zone that does not exist: its own verdict says so
            return None
        return judged if judged.rule in BY_THE_CLOCK and judged.next_at is not None else None


_NOTHING: Final[Mapping[str, str]] = {}
