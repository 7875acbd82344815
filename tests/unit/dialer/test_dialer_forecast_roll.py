"""The roll: a group's verdict is that of each of its leads, and what is special about a lead is not lost."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from forecast_cases import FREE_RULES, MADRID, NEW_YORK, NOW, RULES, claim, contact, roll_of
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from campaigns.model import Anchor, CampaignStatus, Consent, Disposition, LeadStatus, Purpose
from campaigns.rules.eligibility import verdict
from dialer.ports import Claim

PLACES = (
    ("+34912", (MADRID,)),
    ("+34912", ("Atlantic/Canary", MADRID)),
    ("+34912", (NEW_YORK,)),
    ("+1212555", (NEW_YORK,)),
    ("+1305555", (NEW_YORK,)),
    ("+1312555", ("America/Chicago",)),
    ("+44207946", ("Europe/London",)),
    ("+33142685", ("Europe/Paris",)),
    ("+49301234", ("Europe/Berlin",)),
    ("+34955", ()),
)
DATES = ("2026-06-06", "2026-06-09", "", "nonsense")
CONSENTS = (
    (),
    (Consent(Purpose.MARKETING, True, NOW - timedelta(days=9), "form 7"),),
    (Consent(Purpose.MARKETING, True, NOW - timedelta(days=3), "form 8"),),
    (Consent(Purpose.MARKETING, True, None, ""),),
    (Consent(Purpose.MARKETING, False, NOW, "said no"),),
    (Consent(Purpose.MARKETING, True, NOW + timedelta(hours=20), "form 9"),),
    (Consent(Purpose.SERVICE, True, NOW, "another purpose"),),
)
APPOINTMENTS = (None, NOW + timedelta(days=1, hours=4))


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    index = draw(st.integers(1, 999))
    prefix, zones = draw(st.sampled_from(PLACES))
    number = f"{prefix}{index:06}"[:13]
    past = tuple(
        contact(
            draw(st.sampled_from((0.01, 0.05, 1.0, 20.0, 100.0, 2_000.0))),
            number,
            disposition=draw(st.sampled_from(Disposition)),
            lead_id=draw(st.sampled_from((0, index, 1_000))),
        )
        for _ in range(draw(st.sampled_from((0, 0, 0, 1, 3))))
    )
    tried = {Disposition.NO_ANSWER: draw(st.integers(1, 5))} if past and draw(st.booleans()) else {}
    return claim(
        index,
        number=number,
        zones=zones,
        fields={"service_date": draw(st.sampled_from(DATES))},
        consents=draw(st.sampled_from(CONSENTS)),
        suppressed=draw(st.sampled_from(((), (), ("national",)))),
        appointment=draw(st.sampled_from(APPOINTMENTS)),
        past=past,
        tried=tried,
    )


MOMENTS = st.one_of(st.floats(0, 300), st.floats(0, 72 * 3600)).map(
    lambda seconds: NOW + timedelta(seconds=seconds)
)


@examples(150)
@given(
    st.lists(claims(), min_size=1, max_size=8),
    MOMENTS,
    st.booleans(),
    st.sampled_from((Purpose.MARKETING, Purpose.SERVICE)),
)
def test_what_the_roll_says_of_a_lead_is_the_verdict_of_the_rules(
    found: list[Claim], moment: datetime, anchored: bool, purpose: Purpose
) -> None:
    anchor = Anchor("service_date", 0, 3) if anchored else None
    roll = roll_of(found, purpose=purpose, anchor=anchor)
    running = replace(roll.campaign, status=CampaignStatus.RUNNING)
    for place, one in enumerate(found):
        due = replace(one.lead, due_at=datetime(2000, 1, 1, tzinfo=UTC))
        evidence = replace(one.evidence, agent_reserved=True)
        real = verdict(due, one.customer, evidence, running, moment, RULES)
        told = roll.verdict(place, moment)
        if not one.lead.tried and not one.evidence.past:
            assert place not in roll.special
            grouped = roll.group_verdict(roll.group(place), moment)
            assert (grouped.allowed, grouped.rule) == (real.allowed, real.rule)
            assert (grouped.next_at or moment) == max(moment, real.next_at or moment)
        assert (told.allowed, told.rule, told.next_at) == (real.allowed, real.rule, real.next_at)


def test_leads_whose_rules_speak_alike_are_one_group() -> None:
    same = [claim(index, consents=(), fields={"plate": f"B {index}"}) for index in range(1, 50)]
    assert len(roll_of(same).groups) == 1
    texts = [
        claim(
            index, consents=(Consent(Purpose.SERVICE, True, NOW - timedelta(hours=index), f"call {index}"),)
        )
        for index in range(1, 50)
    ]
    assert len(roll_of(texts).groups) == 1
    zones = [claim(1), claim(2, zones=("Atlantic/Canary",)), claim(3, suppressed=("national",))]
    assert len(roll_of(zones).groups) == 3


def test_a_refusal_and_a_consent_are_two_groups() -> None:
    words = [
        claim(1, consents=(Consent(Purpose.SERVICE, True, NOW, "form"),)),
        claim(2, consents=(Consent(Purpose.SERVICE, False, NOW, "form"),)),
        claim(3, consents=(Consent(Purpose.SERVICE, True, NOW, ""),)),
        claim(4),
    ]
    assert len(roll_of(words).groups) == 4


def test_a_contact_too_old_to_matter_is_let_go_and_a_recent_one_kept() -> None:
    roll = roll_of([claim(1, past=(contact(24 * 300),)), claim(2, past=(contact(2),))])
    assert list(roll.special) == [1]


def test_held_leads_are_counted_and_not_rolled() -> None:
    roll = roll_of([claim(1, status=LeadStatus.HELD), claim(2), claim(3, status=LeadStatus.REFUSED)])
    assert (roll.held, len(roll)) == (1, 2)


def test_a_paused_campaign_is_judged_as_if_it_ran() -> None:
    roll = roll_of([claim(1)], rules=FREE_RULES, status=CampaignStatus.FINISHED)
    assert roll.verdict(0, datetime(2026, 6, 9, 10, tzinfo=UTC)).allowed


@pytest.mark.parametrize("seconds", [0, 1, 59])
def test_a_group_is_judged_once_a_minute(seconds: int) -> None:
    roll = roll_of([claim(1)])
    group = roll.groups[0]
    first = roll.group_verdict(group, NOW)
    assert roll.group_verdict(group, NOW + timedelta(seconds=seconds)) is first
    assert len(group.verdicts) == 1


def test_a_lead_is_not_held_up_by_its_own_call_but_by_that_of_another_at_its_number() -> None:
    roll = roll_of(
        [
            claim(1),
            claim(2, past=(contact(0.02, "+34912000002", lead_id=2),)),
            claim(3, past=(contact(0.02, "+34912000003", lead_id=9),)),
        ]
    )
    judged = [roll.verdict(place, NOW) for place in range(3)]
    assert [one.allowed for one in judged] == [True, True, False]
    assert judged[2].rule == "block"
