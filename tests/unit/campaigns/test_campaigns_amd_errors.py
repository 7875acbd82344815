"""The errors of detection, estimated from what agents said of a sample."""

import pytest

from campaigns.rules.amd_errors import Screens, charged_share, misjudged, wilson


def test_nothing_is_said_before_an_agent_has_judged_a_machine() -> None:
    assert wilson(0, 0) is None
    assert misjudged(Screens(machine=40, checked=2), live=100) is None


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 20, 0.0, 0.1611), (20, 20, 0.8389, 1.0), (1, 10, 0.0179, 0.4042), (8, 40, 0.1050, 0.3476)],
)
def test_wilsons_interval_by_the_book(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits, of)
    assert found is not None
    assert (found.low, found.likely, found.high) == pytest.approx((low, hits / of, high), abs=1e-3)


def test_people_hung_up_on_are_charged_and_those_an_agent_took_are_not() -> None:
    # 5 of 20 checked machines were people: a quarter of the 180 that nobody checked were, too.
    errors = misjudged(Screens(human=300, not_sure=80, machine=180, checked=20, judged=20, persons=5), 375)
    assert errors is not None
    assert errors.share.likely == 0.25
    assert errors.people.likely == 45
    # All 50 of them, of the 375 live answers and the 45 who never became one.
    assert errors.rate.likely == pytest.approx(50 / 420)
    assert errors.rate.low < errors.rate.likely < errors.rate.high
    assert charged_share(3, 375, errors) == pytest.approx(48 / 420)
    assert charged_share(3, 375, None) == 3 / 375
    assert charged_share(0, 0, None) is None


def test_a_detection_that_never_erred_is_not_proven_perfect() -> None:
    errors = misjudged(Screens(machine=95, checked=5, judged=5), live=0)
    assert errors is not None
    assert errors.share.likely == errors.rate.likely == errors.people.likely == 0
    assert errors.share.high > 0.4
    assert errors.rate.high <= 1
