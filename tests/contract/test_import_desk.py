"""The desk of uploads, over a reader in this process and over the one in a child process."""

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from import_cases import DRAFT, EXAMPLE, FAULTY, HEADER, NOW, World, counts, row

from campaigns.desk import imports
from campaigns.desk.campaigns import CampaignDesk
from campaigns.desk.inline_reader import InlineReader
from campaigns.desk.kept_uploads import RECORD, REJECTS
from campaigns.desk.reading import BATCH
from campaigns.desk.uploads import ImportOrder, ImportState
from campaigns.errors import InvalidInput, NotAllowedNow, NotFound
from campaigns.lists import Known, Within
from campaigns.model import TEST_CALLS, CampaignStatus
from service.list_reader import ProcessReader


@pytest.fixture(params=[InlineReader, ProcessReader], ids=["inline", "process"])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "uploads", request.param())
    yield made
    await made.desk.close()
    left = (tmp_path / "uploads").glob("*")  # no list, and no folder of who read it
    assert all(kept.name.endswith((REJECTS, RECORD)) for kept in left)


async def test_a_list_is_loaded_once_and_a_changed_row_updates(world: World) -> None:
    made = await world.campaign()
    first = await world.load(made.id, EXAMPLE)
    assert (first.state, first.by, first.share, first.faults) == (ImportState.DONE, "mona", 1.0, ())
    assert counts(first) == (10, 10, 0, 0, 0, 0)
    assert counts(await world.load(made.id, EXAMPLE)) == (10, 0, 0, 10, 0, 0)
    changed = EXAMPLE.replace(b"Oil change", b"Oil and filter")
    assert counts(await world.load(made.id, changed)) == (10, 0, 1, 9, 0, 0)
    assert len(world.book.lead_rows) == 10
    assert "Oil and filter" in {lead.fields["service"] for lead in world.book.lead_rows.values()}
    assert set(world.told) == {made.id}


async def test_good_rows_go_in_and_bad_ones_are_in_the_reject_file(world: World) -> None:
    made = await world.campaign()
    report = await world.load(made.id, FAULTY)
    assert counts(report) == (12, 2, 0, 0, 1, 9)
    assert len(report.faults) == 11
    assert len(world.book.lead_rows) == 2
    assert report.has_rejects
    text = world.desk.rejects(report.id).read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    assert header[-2:] == ["_row", "_fault"]
    assert [row[-2] for row in rows] == ["2", "3", "4", "5", "6", "7", "9", "10", "12"]


async def test_a_dry_run_counts_what_would_happen_and_writes_nothing(world: World) -> None:
    made = await world.campaign()
    dry = await world.load(made.id, FAULTY, dry_run=True)
    assert dry.dry_run
    assert dry.form == "utf-8, comma"
    assert counts(dry) == (12, 2, 0, 0, 1, 9)
    assert (world.book.lead_rows, world.book.customer_rows, world.book.list_rows) == ({}, {}, {})
    await world.load(made.id, EXAMPLE)
    again = await world.load(made.id, EXAMPLE.replace(b"Oil change", b"Oil"), dry_run=True)
    assert counts(again) == (10, 0, 1, 9, 0, 0)
    assert "Oil" not in {lead.fields["service"] for lead in world.book.lead_rows.values()}


async def test_a_list_in_the_encoding_that_is_said_is_loaded_and_its_rejects_are_utf_8(world: World) -> None:
    made = await world.campaign()
    content = EXAMPLE.decode() + "C-90,王小明,none,Oil,2026-11-20\n"
    report = await world.load(made.id, content.encode("gb18030"), encoding="GBK")
    assert report.form == "gb18030, comma"
    assert (report.loaded, report.faulty) == (10, 1)
    assert "王小明" in world.desk.rejects(report.id).read_text("utf-8-sig")
    path = world.desk.new_file()
    path.write_bytes(content.encode("gb18030"))
    shown = await world.desk.preview(made.id, path, ImportOrder(encoding="gb18030"))
    assert shown.form == "gb18030, comma"
    with pytest.raises(InvalidInput) as refusal:
        await world.load(made.id, content, encoding="ebcdic")
    assert [fault.place for fault in refusal.value.faults] == ["encoding"]


async def test_a_nul_in_the_last_row_costs_that_row(world: World) -> None:
    made = await world.campaign()
    report = await world.load(made.id, EXAMPLE.rstrip() + b"\0\n")
    assert (report.loaded, report.faulty) == (9, 1)
    assert [str(fault) for fault in report.faults] == ["row 10: holds a NUL byte"]
    (rejected,) = csv.DictReader(io.StringIO(world.desk.rejects(report.id).read_text("utf-8-sig")))
    assert (rejected["_row"], rejected["_fault"]) == ("10", "holds a NUL byte")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (EXAMPLE[:90] + b"\0\1\0\0" * 90, "NUL"),
        (EXAMPLE.replace(b"service_date", b"visit"), "column service_date is missing"),
        (b"", "the file is empty"),
        (b"PK\x03\x04 but no workbook", "no XLSX workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "an old or a protected Office file"),
    ],
)
async def test_a_spoiled_file_loads_nothing(world: World, content: bytes, problem: str) -> None:
    made = await world.campaign()
    with pytest.raises(InvalidInput, match=problem):
        await world.load(made.id, content)
    assert world.book.lead_rows == {}
    (report,) = world.desk.all()
    assert (report.state, report.has_rejects) == (ImportState.FAILED, False)


async def test_a_file_that_is_spoiled_further_down_says_so_and_loads_nothing(world: World) -> None:
    made = await world.campaign()
    rows = [f"C-{n},N {n},+1202555{n:04d},Oil,2026-11-20" for n in range(BATCH)]
    content = (HEADER + "\n".join(rows)).encode("utf-16-le") + b"\n\x00" + b"\x00\xd8"
    with pytest.raises(InvalidInput, match="broken near byte"):
        await world.load(made.id, b"\xff\xfe" + content)
    assert world.book.lead_rows == {}


@pytest.mark.parametrize("status", [one for one in CampaignStatus if one is not CampaignStatus.STOPPED])
async def test_a_campaign_takes_lists_whatever_it_does_and_after_it_was_finished(
    quick: World, status: CampaignStatus
) -> None:
    made = await quick.campaign()
    await quick.book.set_status(made.id, status, "mona", NOW)
    assert (await quick.load(made.id, EXAMPLE)).loaded == 10


async def test_a_campaign_that_is_stopped_for_good_or_missing_takes_no_list(quick: World) -> None:
    made = await quick.campaign()
    with pytest.raises(NotFound):
        await quick.load(99, EXAMPLE)
    await quick.book.set_status(made.id, CampaignStatus.STOPPED, "mona", NOW)
    with pytest.raises(NotAllowedNow, match="stopped for good: create a new one"):
        await quick.load(made.id, EXAMPLE)
    assert list(quick.desk.all()) == []


async def test_no_list_gets_into_the_campaign_of_test_calls(quick: World) -> None:
    desk = CampaignDesk(quick.book, quick.templates, lambda: NOW)
    made = await desk.create_for_test_calls(replace(DRAFT, template=TEST_CALLS), "service")
    await quick.book.set_status(made.id, CampaignStatus.RUNNING, "service", NOW)
    with pytest.raises(NotAllowedNow, match=r"takes test calls alone .*: give the number of another one"):
        await quick.load(made.id, EXAMPLE)
    assert list(quick.desk.all()) == []


async def test_a_list_outlives_its_template(tmp_path: Path) -> None:
    world = World(tmp_path, InlineReader())
    made = await world.campaign()
    world.templates.clear()
    assert (await world.load(made.id, EXAMPLE)).loaded == 10


async def test_the_region_reads_local_numbers(tmp_path: Path) -> None:
    local = EXAMPLE.replace(b"+1 202-555-0123", b"202-555-0123")
    for region, faulty in ((None, 1), ("US", 0)):
        world = World(tmp_path, InlineReader(), region)
        made = await world.campaign()
        assert (await world.load(made.id, local, dry_run=True)).faulty == faulty


@pytest.mark.parametrize(
    ("known", "within", "same_file", "other_list", "other_campaign"),
    [
        # loaded of: a repeat in the same file; somebody of another list; somebody of another campaign
        (Known.UPDATE, Within.FILE, 1, 1, 1),
        (Known.UPDATE, Within.LIST, 1, 1, 1),
        (Known.UPDATE, Within.CAMPAIGN, 1, 0, 1),
        (Known.UPDATE, Within.BOOK, 1, 0, 0),
        (Known.SKIP, Within.BOOK, 1, 0, 0),
        (Known.ALLOW, Within.BOOK, 2, 1, 1),
    ],
)
async def test_a_number_that_is_somebody_elses(
    quick: World, known: Known, within: Within, same_file: int, other_list: int, other_campaign: int
) -> None:
    first = await quick.campaign()
    second = await quick.book.add_campaign(replace(first, name="Second"))
    await quick.load(first.id, HEADER + row("A", "+12025550101"))
    order = {"known": known, "within": within, "list_name": "later"}
    twice = HEADER + row("B", "+12025550102") + row("C", "+12025550102")
    assert (await quick.load(first.id, twice, **order)).loaded == same_file
    report = await quick.load(first.id, HEADER + row("D", "+12025550101"), **order)
    assert report.loaded == other_list
    if not other_list:
        assert counts(report) == (1, 0, 0, 0, 1, 0)
        assert [str(fault) for fault in report.faults] == ["row 1: +12025550101 is the number of 'A' already"]
        rejects = quick.desk.rejects(report.id).read_text(encoding="utf-8-sig")
        assert rejects.splitlines()[1].startswith("D,N D,'+12025550101,")
    assert (await quick.load(second.id, HEADER + row("E", "+12025550101"), **order)).loaded == other_campaign


TWO = "ref,name,phone,phone_2,service,service_date\n"
HUSBAND = "a,Husband,+12025550101,+12025550102,Oil,2026-11-20\n"
WIFE = "b,Wife,+12025550102,,Oil,2026-11-20\n"
SHARING = "b,Wife,+12025550103,+12025550102,Oil,2026-11-20\n"
ITS = "+12025550102 is the number of"


def numbers_of(world: World) -> dict[str, tuple[str, ...]]:
    """The numbers of everybody in the book, without what they begin with."""
    people = world.book.customer_rows.values()
    return {person.ref: tuple(number[-1:] for number in person.numbers) for person in people}


@pytest.mark.parametrize(
    ("first", "second", "loaded", "kept", "told"),
    [
        (HUSBAND, WIFE, 1, {"a": ("1", "2")}, f"row 2, column phone: {ITS} 'a' in row 1 already"),
        (
            WIFE,
            HUSBAND,
            2,
            {"b": ("2",), "a": ("1",)},
            f"row 2, column phone_2: {ITS} 'b' in row 1 already; the row was taken without it",
        ),
        (
            HUSBAND,
            SHARING,
            2,
            {"a": ("1", "2"), "b": ("3",)},
            f"row 2, column phone_2: {ITS} 'a' in row 1 already; the row was taken without it",
        ),
    ],
    ids=["hers is his second", "his second is hers", "both have it second"],
)
async def test_a_number_that_two_people_of_a_file_share(
    world: World, first: str, second: str, loaded: int, kept: dict[str, tuple[str, ...]], told: str
) -> None:
    made = await world.campaign()
    report = await world.load(made.id, TWO + first + second)
    assert (report.loaded, report.duplicate, numbers_of(world)) == (loaded, 2 - loaded, kept)
    assert [str(fault) for fault in report.faults] == [told]
    (rejected,) = world.desk.rejects(report.id).read_text(encoding="utf-8-sig").splitlines()[1:]
    assert rejected.startswith(second[:6])
    again = await world.load(made.id, TWO + first + second)
    assert (again.unchanged, again.duplicate, again.faults) == (loaded, 2 - loaded, report.faults)
    allowed = await world.load(made.id, TWO + first + second, known=Known.ALLOW)
    assert (allowed.loaded, allowed.faults) == (2 - loaded, ())
    assert all("2" in numbers for numbers in numbers_of(world).values())


async def test_a_further_row_of_the_same_person_may_be_called_at_his_second_number(world: World) -> None:
    made = await world.campaign()
    report = await world.load(made.id, TWO + HUSBAND + WIFE.replace("b,Wife", "a,Husband"))
    assert (report.loaded, report.faults) == (2, ())


async def test_a_number_that_people_of_two_files_share(quick: World) -> None:
    made = await quick.campaign()
    await quick.load(made.id, TWO + HUSBAND)
    report = await quick.load(made.id, TWO + WIFE)
    assert counts(report) == (1, 0, 0, 0, 1, 0)
    assert [str(fault) for fault in report.faults] == [f"row 1: {ITS} 'a' already"]
    report = await quick.load(made.id, TWO + SHARING)
    assert (counts(report), numbers_of(quick)["b"]) == ((1, 1, 0, 0, 0, 0), ("3",))
    problem = f"{ITS} 'a' already; the row was taken without it"
    assert [str(fault) for fault in report.faults] == [f"row 1: {problem}"]
    rejects = quick.desk.rejects(report.id).read_text(encoding="utf-8-sig")
    assert rejects.splitlines()[1].endswith(problem)


async def test_skip_leaves_who_is_there_alone(quick: World) -> None:
    made = await quick.campaign()
    await quick.load(made.id, HEADER + row("A", "+12025550101"))
    changed = HEADER + row("A", "+12025550101").replace("Oil", "Tyres") + row("B", "+12025550102")
    report = await quick.load(made.id, changed, known=Known.SKIP)
    assert counts(report) == (2, 1, 0, 0, 1, 0)
    assert {lead.fields["service"] for lead in quick.book.lead_rows.values()} == {"Oil"}


async def test_only_so_many_uploads_wait_and_old_ones_are_forgotten(
    quick: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await quick.campaign()
    monkeypatch.setattr(imports, "KEPT", 2)
    reports = [await quick.load(made.id, FAULTY) for _ in range(4)]
    assert [report.id for report in quick.desk.all()] == [one.id for one in reports[:0:-1]]
    with pytest.raises(NotFound):
        quick.desk.get(reports[0].id)
    monkeypatch.setattr(imports, "WAITING", 0)
    with pytest.raises(NotAllowedNow, match="under way"):
        await quick.load(made.id, EXAMPLE)


async def test_a_mapping_is_saved_and_reused(quick: World) -> None:
    made = await quick.campaign()
    strange = EXAMPLE.replace(b"customer_id", b"Kunde").replace(b",phone,", b",Handy,")
    with pytest.raises(InvalidInput, match="column ref is missing"):
        await quick.load(made.id, strange)
    await quick.desk.save_mapping("Workshop", {"ref": "Kunde", "phone": "Handy"}, "mona")
    assert (await quick.load(made.id, strange, mapping="Workshop")).loaded == 10
    with pytest.raises(InvalidInput, match="no mapping 'Other'"):
        await quick.load(made.id, strange, mapping="Other")
    with pytest.raises(InvalidInput, match="not a known column"):
        await quick.desk.save_mapping("Bad", {"colour": "Farbe"}, "mona")
    assert [mapping.name for mapping in await quick.desk.mappings()] == ["Workshop"]
    await quick.desk.delete_mapping("Workshop")
    assert list(await quick.desk.mappings()) == []


async def test_a_saved_mapping_keeps_the_encoding_of_its_files(world: World) -> None:
    campaign_id = (await world.campaign()).id
    told = "Kunde,Name,Handy,Service,Service date\nC-1,김철수,+12025550101,oil,2026-11-20\n".encode("cp949")
    saved = await world.desk.save_mapping(
        "Seoul", {"ref": "Kunde", "phone": "Handy"}, "mona", " KS_C_5601-1987 "
    )
    assert saved.encoding == "euc-kr"
    path = world.desk.new_file()
    path.write_bytes(told)
    shown = await world.desk.preview(campaign_id, path, ImportOrder(mapping="Seoul"))
    assert (shown.form, shown.rows[0].cells[1]) == ("euc-kr, comma", "김철수")
    report = await world.load(campaign_id, told, mapping="Seoul")
    assert (report.loaded, report.form) == (1, "euc-kr, comma")
    (person,) = world.book.customer_rows.values()
    assert person.name == "김철수"


async def test_an_encoding_that_is_said_goes_before_that_of_the_mapping(quick: World) -> None:
    made = await quick.campaign()
    await quick.desk.save_mapping("Beijing", {}, "mona", "gb18030")
    told = f"{HEADER}C-1,Müller,+12025550101,oil,2026-11-20\n"
    marked = b"\xef\xbb\xbf" + told.encode()
    with pytest.raises(InvalidInput, match="begins as UTF-8 and is said to be gb18030: say utf-8"):
        await quick.load(made.id, marked, mapping="Beijing")
    for content, encoding in ((told.encode("cp1252"), "latin-1"), (marked, "utf-8")):
        report = await quick.load(made.id, content, mapping="Beijing", encoding=encoding)
        assert report.form == f"{encoding}, comma"
        assert [person.name for person in quick.book.customer_rows.values()] == ["Müller"]
    with pytest.raises(InvalidInput, match="encoding: 'klingon' is none of utf-8, utf-16"):
        await quick.desk.save_mapping("Bad", {}, "mona", "klingon")


async def test_the_order_of_dates_is_guessed_said_saved_and_used_again(quick: World) -> None:
    made = await quick.campaign()
    row = "C-{0},Ann Lee,+1202555010{0},oil,{1}\n"
    doubtful = HEADER + row.format(1, "20/11/2026") + row.format(2, "11/12/2026")

    async def previewed(order: ImportOrder, text: str = doubtful) -> tuple[str, str | None, list[int]]:
        path = quick.desk.new_file()
        path.write_text(text)
        shown = await quick.desk.preview(made.id, path, order)
        return shown.form, shown.date_order, [len(row.faults) for row in shown.rows]

    assert await previewed(ImportOrder()) == ("utf-8, comma, dates day first", "dmy", [0, 0])
    alone = HEADER + row.format(2, "11/12/2026")
    assert await previewed(ImportOrder(), alone) == ("utf-8, comma", None, [1])
    saved = await quick.desk.save_mapping("Madrid", {}, "mona", "", " DMY ")
    assert saved.date_order == "dmy"
    assert (await previewed(ImportOrder(mapping="Madrid"), alone))[1] == "dmy"
    assert (await previewed(ImportOrder(mapping="Madrid", date_order="mdy"), alone))[1] == "mdy"
    report = await quick.load(made.id, doubtful.replace("11/12/2026", "11/20/2026"))
    assert (report.loaded, report.form) == (2, "utf-8, comma")  # each has one reading
    text = HEADER + row.format(3, "11/12/2026") + row.format(4, "10/12/2026")
    report = await quick.load(made.id, text.replace("12/2026", "11/2026"), mapping="Madrid")
    assert report.form == "utf-8, comma, dates day first"
    with pytest.raises(InvalidInput, match="date_order: 'ddmm' is none of dmy, mdy, ymd"):
        await quick.load(made.id, alone, date_order="ddmm")
    with pytest.raises(InvalidInput, match="date_order: 'd' is none of dmy, mdy, ymd"):
        await quick.desk.save_mapping("x", {}, "mona", "", "d")


async def test_a_preview_shows_the_guess_and_the_first_rows(quick: World) -> None:
    made = await quick.campaign()
    path = quick.desk.new_file()
    path.write_bytes(FAULTY)
    shown = await quick.desk.preview(made.id, path, ImportOrder())
    assert shown.mapping["ref"] == "customer_id"
    assert (shown.form, shown.faults) == ("utf-8, comma", ())
    assert shown.rows[0].number == "+12025550123"
    assert str(shown.rows[1].faults[0]).startswith("row 2, column phone")
    assert set(shown.required) <= set(shown.columns)
    assert not path.exists()
    path = quick.desk.new_file()
    path.write_bytes(EXAMPLE.replace(b",phone,", b",Whom,"))
    shown = await quick.desk.preview(made.id, path, ImportOrder())
    assert (shown.rows, [fault.place for fault in shown.faults]) == ((), ["header"])
    assert "phone" not in shown.mapping
    assert shown.mapping["ref"] == "customer_id"
    assert quick.book.lead_rows == {}


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\nb"])
async def test_a_list_needs_a_name(quick: World, name: str) -> None:
    made = await quick.campaign()
    with pytest.raises(InvalidInput, match="list"):
        await quick.load(made.id, EXAMPLE, list_name=name)


async def test_an_owner_who_is_no_agent_is_a_fault_of_his_row(world: World) -> None:
    campaign_id = (await world.campaign()).id
    rows = "".join(
        f"C-{n},Ann,+1202555010{n},oil,2026-11-20,{owner}\n"
        for n, owner in enumerate(("1001", "1009", ""), 1)
    )
    told = f"ref,name,phone,service,service_date,Owner\n{rows}"
    report = await world.load(campaign_id, told)
    assert (report.loaded, report.faulty) == (2, 1)
    assert [str(fault) for fault in report.faults] == ["row 2, column Owner: there is no agent '1009'"]
    assert [person.owner for person in world.book.customer_rows.values()] == ["1001", ""]
    path = world.desk.new_file()
    path.write_text(told, encoding="utf-8")
    shown = await world.desk.preview(campaign_id, path, ImportOrder())
    assert [[str(fault) for fault in row.faults] for row in shown.rows] == [
        [], ["row 2, column Owner: there is no agent '1009'"], [],
    ]  # fmt: skip
