"""A lead that an agent looks at before its call: preview dialing's own noun."""

from dataclasses import dataclass
from datetime import datetime

from campaigns.model import Campaign, Customer, Lead
from dialer.ports import Claim


@dataclass(slots=True, eq=False)
class Offer:
    """One claimed lead before one agent. ``id`` stands where a call has its attempt's.

    ``wanted``: he asks for the call; ``waits_for``: why it is not placed yet, in plain words.
    """

    id: str
    campaign: Campaign
    claim: Claim
    agent_id: str
    offered_at: datetime
    wanted: bool = False
    waits_for: str = ""

    @property
    def lead(self) -> Lead:
        """The lead."""
        return self.claim.lead

    @property
    def customer(self) -> Customer:
        """Whose file the agent reads."""
        return self.claim.customer
