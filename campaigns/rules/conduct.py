"""How an allowed call is carried out within the law: ring long enough, answer soon enough.

Knows the strictest of what several packs ask. Must not know switches or pacing.
"""

from dataclasses import replace

from campaigns.model import Campaign
from campaigns.rules.packs import Binding


def lawful(campaign: Campaign, binding: Binding) -> Campaign:
    """Return the campaign as the packs that bind a call leave it.

    It rings at least as long as the longest minimum, and an agent or the information message must be there
    within the shortest limit, counted from the answer: the strictest clock, and the only one always heard.
    Only strict detection of machines counts it from the greeting's end (``campaigns/rules/amd.py``).
    """
    ring_s = max((rules.conduct.min_ring_s for rules in binding.rules), default=0.0)
    limits = [rules.conduct.connect.seconds for rules in binding.rules if rules.conduct.connect]
    limit_s = min(limits, default=campaign.connect_limit_s)
    if ring_s <= campaign.ring_timeout_s and limit_s >= campaign.connect_limit_s:
        return campaign
    return replace(
        campaign,
        ring_timeout_s=max(ring_s, campaign.ring_timeout_s),
        connect_limit_s=min(limit_s, campaign.connect_limit_s),
    )
