"""What packs say about calling ahead: the strictest over all places that leads lie in."""

from importlib.resources import files

import pytest

from campaigns.errors import InvalidInput
from campaigns.model import Purpose
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.abandon import OUR_MIN_RING_S, AbandonTerms, terms_of
from campaigns.rules.law import AbandonKind
from campaigns.rules.pack_text import parse_pack
from campaigns.rules.packs import Binding

BOOK = rule_book(load_packs())
NEW_YORK, LONDON, DELHI, BERLIN = "+12125550123", "+442079460123", "+911123456789", "+4930555010"


def binding(number: str, purpose: Purpose = Purpose.MARKETING) -> Binding:
    return BOOK.binding(purpose, number, "", "", ())


def terms(*numbers: str, purpose: Purpose = Purpose.MARKETING) -> AbandonTerms:
    return terms_of([binding(number, purpose) for number in numbers])


def test_the_american_limit_comes_with_its_ring_and_its_two_seconds() -> None:
    american = terms(NEW_YORK)
    legal = [one for one in american.limits if one.limit.kind is AbandonKind.LEGAL]
    assert [one.label for one in legal] == ["us-federal: 3 % in 30 days per campaign"]
    assert (american.min_ring_s, american.connect_limit_s) == (15.0, 2.0)
    assert american.forbids is None
    assert american.covers(binding(NEW_YORK))


def test_one_british_lead_lets_no_call_of_the_campaign_start_without_an_agent() -> None:
    both = terms(NEW_YORK, LONDON)
    assert both.forbids is not None
    assert both.forbids.label == "uk: no abandoned call"
    assert not both.covers(binding(LONDON))


def test_a_lead_with_a_limit_that_its_campaign_does_not_know_must_wait() -> None:
    assert not terms(NEW_YORK).covers(binding(LONDON))
    assert not terms(NEW_YORK, purpose=Purpose.SERVICE).covers(binding(NEW_YORK))
    assert not terms(NEW_YORK).covers(binding(DELHI))
    assert terms(NEW_YORK, DELHI).covers(binding(DELHI))


def test_the_same_limit_of_two_packs_is_one() -> None:
    labels = [one.label for one in terms(LONDON, DELHI).limits]
    assert "uk, in: alarm at 3 % in 24 hours per call centre" in labels
    assert "uk, house: alarm at 3 % in 24 hours per campaign" in labels
    assert len(labels) == len(set(labels))


def test_where_no_pack_sets_them_ring_and_limits_are_our_own() -> None:
    plain = terms(NEW_YORK, purpose=Purpose.SERVICE)
    assert (plain.min_ring_s, plain.connect_limit_s) == (OUR_MIN_RING_S, None)
    assert {one.limit.kind for one in plain.limits} == {AbandonKind.ALARM}
    assert terms(BERLIN) == terms_of([])


def test_an_abandon_period_has_a_fixed_length() -> None:
    text = files("campaigns").joinpath("packs", "us-federal.toml").read_text(encoding="utf-8")
    with pytest.raises(InvalidInput) as refusal:
        parse_pack(text.replace('period = "30 days"\nper', 'period = "6 months"\nper'))
    assert [str(fault) for fault in refusal.value.faults] == [
        "marketing.abandon[1].period: is counted in minutes, hours or days"
    ]
