"""Campaigns that share agents: who goes first, who does not hold the others up, and who waits no longer."""

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.pacing.turns import PATIENCE_S, Claimant, calls_in_turn

NOW = 1000.0
MANY = 1_000


def claimant(number: int, share: float, since: float = NOW, rate: float = 0.5, weight: int = 1) -> Claimant:
    return Claimant(number, share, rate, since, weight)


def yes(_: int) -> bool:
    return True


def no(_: int) -> bool:
    return False


def test_who_is_alone_places_everything() -> None:
    assert calls_in_turn(claimant(1, 9), 7, [], yes, NOW, MANY) == (7, None)


def test_the_one_that_holds_fewer_agents_goes_first_if_it_could() -> None:
    fewer = claimant(2, 3)
    assert calls_in_turn(claimant(1, 9), 7, [fewer], yes, NOW, MANY) == (0, 2)
    assert calls_in_turn(claimant(1, 9), 7, [fewer], no, NOW, MANY) == (7, None)


def test_of_campaigns_that_are_level_the_one_that_has_waited_longest_goes_first() -> None:
    longer = claimant(2, 3, since=NOW - 1)
    assert calls_in_turn(claimant(1, 3), 7, [longer], yes, NOW, MANY) == (0, 2)
    assert calls_in_turn(longer, 7, [claimant(1, 3)], yes, NOW, MANY) == (1, None)


def test_one_that_could_not_go_is_waited_for_once_it_has_waited_long() -> None:
    fewer = claimant(2, 3, since=NOW - PATIENCE_S - 1)
    assert calls_in_turn(claimant(1, 9), 7, [fewer], no, NOW, MANY) == (0, 2)


def test_who_has_his_part_of_the_agents_waits_for_one_that_could_not_go_either() -> None:
    fewer = claimant(2, 1)
    assert calls_in_turn(claimant(1, 4), 7, [fewer], no, NOW, 8) == (0, 2)
    # Half an agent is left of his part: one call of two is answered.
    assert calls_in_turn(claimant(1, 3.5), 7, [fewer], no, NOW, 8) == (1, None)
    assert calls_in_turn(claimant(1, 3), 7, [fewer], no, NOW, 8) == (2, None)
    heavy = claimant(2, 1, weight=3)
    assert calls_in_turn(claimant(1, 2), 7, [heavy], no, NOW, 8) == (0, 2)
    assert calls_in_turn(claimant(1, 1), 7, [heavy], no, NOW, 8) == (2, None)


def test_it_places_as_many_as_bring_it_level_with_the_next_and_one_at_least() -> None:
    assert calls_in_turn(claimant(1, 2), 7, [claimant(2, 4)], yes, NOW, MANY) == (4, None)
    assert calls_in_turn(claimant(1, 4), 7, [claimant(2, 4)], yes, NOW, MANY) == (1, None)
    assert calls_in_turn(claimant(1, 2), 3, [claimant(2, 90)], yes, NOW, MANY) == (3, None)


def test_a_campaign_of_more_weight_holds_as_many_agents_more() -> None:
    heavy, light = claimant(1, 5, weight=3), claimant(2, 2)
    assert calls_in_turn(light, 7, [heavy], yes, NOW, MANY) == (0, 1)
    # Level with the other at 3 x 2 agents: one more agent, and two calls for one answer.
    assert calls_in_turn(heavy, 7, [light], yes, NOW, MANY) == (2, None)
    assert calls_in_turn(claimant(1, 7, weight=3), 7, [light], yes, NOW, MANY) == (0, 2)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10)), min_size=2, max_size=6), st.integers(1, 9))
def test_somebody_always_may_go_and_nobody_places_more_than_he_asked_for(
    shares: list[tuple[int, int]], wanted: int
) -> None:
    everybody = [claimant(number, share, weight=weight) for number, (share, weight) in enumerate(shares)]
    went = []
    for asker in everybody:
        others = [one for one in everybody if one is not asker]
        calls, whose = calls_in_turn(asker, wanted, others, yes, NOW, MANY)
        assert 0 <= calls <= wanted
        assert (calls == 0) == (whose is not None)
        went.append(calls > 0)
    assert went.count(True) == 1
