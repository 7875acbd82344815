"""What a new customer needs, what is made up for him, and who gets him."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from campaign_cases import CAMPAIGN, list_row, utc

from campaigns.desk.newcomers import CustomerDraft, NewcomerDesk
from campaigns.desk.owners import OwnerDesk
from campaigns.errors import InvalidInput, KnownCustomer, NotFound
from campaigns.memory import MemoryBook
from campaigns.memory_people import MemoryPersonBook
from campaigns.model import CreditKind, CustomerClass
from campaigns.people import HotlineCall

NOW = utc("2026-11-21 16:00")
NUMBER = "+12025550199"
JO = CustomerDraft("Jo Park", "(202) 555-0199")


class World:
    def __init__(self) -> None:
        self.book = MemoryBook()
        self.people = MemoryPersonBook(self.book)
        self.owners = OwnerDesk(self.people, lambda: NOW, ["1001", "1002"])
        self.signs: Iterator[str] = iter("A" * 8 + "A" * 8 + "B" * 800)
        self.desk = NewcomerDesk(self.people, self.owners, lambda: NOW, lambda _: next(self.signs), "US")
        self.book.hotline_rows["in-1"] = HotlineCall("in-1", NUMBER, "+12025550000", NOW)


@pytest.fixture
def world() -> World:
    return World()


async def test_little_is_needed_and_nothing_is_made_up_but_a_reference(world: World) -> None:
    made = await world.desk.add(JO, "mona")
    assert (made.ref, made.name, made.numbers) == ("N-AAAA-AAAA", "Jo Park", (NUMBER,))
    assert (made.customer_class, made.zones, made.own_zone) == (
        CustomerClass.POTENTIAL,
        ("America/New_York",),
        "",
    )
    found = await world.people.customer_file(made.id)
    assert (found.consents, found.notes, found.credits, made.owner) == ((), (), (), "")


async def test_what_is_told_is_kept(world: World) -> None:
    told = replace(
        JO, ref=" C-9 ", title="Mr", language="es_MX", customer_class=CustomerClass.VIP,
        zone="America/Denver",
        country="usa", region="Florida", owner="1002", note="asks for prices",
    )  # fmt: skip
    made = await world.desk.add(told, "mona")
    assert (made.ref, made.title, made.language, made.customer_class) == (
        "C-9", "Mr", "es-mx", CustomerClass.VIP,
    )  # fmt: skip
    assert (made.zones, made.own_zone) == (("America/Denver",), "America/Denver")
    assert (made.country, made.region, made.owner) == ("US", "FL", "1002")
    (note,) = (await world.people.customer_file(made.id)).notes
    assert (note.note, note.by, note.at) == ("asks for prices", "mona", NOW)


async def test_a_reference_that_is_made_up_is_nobodys(world: World) -> None:
    await world.desk.add(JO, "mona")
    second = await world.desk.add(replace(JO, number="+12025550198"), "mona")
    assert second.ref == "N-BBBB-BBBB"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": " "}, "number: no number"),
        ({"number": "12"}, "number: '12': not a telephone number"),
        ({"number": "anonymous"}, "number"),
        ({"number": "+80012345678"}, "zone: nobody knows the time zone of \\+80012345678"),
        ({"zone": "Mars/Base"}, "zone: unknown time zone"),
        ({"language": "!"}, "language: '!' is not a language code"),
        ({"country": "Narnia"}, "country"),
        ({"country": "US", "region": "Atlantis"}, "region"),
        ({"ref": "erased-7"}, "ref: 'erased-7' stands for somebody who was erased"),
        ({"ref": "x" * 65}, "ref: longer than 64"),
        ({"owner": "9999"}, "owner: there is no agent '9999'"),
    ],
)
async def test_what_cannot_be_is_refused(world: World, change: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        await world.desk.add(replace(JO, **change), "mona")  # type: ignore[arg-type]
    assert world.book.customer_rows == {}


async def test_an_agent_is_credited_and_owns_whom_he_brings(world: World) -> None:
    made = await world.desk.add_caller(JO, "1001", "in-1", "agent 1001")
    assert made.owner == "1001"
    found = await world.people.customer_file(made.id)
    (credit,) = found.credits
    assert (credit.kind, credit.agent_id, credit.call_id) == (CreditKind.BROUGHT, "1001", "in-1")
    assert [call.call_id for call in await world.people.hotline_calls(made.id)] == ["in-1"]
    assert (found.made_by, found.made_at) == ("agent 1001", NOW)


async def test_an_agent_who_takes_no_customers_is_credited_and_owns_nobody(world: World) -> None:
    await world.owners.set_ability("1001", 0)
    made = await world.desk.add_caller(replace(JO, owner="1002"), "1001", "in-1", "agent 1001")
    assert made.owner == ""
    assert [one.agent_id for one in (await world.people.customer_file(made.id)).credits] == ["1001"]


async def test_a_caller_is_found_by_his_reference(world: World) -> None:
    kept = await world.book.add_campaign(CAMPAIGN)
    await world.book.load_rows(kept.id, [list_row(1, number=NUMBER)])
    with pytest.raises(KnownCustomer, match=r"\+12025550199 is a number of .*\(C-1\)"):
        await world.desk.add_caller(JO, "1001", "in-1", "agent 1001")
    with pytest.raises(NotFound, match="'C-9'"):
        await world.desk.know_caller("in-1", "C-9", "agent 1001")
    with pytest.raises(NotFound, match="''"):
        await world.desk.know_caller("in-1", "", "agent 1001")
    assert (await world.desk.know_caller("in-1", "c-1", "agent 1001")).ref == "C-1"
    assert world.book.callers == {"in-1": 1}
