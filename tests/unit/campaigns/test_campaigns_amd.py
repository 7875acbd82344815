"""Detection of machines is what the packs allow, in time, and refused with pack and rule named."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from campaign_cases import CAMPAIGN
from rule_cases import PACKS, ask, contact, local

from campaigns.model import AmdMode, Campaign, Disposition, PastContact, Purpose
from campaigns.rules.amd import LONGEST_S, MARGIN_S, STRICT_S, objection, screening
from campaigns.rules.history import block_ends
from campaigns.rules.law import After, Clock, ConnectLimit, MachineRule, Note
from campaigns.rules.packs import Binding, Pack, RuleBook

US, UK, INDIA = "+12025550123", "+442079460018", "+919876543210"
NOTE = Note(())


def asking(mode: AmdMode, **changes: object) -> Campaign:
    return replace(CAMPAIGN, amd=mode, **changes)  # type: ignore[arg-type]


def binding(number: str, purpose: Purpose = Purpose.SERVICE, packs: dict[str, Pack] = PACKS) -> Binding:
    return RuleBook(packs).binding(purpose, number, "", "", ())


def changed(name: str, **conduct: object) -> dict[str, Pack]:
    """Return the packs, one of them with another conduct of service calls."""
    pack = PACKS[name]
    rules = pack.purposes[Purpose.SERVICE]
    rules = replace(rules, conduct=replace(rules.conduct, **conduct))  # type: ignore[arg-type]
    return {**PACKS, name: replace(pack, purposes={**pack.purposes, Purpose.SERVICE: rules})}


def test_off_changes_nothing_and_nobody_objects() -> None:
    assert screening(AmdMode.OFF, 2.0) is None
    forbidding = changed("uk", machine=MachineRule(False, True, NOTE))
    assert objection(asking(AmdMode.OFF, machine_message=True), binding(UK, packs=forbidding)) is None


@pytest.mark.parametrize(("limit_s", "total_ms"), [(2.0, 1700), (30.0, 1700), (1.8, 1500), (1.5, 1200)])
def test_human_first_leaves_room_in_the_limit_and_never_calls_silence_a_machine(
    limit_s: float, total_ms: int
) -> None:
    screen = screening(AmdMode.HUMAN_FIRST, limit_s)
    assert screen is not None
    silence, greeting, after, total, *_ = map(int, screen.arguments.split(":"))
    assert total == total_ms
    assert total <= min(LONGEST_S, limit_s - MARGIN_S) * 1000
    assert silence >= total
    assert 0 < after < greeting
    assert (screen.limit_s, screen.after_s) == (limit_s, None)
    assert len(screen.arguments.split(":")) == 9


def test_strict_raises_the_timer_by_what_it_may_hear_and_counts_from_the_greetings_end() -> None:
    screen = screening(AmdMode.STRICT, 2.0)
    assert screen is not None
    silence, _, after, total, *_ = map(int, screen.arguments.split(":"))
    assert total == silence == STRICT_S * 1000
    assert screen.after_s == 2.0 - after / 1000
    assert screen.limit_s == STRICT_S + screen.after_s


def test_a_pack_that_forbids_detection_is_named_with_its_rule() -> None:
    bound = binding(UK, packs=changed("uk", machine=MachineRule(False, True, NOTE)))
    for mode in (AmdMode.HUMAN_FIRST, AmdMode.STRICT):
        no = objection(asking(mode), bound)
        assert no is not None
        assert no.pack is not None
        assert (no.pack.name, no.rule) == ("uk", "machine")


def test_strict_is_for_packs_that_count_from_the_greetings_end_alone() -> None:
    strict = asking(AmdMode.STRICT)
    assert objection(strict, binding(UK)) is None
    assert objection(strict, binding(US, Purpose.MARKETING)) is None
    nobody_counts = objection(strict, binding(US))
    assert nobody_counts is not None
    assert (nobody_counts.pack, nobody_counts.rule) == (None, "connect")
    house_too = changed("house", connect=ConnectLimit(2.0, Clock.ANSWER, NOTE))
    from_answer = objection(strict, binding(UK, packs=house_too))
    assert from_answer is not None
    assert from_answer.pack is not None
    assert (from_answer.pack.name, from_answer.rule) == ("house", "connect")


@pytest.mark.parametrize("clock", Clock)
def test_human_first_is_for_every_limit_that_it_fits_in(clock: Clock) -> None:
    human_first = asking(AmdMode.HUMAN_FIRST)
    assert objection(human_first, binding(US)) is None
    for seconds, fits in ((1.5, True), (1.4, False)):
        bound = binding(UK, packs=changed("uk", connect=ConnectLimit(seconds, clock, NOTE)))
        assert (objection(human_first, bound) is None) == fits
    short = objection(replace(human_first, connect_limit_s=1.0), binding(US))
    assert short is not None
    assert short.pack is None


def test_a_message_for_machines_is_left_where_no_pack_forbids_it() -> None:
    telling = asking(AmdMode.HUMAN_FIRST, machine_message=True)
    assert objection(telling, binding(US)) is None
    assert objection(telling, binding(UK)) is None
    for number, name in ((US, "us-federal"), (UK, "uk")):
        no = objection(telling, binding(number, Purpose.MARKETING))
        assert no is not None
        assert no.pack is not None
        assert (no.pack.name, no.rule) == (name, "machine")
        silent = replace(telling, machine_message=False)
        assert objection(silent, binding(number, Purpose.MARKETING)) is None


def test_after_a_machine_the_uk_pack_waits_a_day_unless_an_agent_is_guaranteed() -> None:
    (block,) = (b for _, b in binding(UK).blocks if b.after is After.MACHINE)
    assert block.unless_agent
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    past = PastContact(noon, UK, Purpose.SERVICE, 1, "Acme", Disposition.MACHINE, "")
    assert block_ends(block, [past], UK, "Acme", ("Europe/London",)) == datetime(2026, 11, 21, tzinfo=UTC)


def test_the_verdict_refuses_a_call_whose_pack_does_not_allow_its_detection() -> None:
    strict, human_first = {"amd": AmdMode.STRICT}, {"amd": AmdMode.HUMAN_FIRST}
    noon = "2026-11-20 12:00"
    refused = ask("us-federal", "US", noon, Purpose.SERVICE, setting=strict)
    assert (refused.allowed, refused.rule, refused.next_at) == (False, "amd", None)
    assert "end of the greeting" in refused.reason
    told = ask("uk", "GB", noon, agreed=True, setting={**human_first, "machine_message": True})
    assert (told.rule, told.pack) == ("amd", "uk")
    assert "recorded messages" in told.reason
    for setting in (strict, human_first):
        assert ask("uk", "GB", noon, Purpose.SERVICE, setting=setting).allowed


def test_a_machine_by_detection_blocks_the_day_in_the_uk_unless_an_agent_is_reserved() -> None:
    morning = contact(
        local("2026-11-20 09:30", "Europe/London"), "+442079460123", disposition=Disposition.MACHINE
    )
    asked = {"setting": {"amd": AmdMode.HUMAN_FIRST}, "past": (morning,)}
    held = ask("uk", "GB", "2026-11-20 15:00", Purpose.SERVICE, **asked)  # type: ignore[arg-type]
    assert (held.allowed, held.rule, held.pack) == (False, "block", "uk")
    assert held.next_at == local("2026-11-21 00:00", "Europe/London")
    guaranteed = ask("uk", "GB", "2026-11-20 15:00", Purpose.SERVICE, agent_reserved=True, **asked)  # type: ignore[arg-type]
    assert guaranteed.allowed
