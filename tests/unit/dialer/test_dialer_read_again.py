"""Caller IDs of an earlier version: whoever asked to be left alone is barred, and the rest is told."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from dialer_world import START, World

from campaigns.desk.suppression import SuppressionDesk
from campaigns.memory_books import MemorySuppressionBook
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber
from dialer.caller_number import CallerForm, CallerForms
from dialer.ports import InboundCall
from dialer.read_again import ReadAgain, read_again

FORMS = CallerForms({"uk": CallerForm("00")}, CallerForm(region="US"))
RAW = ("2025551001", "0012022294402", "anonymous")


class Site:
    """A book that an earlier version filled."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.lists = MemorySuppressionBook(world.people)
        self.desk = SuppressionDesk(self.lists, world.people, None, world.clock.now, "US")  # type: ignore[arg-type]

    async def fill(self, raw: Sequence[str] = RAW) -> None:
        for place, shown in enumerate(raw):
            await self.world.people.suppress(shown, f"by key in call in-{place}", "customer", START)
            await self.world.memory.open_inbound(InboundCall(f"in-{place}", shown, "", START))

    async def read(self, forms: CallerForms = FORMS) -> ReadAgain:
        return await read_again(self.lists, self.world.memory, forms, self.world.clock.now)


@pytest.fixture
async def site(world: World) -> Site:
    made = Site(world)
    await made.fill()
    return made


async def test_whoever_asked_by_key_is_barred_after_the_next_start(site: Site) -> None:
    campaign = await site.world.campaign()
    assert await site.read() == ReadAgain(barred=2, unread=1, calls=2)
    assert await site.world.people.is_suppressed("+12025551001")
    assert await site.world.people.is_suppressed("+12022294402")
    claim = await site.world.memory.claim(campaign.id, site.world.clock.now())
    assert claim is not None
    assert claim.suppressed
    kept = site.world.people.suppressed["+12025551001", OPT_OUT_ID]
    assert (kept.by, kept.at) == ("customer", START)
    assert kept.reason == "by key in call in-0, shown as 2025551001"


async def test_who_cannot_be_read_is_told_and_stays(site: Site) -> None:
    await site.read()
    assert [entry.number for entry in await site.desk.unread()] == ["anonymous"]
    calls = [kept.call for kept in site.world.memory.inbound_calls.values()]
    assert [(call.number, call.shown) for call in calls] == [
        ("+12025551001", "2025551001"), ("+12022294402", "0012022294402"), ("", "anonymous"),
    ]  # fmt: skip


async def test_a_second_start_changes_nothing(site: Site) -> None:
    await site.read()
    before = dict(site.world.people.suppressed)
    assert await site.read() == ReadAgain(barred=0, unread=1, calls=0)
    assert site.world.people.suppressed == before


class Counting(MemorySuppressionBook):
    """A book that counts how often all caller IDs are asked for that have been read."""

    asked = 0

    async def read_opt_outs(self) -> Sequence[SuppressedNumber]:
        self.asked += 1
        return await super().read_opt_outs()


async def test_what_was_read_is_looked_at_again_by_other_settings_or_another_release_alone(
    world: World,
) -> None:
    site = Site(world)
    lists = site.lists = Counting(world.people)
    await site.fill()
    other = CallerForms({"uk": CallerForm("national", "GB")}, CallerForm(region="US"))
    again = [(FORMS, "1"), (FORMS, "1"), (replace(FORMS), "1"), (other, "1"), (other, "2"), (other, "2")]
    asked = []
    for forms, release in again:
        done = await read_again(lists, world.memory, forms, world.clock.now, release)
        assert done.unread == 1, "what nobody can read is tried at every start"
        asked.append(lists.asked)
    assert asked == [1, 1, 1, 2, 3, 3]


async def test_a_reading_that_breaks_off_goes_on_at_the_next_start(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fall() -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(site.world.memory, "keep_as_shown", fall)
        with pytest.raises(OSError, match="full"):
            await site.read()
    assert await site.lists.read_with() == ""
    await site.read()
    assert await site.lists.read_with() != ""


async def test_who_is_on_the_list_already_keeps_his_first_word(site: Site) -> None:
    await site.world.people.suppress("+12025551001", "by letter", "mona", START)
    await site.read()
    assert site.world.people.suppressed["+12025551001", OPT_OUT_ID].reason == "by letter"
    assert ("2025551001", OPT_OUT_ID) not in site.world.people.suppressed


@pytest.mark.parametrize(
    ("shown", "before", "after", "number"),
    [
        ("2025551001", CallerForm(), CallerForm(region="US"), "+12025551001"),
        (
            "4792294404",
            CallerForm("digits", "US", said=False),
            CallerForm("national", "US"),
            "+14792294404",
        ),
    ],
)
async def test_whoever_could_not_be_read_is_as_soon_as_the_settings_tell_how(
    world: World, shown: str, before: CallerForm, after: CallerForm, number: str
) -> None:
    site = Site(world)
    await site.fill([shown])
    assert await site.read(CallerForms({"one": before}, before)) == ReadAgain(barred=0, unread=1, calls=0)
    assert await site.read(CallerForms({"one": after}, after)) == ReadAgain(barred=1, unread=0, calls=1)
    (call,) = (kept.call for kept in world.memory.inbound_calls.values())
    assert (call.number, call.shown) == (number, shown)
    assert await world.people.is_suppressed(number)


async def test_who_was_read_wrongly_is_barred_as_soon_as_the_settings_are_corrected(world: World) -> None:
    site = Site(world)
    await site.fill(["4792294404"])
    wrong, right = (CallerForms({}, CallerForm(form, "US")) for form in ("digits", "national"))
    for forms, done in (
        (wrong, ReadAgain(barred=1, unread=0, calls=1)),
        (right, ReadAgain(barred=1, unread=0, calls=0)),
        (right, ReadAgain(barred=0, unread=0, calls=0)),
    ):
        assert await site.read(forms) == done
    entries = [world.people.suppressed[number, OPT_OUT_ID] for number in ("+4792294404", "+14792294404")]
    assert {entry.reason for entry in entries} == {"by key in call in-0, shown as 4792294404"}
    # Who is taken off by hand since he was read rightly stays off.
    await site.lists.unsuppress(OPT_OUT_ID, "+4792294404", "mona", START)
    await site.lists.unsuppress(OPT_OUT_ID, "+14792294404", "mona", START)
    assert (await site.read(right)).barred == 0
