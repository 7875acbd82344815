"""Trunks: which one takes a number, in what form, and never more than it may carry."""

import re
from typing import Any

import pytest
from dialer_world import World

from dialer.caller_number import CallerForm
from dialer.trunks import Trunk, TrunkBoard, pattern

NUMBER = "+442079460000"


@pytest.mark.parametrize(
    ("number_format", "code", "prefix", "dialled"),
    [
        ("e164", "", "", "+442079460000"),
        ("digits", "", "", "442079460000"),
        ("00", "", "", "00442079460000"),
        ("national", "44", "0", "02079460000"),
        ("national", "34", "0", "00442079460000"),
    ],
)
def test_a_number_is_sent_in_the_form_the_trunk_wants(
    number_format: str, code: str, prefix: str, dialled: str
) -> None:
    trunk = Trunk("main", 1, 1, number_format, code, prefix, international_prefix="00")
    assert (trunk.dialled(NUMBER), trunk.shown(NUMBER)) == (dialled, dialled)


def test_our_caller_id_may_have_a_form_of_its_own() -> None:
    national = Trunk("main", 1, 1, "national", "1", "", international_prefix="011", caller_id_format="e164")
    ours = "+12025550100"
    assert (national.dialled(ours), national.shown(ours)) == ("2025550100", ours)
    assert (national.dialled(NUMBER), national.shown("")) == ("011442079460000", "")
    assert national.caller_form == CallerForm("e164", None)
    assert Trunk("main", 1, 1, "00", region="ES").caller_form == CallerForm("00", "ES", said=False)


@pytest.mark.parametrize("forms", [("e123",), ("e164", "", "", None, "+", "e123")])
def test_an_unknown_form_is_refused(forms: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match="'e123' is not one of"):
        Trunk("main", 1, 1, *forms)


async def test_the_first_trunk_with_room_takes_the_call(world: World) -> None:
    board = TrunkBoard([Trunk("one", 1, 9), Trunk("two", 1, 9)], world.clock)
    taken = [board.take(NUMBER) for _ in range(3)]
    assert [trunk and trunk.name for trunk in taken] == ["one", "two", None]
    board.give_back("one")
    board.give_back("one")  # more than were taken
    again = [board.take(NUMBER) for _ in range(2)]
    assert [trunk and trunk.name for trunk in again] == ["one", None]


async def test_a_trunk_takes_only_its_own_numbers(world: World) -> None:
    board = TrunkBoard([Trunk("uk", 1, 9, only=re.compile(r"^\+44"))], world.clock)
    assert board.carries(NUMBER)
    assert not board.carries("+12025550100")
    assert board.take("+12025550100") is None
    assert board.take(NUMBER)


async def test_a_trunk_keeps_its_rate_also_below_one_a_second(world: World) -> None:
    fast = TrunkBoard([Trunk("main", 99, 2.9)], world.clock)
    assert [bool(fast.take(NUMBER)) for _ in range(3)] == [True, True, False]
    world.clock._travelling.now += 1.0
    assert fast.take(NUMBER)
    slow = TrunkBoard([Trunk("main", 99, 0.5)], world.clock)
    assert slow.take(NUMBER)
    world.clock._travelling.now += 1.9
    assert slow.take(NUMBER) is None
    world.clock._travelling.now += 0.1
    assert slow.take(NUMBER)


async def test_an_adopted_call_takes_a_channel(world: World) -> None:
    board = TrunkBoard([Trunk("main", 1, 9)], world.clock)
    board.adopt("main")
    board.adopt("a trunk of older settings")
    assert board.take(NUMBER) is None


def test_a_pattern_that_is_none_is_named() -> None:
    assert pattern("") is None
    compiled = pattern(r"^\+34")
    assert compiled is not None
    assert compiled.search("+34600")
    with pytest.raises(ValueError, match=r"'\(' is not a pattern"):
        pattern("(")
