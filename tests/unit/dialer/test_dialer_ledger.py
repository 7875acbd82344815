"""What the dialer leaves in the ledger: by what a call was allowed, and nothing of one that was not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dialer_world import ALWAYS, START, World

from campaigns.grounds import Grounds, grounds_of, packs_of
from campaigns.ledger import moment, text_digest
from campaigns.model import Consent, Purpose
from campaigns.packs_folder import load_packs, rule_book
from campaigns.people import NumberConsent
from campaigns.rules.evidence import Evidence
from campaigns.rules_in_force import RulesInForce
from campaigns.screening import Screened
from campaigns.verdicts import Verdict
from dialer.door import Gate, Launched
from dialer.launcher import Launcher

ALLOWED = Verdict(
    True, "allowed", "may be called now", None, "uk, house", "2026-a, 2026-b", ("Europe/London",)
)
SAID = Consent(Purpose.MARKETING, True, START, "signed")


class NoObjection:
    """An outside check that lets everybody pass."""

    async def ask(self, number: str, purpose: Purpose, campaign_id: int) -> Screened:
        return Screened()


def told(world: World) -> list[Mapping[str, Any]]:
    return [json.loads(entry.body) for entry in world.people.ledger.entries]


async def test_a_call_is_entered_with_what_allowed_it(world: World) -> None:
    await world.seat()
    campaign = await world.campaign(purpose=Purpose.MARKETING, hours=ALWAYS)
    lead = world.lead()
    world.people.note_consent(lead.customer_id, NumberConsent(lead.number, SAID, "mia", START))
    rules = rule_book(load_packs())
    clock, calls = world.clock, world.calls
    door = Launcher(
        world.book,
        world.switch,
        clock,
        calls,
        world.agents,
        world.trunks,
        world.words,
        RulesInForce(rules),
        NoObjection(),
    )
    launch = await door.launch(campaign, Gate(), with_agent=True)
    assert launch.what is Launched.PLACED, launch.reason
    (opened,) = [entry for entry in told(world) if entry["kind"] == "attempt opened"]
    facts = opened["facts"]
    assert opened["attempt"] == launch.attempt_id
    assert facts["rule"] == "allowed"
    named = [pack.partition(" ")[0] for pack in facts["packs"]]
    assert "house" in named
    assert facts["packs"][named.index("house")] == f"house {rules.packs['house'].version}"
    assert facts["zones"] == list(world.people.customer_rows[lead.customer_id].zones)
    assert (facts["lists"], facts["outside"]) == ([1], True)
    assert facts["consent"] == {"purpose": "marketing", "said_at": moment(START)}
    person = await world.people.ledger.person(world.people.customer_rows[lead.customer_id].ref)
    assert person is not None
    assert facts["evidence"] == text_digest(person.key, "evidence", "signed")


async def test_a_call_that_a_rule_refuses_opens_nothing(world: World) -> None:
    await world.seat()
    campaign = await world.campaign()
    await world.people.suppress(world.lead().number, "asked", "agent 7", START)
    launch = await world.launcher.launch(campaign, Gate(), with_agent=True)
    assert launch.what is Launched.REFUSED
    assert not [entry for entry in told(world) if entry["kind"] == "attempt opened"]


def test_grounds_name_each_pack_with_its_version() -> None:
    assert packs_of(ALLOWED) == ("uk 2026-a", "house 2026-b")
    assert packs_of(ALLOWED._replace(pack="", version="")) == ()


def test_grounds_rely_only_on_a_consent_that_stands_and_is_proven() -> None:
    def grounds(*consents: Consent) -> Grounds:
        return grounds_of(ALLOWED, Evidence(consents=consents, lists=(1, 4)), Purpose.MARKETING, START, False)

    assert grounds(SAID) == Grounds(
        "allowed", ("uk 2026-a", "house 2026-b"), ("Europe/London",), (1, 4), SAID, False
    )
    assert grounds().consent is None
    assert grounds(replace(SAID, evidence=" ")).consent is None
    assert grounds(SAID, replace(SAID, given=False)).consent is None
    assert grounds(replace(SAID, purpose=Purpose.SERVICE)).consent is None
