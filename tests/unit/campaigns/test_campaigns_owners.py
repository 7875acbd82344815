"""Customers shared out between agents, and who stands in for whom."""

from datetime import timedelta

import pytest
from campaign_cases import UNHURRIED, list_row, utc
from hypothesis import given
from hypothesis import strategies as st

from campaigns.desk.owners import OwnerDesk
from campaigns.errors import InvalidInput, NotAllowedNow, NotFound
from campaigns.memory import MemoryBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.people import Absence
from campaigns.rules.owners import circle, share_out, stand_in

NOW = utc("2026-11-21 16:00")
DAY = timedelta(days=1)


def away(agent: str, substitute: str, first: int = 0, last: int = 2) -> Absence:
    return Absence(agent, substitute, NOW + first * DAY, NOW + last * DAY)


@pytest.mark.parametrize(
    ("abilities", "loads", "expected"),
    [
        ({"a": 1, "b": 1}, {}, {"a": 3, "b": 3}),
        ({"a": 2, "b": 1}, {}, {"a": 4, "b": 2}),
        ({"a": 1, "b": 1}, {"a": 4}, {"a": 1, "b": 5}),
        ({"a": 1, "b": 0, "c": 0.5}, {}, {"a": 4, "c": 2}),
        ({"a": 1}, {"a": 99, "gone": 7}, {"a": 6}),
        ({}, {"a": 1}, {}),
    ],
)
def test_shares_follow_ability_and_what_they_have_already(
    abilities: dict[str, float], loads: dict[str, int], expected: dict[str, int]
) -> None:
    owners = share_out(range(1, 7), abilities, loads)
    given_out = [*owners.values()]
    assert {agent: given_out.count(agent) for agent in set(given_out)} == expected


@UNHURRIED
@given(
    st.integers(0, 200),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.1, 10), min_size=1),
    st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 30)),
)
def test_nobody_is_more_than_one_customer_above_his_share(
    count: int, abilities: dict[str, float], loads: dict[str, int]
) -> None:
    owners = share_out(range(count), abilities, loads)
    assert len(owners) == count
    total = {agent: loads.get(agent, 0) for agent in abilities}
    for owner in owners.values():
        total[owner] += 1
    for agent, got in total.items():
        if got > loads.get(agent, 0):  # whoever was given any stands no higher than the others, but for one
            lowest = min((total[other] + 1) / abilities[other] for other in abilities)
            assert got / abilities[agent] <= lowest + 1e-9


@pytest.mark.parametrize(
    ("absences", "expected"),
    [
        ([], "a"),
        ([away("a", "b")], "b"),
        ([away("a", "b", 1)], "a"),  # not yet
        ([away("a", "b", -2, 0)], "a"),  # back again: half open
        ([away("a", "b"), away("b", "c")], "c"),
        ([away("a", "b"), away("b", "a")], "a"),  # a circle: nobody is there, so it stays his
        ([away("a", "b"), away("a", "c")], "c"),  # the last word counts
        ([away("x", "y")], "a"),
    ],
)
def test_who_looks_after_an_absent_owners_customers(absences: list[Absence], expected: str) -> None:
    assert stand_in("a", absences, NOW) == expected


class World:
    def __init__(self, agents: str = "abc") -> None:
        self.book = MemoryBook()
        self.people = MemoryPersonBook(self.book)
        self.desk = OwnerDesk(self.people, lambda: NOW, agents)


async def loaded(count: int, agents: str = "abc") -> World:
    from campaign_cases import CAMPAIGN

    world = World(agents)
    kept = await world.book.add_campaign(CAMPAIGN)
    await world.book.load_rows(kept.id, [list_row(n) for n in range(count)])
    return world


async def test_everybody_without_an_owner_gets_one_and_the_others_keep_theirs() -> None:
    world = await loaded(2500)
    await world.people.assign({1: "c", 2: "a"})
    for agent in "abc":
        await world.desk.set_ability(agent, 0)
    with pytest.raises(NotAllowedNow, match="ability"):
        await world.desk.share_out()
    await world.desk.set_ability("a", 2)
    await world.desk.set_ability("b", 1)
    assert await world.desk.share_out() == 2498
    loads = (await world.desk.owners()).loads
    assert loads["c"] == 1
    assert abs(loads["a"] - 2 * loads["b"]) <= 2
    assert await world.desk.share_out() == 0


async def test_of_whom_nothing_was_said_takes_as_much_as_any_other() -> None:
    world = await loaded(10)
    assert await world.desk.share_out() == 10
    assert (await world.desk.owners()).loads == {"a": 4, "b": 3, "c": 3}
    world = await loaded(12)
    await world.desk.set_ability("b", 2)
    assert await world.desk.share_out() == 12
    owners = await world.desk.owners()
    assert (owners.abilities, owners.loads) == ({"a": 1, "b": 2, "c": 1}, {"a": 3, "b": 6, "c": 3})


async def test_who_is_no_agent_any_more_takes_nobody() -> None:
    world = await loaded(4, "ab")
    await world.people.set_ability("gone", 9)
    await world.people.assign({1: "gone"})
    assert await world.desk.share_out() == 3
    assert (await world.desk.owners()).loads == {"a": 2, "b": 1, "gone": 1}
    assert await world.desk.hand_over("gone") == 1
    assert (await world.desk.owners()).loads == {"a": 2, "b": 2}


async def test_without_agents_nobody_gets_an_owner() -> None:
    world = await loaded(1, "")
    with pytest.raises(NotAllowedNow, match="no agent takes customers"):
        await world.desk.share_out()


async def test_customers_are_handed_over_for_good() -> None:
    world = await loaded(10, "ab")
    await world.desk.set_ability("b", 0)
    await world.desk.share_out()
    with pytest.raises(NotAllowedNow, match="no other agent"):
        await world.desk.hand_over("a")
    await world.desk.set_ability("b", 1)
    assert await world.desk.hand_over("a") == 10
    assert (await world.desk.owners()).loads == {"b": 10}


async def test_a_substitute_looks_after_customers_who_stay_the_owners() -> None:
    world = await loaded(1)
    await world.people.assign({1: "a"})
    owners = await world.desk.stand_in(away("a", "b"))
    assert owners.absences == (away("a", "b"),)
    assert await world.desk.looks_after("a") == "b"
    assert await world.desk.looks_after("") == ""
    assert (await world.book.customer(1)).owner == "a"


@pytest.mark.parametrize(
    ("absence", "places"),
    [
        (away("x", "y"), ["agent_id", "substitute_id"]),
        (away("a", "a"), ["substitute_id"]),
        (away("a", "b", 2, 2), ["until_at"]),
    ],
)
async def test_a_bad_absence_is_refused(absence: Absence, places: list[str]) -> None:
    world = World()
    with pytest.raises(InvalidInput) as refusal:
        await world.desk.stand_in(absence)
    assert [fault.place for fault in refusal.value.faults] == places


@pytest.mark.parametrize(
    ("entered", "absence", "expected"),
    [
        ([], away("a", "b"), ()),
        ([away("b", "c")], away("a", "b"), ()),
        ([away("b", "a")], away("a", "b"), ("a", "b", "a")),
        ([away("b", "c"), away("c", "a")], away("a", "b"), ("a", "b", "c", "a")),
        ([away("b", "a", -2, 0)], away("a", "b", 0, 1), ()),  # one comes as the other goes
        ([away("b", "a", 1, 3)], away("a", "b", 0, 2), ("a", "b", "a")),  # only from the second day on
        ([away("b", "a", 0, 4), away("b", "c", 0, 1)], away("a", "b", 0, 2), ("a", "b", "a")),
        ([away("b", "c"), away("c", "b")], away("a", "b"), ()),  # theirs, entered before circles were refused
    ],
)
def test_substitutes_in_a_circle_are_found(
    entered: list[Absence], absence: Absence, expected: tuple[str, ...]
) -> None:
    assert circle(absence, entered) == expected


async def test_an_absence_is_ended_and_a_circle_refused() -> None:
    world = World()
    await world.desk.stand_in(away("a", "b"))
    with pytest.raises(InvalidInput, match="leads in a circle: b -> a -> b"):
        await world.desk.stand_in(away("b", "a"))
    assert (await world.desk.end_absence("a", away("a", "b").from_at)).absences == ()
    assert await world.desk.looks_after("a") == "a"
    await world.desk.stand_in(away("b", "a"))
    with pytest.raises(NotFound):
        await world.desk.end_absence("a", away("a", "b").from_at)


@pytest.mark.parametrize(("agent", "ability"), [("x", 1), ("a", -1), ("a", 101), ("a", float("nan"))])
async def test_a_bad_ability_is_refused(agent: str, ability: float) -> None:
    with pytest.raises(InvalidInput):
        await World().desk.set_ability(agent, ability)
