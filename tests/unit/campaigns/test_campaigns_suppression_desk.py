"""Do-not-call lists: made, filled, asked, corrected: the desk over the book in memory."""

import io
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from campaign_cases import CAMPAIGN, utc
from plain_cases import plain_row

from campaigns.desk import registry, sheet
from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.suppression import AT_ONCE, RegistryReport, SuppressionDesk
from campaigns.errors import InvalidInput, NotAllowedNow, NotFound
from campaigns.memory import MemoryBook
from campaigns.memory_books import MemorySuppressionBook
from campaigns.model import CampaignStatus, NumberKind, Purpose
from campaigns.suppression import OPT_OUT_ID, SuppressedNumber, SuppressionKind

NOW = utc("2026-11-21 16:00")
REGISTRY = SuppressionKind.REGISTRY


class World:
    def __init__(self, region: str | None = None) -> None:
        self.book = MemoryBook()
        self.changes = 0
        self.desk = SuppressionDesk(
            MemorySuppressionBook(self.book), self.book, InlineReader(), lambda: NOW, region, self._changed
        )

    def _changed(self) -> None:
        self.changes += 1

    async def registry(self) -> int:
        return (await self.desk.add_list("Registry", REGISTRY, Purpose.MARKETING, None, "mona")).id


async def test_a_list_is_made_for_what_it_says() -> None:
    world = World()
    made = await world.desk.add_list(" Registry ", REGISTRY, Purpose.MARKETING, None, "mona")
    assert (made.name, made.purpose, made.whole_person, made.created_by) == (
        "Registry", Purpose.MARKETING, False, "mona",
    )  # fmt: skip
    house = await world.desk.add_list("Staff", SuppressionKind.HOUSE, None, None, "mona")
    assert house.whole_person
    kept = await world.book.add_campaign(CAMPAIGN)
    assert (await world.desk.add_list("One", REGISTRY, None, kept.id, "mona")).campaign_id == kept.id
    assert [each.name for each in await world.desk.lists()] == ["opt-out", "Registry", "Staff", "One"]
    for name in ("", "x" * 121, "a\nb", "Registry"):
        with pytest.raises(InvalidInput, match="name"):
            await world.desk.add_list(name, REGISTRY, None, None, "mona")
    with pytest.raises(NotFound):
        await world.desk.add_list("Two", REGISTRY, None, 99, "mona")


async def test_numbers_are_normalised() -> None:
    world = World("US")
    report = await world.desk.suppress(OPT_OUT_ID, ["(202) 555-0123", "+12025550123"], "letter", "mona")
    assert (report.rows, report.added, report.known) == (2, 1, 1)
    barred = await world.desk.ask("202 555 0123")
    assert barred.number == "+12025550123"
    assert [(one.listed.name, one.entry.reason, one.entry.by) for one in barred.entries] == [
        ("opt-out", "letter", "mona")
    ]
    assert world.changes == 1
    with pytest.raises(NotFound):
        await world.desk.suppress(99, ["+12025550124"], "letter", "mona")
    with pytest.raises(InvalidInput):
        await world.desk.ask("12")


async def test_good_numbers_are_taken_and_the_others_named_by_text_and_line() -> None:
    world = World()
    lines = ["12", " +12025550124 ", "", "+12025550125; x,+12025550126,", "\x00\u202e", "+12025550124"]
    report = await world.desk.suppress(OPT_OUT_ID, lines, "letter", "mona")
    assert (report.rows, report.added, report.known, report.faulty) == (7, 3, 1, 3)
    assert [(fault.place, fault.problem.split(":")[0]) for fault in report.faults] == [
        ("line 1", "'12'"),
        ("line 4", "'x'"),
        ("line 5", "'\\x00\\u202e'"),
    ]
    assert world.changes == 1
    for number in ("+12025550124", "+12025550125", "+12025550126"):
        assert (await world.desk.ask(number)).entries


async def test_numbers_typed_by_hand_are_put_on_a_list_some_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five thousand fit into what is sent, and calls under way wait behind each transaction."""
    world, sizes = World(), []
    put = world.desk._book.suppress_numbers

    async def suppress_numbers(entries: Sequence[SuppressedNumber]) -> int:
        if len(sizes) == 2:
            raise RuntimeError("the disk is full")
        sizes.append(len(entries))
        return await put(entries)

    monkeypatch.setattr(world.desk._book, "suppress_numbers", suppress_numbers)
    numbers = [f"+120255{n:05d}" for n in range(AT_ONCE + 10)]
    report = await world.desk.suppress(OPT_OUT_ID, [";".join(numbers)], "letter", "mona")
    assert (sizes, report.added, world.changes) == ([AT_ONCE, 10], len(numbers), 1)
    sizes.pop()
    more = [f"+120266{n:05d}" for n in range(AT_ONCE + 10)]
    with pytest.raises(RuntimeError):
        await world.desk.suppress(OPT_OUT_ID, more, "letter", "mona")
    assert world.changes == 2  # some of them are on it
    assert (await world.desk.ask(more[0])).entries


async def test_lines_without_any_number_are_refused() -> None:
    world = World()
    with pytest.raises(InvalidInput) as refusal:
        await world.desk.suppress(OPT_OUT_ID, ["", "12"], "letter", "mona")
    assert [fault.place for fault in refusal.value.faults] == ["line 2"]
    with pytest.raises(InvalidInput, match="no telephone number"):
        await world.desk.suppress(OPT_OUT_ID, ["", " ,;"], "letter", "mona")
    assert world.changes == 0


async def test_a_number_is_told_as_the_launcher_sees_it_by_purpose_and_campaign() -> None:
    world = World()
    mine, other = "+442079460101", "+442079460102"
    revisit = await world.book.add_campaign(CAMPAIGN)
    sales = await world.book.add_campaign(replace(CAMPAIGN, name="Sales", purpose=Purpose.MARKETING))
    person = plain_row(1, number=mine, others=((other, NumberKind.WORK),))
    await world.book.load_rows(revisit.id, [person])
    adverts = await world.desk.add_list("Adverts", SuppressionKind.HOUSE, Purpose.MARKETING, None, "mona")
    own = await world.desk.add_list("Sales only", REGISTRY, None, sales.id, "mona")
    await world.desk.suppress(adverts.id, [other], "by mail", "mona")
    await world.desk.suppress(own.id, [mine], "complained", "mona")

    async def told(**about: object) -> list[tuple[Purpose, str, tuple[str, ...]]]:
        calls = (await world.desk.ask(mine, **about)).calls  # type: ignore[arg-type]
        return [(one.purpose, one.campaign.name if one.campaign else "", one.by) for one in calls]

    marketing = [
        (Purpose.MARKETING, "", ("Adverts",)),
        (Purpose.MARKETING, "Sales", ("Adverts", "Sales only")),
    ]
    service = [(Purpose.SERVICE, "", ()), (Purpose.SERVICE, revisit.name, ())]
    complaint = [(Purpose.COMPLAINT, "", ())]
    assert await told() == [marketing[0], service[0], *complaint, service[1], marketing[1]]
    assert await told(purpose=Purpose.MARKETING) == await told(campaign_id=sales.id) == marketing
    assert await told(campaign_id=revisit.id, purpose=Purpose.SERVICE) == service
    found = [
        (one.entry.number, one.entry.reason, [who.ref for who in one.holders])
        for one in (await world.desk.ask(mine)).entries
    ]
    assert found == [(other, "by mail", [person.ref]), (mine, "complained", [])]
    assert (await world.desk.ask(mine, Purpose.SERVICE)).entries == ()
    await world.book.set_status(sales.id, CampaignStatus.STOPPED, "mona", NOW)
    assert (await told(purpose=Purpose.MARKETING)) == marketing[:1]
    assert len((await world.desk.ask(mine)).entries) == 2
    with pytest.raises(InvalidInput, match="purpose: campaign 2 makes marketing calls"):
        await world.desk.ask(mine, Purpose.SERVICE, sales.id)
    with pytest.raises(NotFound):
        await world.desk.ask(mine, campaign_id=99)


async def test_a_number_comes_off_a_list_but_never_off_the_opt_outs() -> None:
    world = World()
    list_id = await world.registry()
    await world.desk.suppress(list_id, ["+12025550123"], "registry", "mona")
    await world.desk.remove(list_id, "+1 202 555 0123", "anna")
    assert (await world.desk.ask("+12025550123")).entries == ()
    with pytest.raises(NotFound):
        await world.desk.remove(list_id, "+12025550123", "anna")
    await world.desk.suppress(OPT_OUT_ID, ["+12025550123"], "asked", "mona")
    with pytest.raises(NotAllowedNow, match="stays"):
        await world.desk.remove(OPT_OUT_ID, "+12025550123", "anna")


@pytest.mark.parametrize(
    ("content", "counts", "places"),
    [
        ("phone\n+12025550101\n+12025550102\n+12025550101\n", (3, 2, 1, 0), []),
        ("+12025550101\n+12025550102\n", (2, 2, 0, 0), []),  # no header
        ("since;Telefono\n2020;+12025550101\n2021;x\n", (2, 1, 0, 1), ["row 2, column Telefono"]),
        ("+12025550101\nshort\n+12025550102\n", (3, 2, 0, 1), ["row 2, column 1"]),  # nor here: lines count
        ("whatever\n+12025550101\nshort,row\n", (2, 1, 0, 1), ["row 2, column whatever"]),
    ],
)
async def test_a_registry_is_loaded_from_a_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str,
    counts: tuple[int, int, int, int],
    places: list[str],
) -> None:
    monkeypatch.setattr(registry, "AT_ONCE", 2)
    world = World()
    list_id = await world.registry()
    path = tmp_path / "registry.csv"
    path.write_text(content, encoding="utf-8")
    report = await world.desk.load(list_id, path, "registry", "mona")
    assert (report.rows, report.added, report.known, report.faulty) == counts
    assert [fault.place for fault in report.faults] == places
    assert not path.exists()
    path.write_text(content, encoding="utf-8")
    again = await world.desk.load(list_id, path, "registry", "mona")
    assert (again.added, again.known) == (0, counts[1] + counts[2])


def put(world: World, path: Path, content: bytes, encoding: str = "") -> Awaitable[RegistryReport]:
    path.write_bytes(content)
    return world.desk.load(OPT_OUT_ID, path, "registry", "mona", encoding)


@pytest.mark.parametrize(
    ("content", "encoding", "form", "column"),
    [
        ("名;手机号\n王小明;+8613800138000\n".encode("gb18030"), "", "gb18030, semicolon", "手机号"),
        ("名;Telefono\n王;+8613800138000\n".encode("gb18030"), "gbk", "gb18030, semicolon", "Telefono"),
        ("Имя,phone\nИван,+8613800138000\n".encode("cp1251"), "windows-1251", "cp1251, comma", "phone"),
        ("Straße|Teléfono\nÖ|+8613800138000\n".encode("cp1252"), "", "latin-1, bar", "Teléfono"),
        ("+8613800138000\n+8613800138000\n".encode("utf-16"), "", "utf-16-le, comma", "1"),
    ],
)
async def test_a_registry_is_read_in_any_encoding_and_tells_how(
    tmp_path: Path, content: bytes, encoding: str, form: str, column: str
) -> None:
    world = World()
    report = await put(world, tmp_path / "registry.csv", content, encoding)
    assert (report.added, report.faulty, report.form, report.column) == (1, 0, form, column)
    assert (await world.desk.ask("+8613800138000")).entries


async def test_a_file_of_one_number_and_nothing_else_is_taken(tmp_path: Path) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["+12025550101"])  # type: ignore[union-attr]
    book.save(out)
    for content in (b"+12025550101", out.getvalue()):
        report = await put(World(), tmp_path / "registry", content)
        assert (report.rows, report.added, report.column) == (1, 1, "1")
    with pytest.raises(InvalidInput, match="there is no telephone number in it"):
        await put(World(), tmp_path / "registry", b"phone\n")


async def test_an_encoding_that_cannot_be_is_refused_with_its_file(tmp_path: Path) -> None:
    world, path = World(), tmp_path / "registry.csv"
    for content, encoding, said in (
        (b"phone\n+12025550101\n", "klingon", "encoding: 'klingon' is none of utf-8"),
        (b"\xef\xbb\xbfphone\n+12025550101\n", "gbk", "begins as UTF-8 and is said to be gb18030: say utf-8"),
        ("имя,phone\nИван,+12025550101\n".encode("cp1251"), "", "name its encoding"),
    ):
        with pytest.raises(InvalidInput, match=said):
            await put(world, path, content, encoding)
        assert not path.exists()
    assert (await world.desk.lists())[0].size == world.changes == 0


async def test_bytes_of_another_encoding_cost_their_row(tmp_path: Path) -> None:
    content = "name,phone\n王,+8613800138000\n".encode("gb18030") + b"\xff\xff,+8613800138001\n"
    report = await put(World(), tmp_path / "registry.csv", content, "gb18030")
    assert (report.rows, report.added, report.faulty) == (2, 1, 1)
    assert [str(fault) for fault in report.faults] == [
        "row 2, column phone: holds bytes that are not GB18030"
    ]


@pytest.mark.parametrize("head", ["phone\n", ""])
async def test_a_registry_that_is_too_long_is_refused_and_what_came_before_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, head: str
) -> None:
    monkeypatch.setattr(registry, "AT_ONCE", 2)
    monkeypatch.setattr(sheet, "MAX_ROWS", 3)
    world = World()
    most = "".join(f"+1202555010{n}\n" for n in range(3))
    assert (await put(world, tmp_path / "registry.csv", f"{head}{most}".encode())).added == 3
    world = World()
    with pytest.raises(InvalidInput, match="more than 3 rows: split the list"):
        await put(world, tmp_path / "registry.csv", f"{head}{most}+12025550103\n".encode())
    assert ((await world.desk.lists())[0].size, world.changes) == (2, 1)


async def test_a_file_without_any_number_is_refused(tmp_path: Path) -> None:
    world = World()
    list_id = await world.registry()
    path = tmp_path / "registry.csv"
    for content in ("name\nAnn\nBo\n", ""):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(InvalidInput):
            await world.desk.load(list_id, path, "registry", "mona")
        assert not path.exists()
    path.write_text("phone\n+12025550101\n", encoding="utf-8")
    with pytest.raises(NotFound):
        await world.desk.load(99, path, "registry", "mona")
    assert world.changes == 0
