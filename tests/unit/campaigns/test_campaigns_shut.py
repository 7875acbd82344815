"""Until when nobody of a place may be called: never later than the verdict of anybody there."""

from dataclasses import replace
from datetime import timedelta

import pytest
from campaign_cases import CAMPAIGN, utc, windows
from hypothesis import given
from hypothesis import strategies as st
from plain_cases import plain_customer, plain_lead
from properties import examples

from campaigns.model import (
    Anchor,
    Campaign,
    Consent,
    Disposition,
    PastContact,
    Purpose,
)
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.packs import Pack, RuleBook
from campaigns.rules.shut import ShutPlaces, Whereabouts
from campaigns.verdicts import Verdict

RULES = rule_book(load_packs())


def lifted(pack: Pack) -> Pack:
    """The same pack, with hours that a proven consent lifts."""
    purposes = {
        purpose: replace(rules, hours=rules.hours and replace(rules.hours, waived_by_consent=True))
        for purpose, rules in pack.purposes.items()
    }
    return replace(pack, purposes=purposes)


LIFTED = rule_book({name: lifted(pack) for name, pack in load_packs().items()})
NIGHT = utc("2026-11-04 02:00")
LONDON = Whereabouts("+442079460101", ("Europe/London",), "", "", has_consents=False)
ALWAYS = replace(CAMPAIGN, hours=windows(range(7), "00:00-00:00"), anchor=None)
PLACES = (
    LONDON,
    Whereabouts("+13105550123", ("America/Los_Angeles",), "", "", has_consents=False),
    Whereabouts("+13055550123", ("America/New_York",), "US", "FL", has_consents=False),
    Whereabouts("+18005550123", ("America/Los_Angeles", "America/New_York"), "", "", has_consents=False),
    Whereabouts("+34912345678", ("Europe/Madrid",), "ES", "", has_consents=False),
    Whereabouts("+33142685300", ("Europe/Paris",), "", "", has_consents=False),
    Whereabouts("+919820012345", ("Asia/Kolkata",), "", "", has_consents=False),
)


def refusal(where: Whereabouts, campaign: Campaign = ALWAYS) -> Verdict | None:
    return ShutPlaces(campaign, RULES, NIGHT).refusal(where)


def test_a_place_is_shut_until_it_opens() -> None:
    told = refusal(LONDON)
    assert told is not None
    assert (told.rule, told.zone) == ("hours", "Europe/London")
    assert told.next_at is not None
    assert NIGHT < told.next_at <= utc("2026-11-04 10:00")


def test_a_place_that_is_open_refuses_nobody() -> None:
    assert refusal(PLACES[1]) is None


def test_the_campaigns_own_hours_count() -> None:
    told = refusal(LONDON, replace(ALWAYS, hours=windows(range(7), "11:00-12:00")))
    assert told is not None
    assert told.next_at == utc("2026-11-04 11:00")


@pytest.mark.parametrize(
    ("where", "campaign"),
    [
        (LONDON._replace(zones=()), ALWAYS),
        (LONDON._replace(zones=("Mars/Base",)), ALWAYS),
        (LONDON._replace(number="+99999999"), ALWAYS),
        (LONDON, replace(ALWAYS, hours=())),
        (LONDON, replace(ALWAYS, packs=("none",))),
    ],
    ids=["no zone", "no such zone", "no country", "hours that never open", "a pack that is not there"],
)
def test_what_is_no_matter_of_the_clock_is_left_to_each_verdict(
    where: Whereabouts, campaign: Campaign
) -> None:
    assert refusal(where, campaign) is None


@given(
    where=st.sampled_from(PLACES),
    minutes=st.integers(0, 60 * 24 * 21),
    purpose=st.sampled_from(Purpose),
    consent=st.sampled_from([None, True, False]),
    evidence=st.sampled_from(["", "form 7"]),
    called_before=st.booleans(),
    dated=st.booleans(),
    own=st.sampled_from(["00:00-00:00", "09:00-12:00", "20:00-23:30"]),
    rules=st.sampled_from([RULES, LIFTED]),
)
@examples(300)
def test_nobody_is_held_back_longer_than_by_his_own_verdict(
    where: Whereabouts,
    minutes: int,
    purpose: Purpose,
    consent: bool | None,
    evidence: str,
    called_before: bool,
    dated: bool,
    own: str,
    rules: RuleBook,
) -> None:
    moment = NIGHT + timedelta(minutes=minutes)
    anchor = Anchor("service_date", 0, 5) if dated else None
    campaign = replace(ALWAYS, purpose=purpose, hours=windows(range(7), own), anchor=anchor)
    said = () if consent is None else (Consent(purpose, consent, NIGHT, evidence),)
    told = ShutPlaces(campaign, rules, moment).refusal(where._replace(has_consents=bool(said)))
    before = PastContact(moment - timedelta(hours=3), where.number, purpose, 1, "", Disposition.NO_ANSWER, "")
    lead = plain_lead(number=where.number, due_at=NIGHT, fields={"service_date": "2026-11-04"})
    person = plain_customer(
        numbers=(where.number,), zones=where.zones, country=where.country, region=where.region
    )
    known = Evidence(consents=said, past=(before,) if called_before else ())
    judged = verdict(lead, person, known, campaign, moment, rules)
    if told is not None:
        assert told.next_at is not None
        assert told.next_at > moment
        assert not judged.allowed
        assert judged.next_at is None or judged.next_at >= told.next_at
