"""The desk of a campaign manager over the book in memory."""

from dataclasses import replace
from pathlib import Path

import pytest
from campaign_cases import utc

import campaigns
from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.errors import InvalidInput, NotAllowedNow, NotFound
from campaigns.memory import MemoryBook
from campaigns.model import CampaignStatus, LeadStatus
from campaigns.templates import format_hours, load_templates

NOW = utc("2026-11-21 16:00")
EXAMPLE = (Path(campaigns.__file__).parent / "samples" / "revisit-example.csv").read_bytes()
FAULTY = (Path(campaigns.__file__).parent / "samples" / "revisit-faulty.csv").read_bytes()
DRAFT = CampaignDraft(
    name="November revisit",
    template="revisit",
    company="Acme Motors",
    caller_id="+12025550100",
    callback_number="+12025550101",
)


@pytest.fixture
def book() -> MemoryBook:
    return MemoryBook()


@pytest.fixture
def desk(book: MemoryBook) -> CampaignDesk:
    return CampaignDesk(book, load_templates(), lambda: NOW)


async def test_a_draft_takes_the_templates_defaults(desk: CampaignDesk) -> None:
    template = load_templates()["revisit"]
    made = await desk.create(DRAFT, "mona")
    assert (made.status, made.created_at, made.status_by) == (CampaignStatus.DRAFT, NOW, "mona")
    assert (made.template_version, made.hours, made.retries) == (
        template.version,
        template.hours,
        template.retries,
    )
    assert (made.ring_timeout_s, made.max_attempts, made.anchor) == (25, 6, template.anchor)
    assert await desk.get(made.id) == made
    assert list(await desk.all()) == [made]
    assert template in desk.templates()


async def test_a_draft_may_say_otherwise(desk: CampaignDesk) -> None:
    made = await desk.create(
        replace(
            DRAFT,
            caller_id="",
            hours={"mon": "10:00-11:00"},
            max_attempts=2,
            ring_timeout_s=18,
            wrap_up_s=0,
            max_channels=4,
            calls_per_second=0.5,
        ),
        "mona",
    )
    assert format_hours(made.hours) == {"mon": "10:00-11:00"}
    assert (made.caller_id, made.max_attempts, made.ring_timeout_s, made.wrap_up_s) == ("", 2, 18, 0)
    assert (made.max_channels, made.calls_per_second) == (4, 0.5)


async def test_every_fault_of_a_draft_is_told_at_once(desk: CampaignDesk, book: MemoryBook) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await desk.create(
            CampaignDraft(
                name="  ",
                template="renewal",
                company="Acme\x00",
                caller_id="202 555 0100",
                callback_number="+0",
                hours={"mon": "18:00-09:00", "funday": "09:00-12:00"},
                max_attempts=0,
                ring_timeout_s=float("nan"),
                wrap_up_s=-1,
                max_channels=0,
                calls_per_second=float("inf"),
            ),
            "mona",
        )
    draft_places = {"name", "template", "company", "caller_id", "callback_number"}
    hours_places = {"hours.mon", "hours.funday"}
    number_places = {"max_attempts", "ring_timeout_s", "wrap_up_s", "max_channels", "calls_per_second"}
    places = [fault.place for fault in refusal.value.faults]
    assert set(places) == draft_places | hours_places | number_places
    assert len(places) == len(set(places))
    assert book.campaign_rows == {}


async def test_a_name_is_taken_once(desk: CampaignDesk) -> None:
    await desk.create(DRAFT, "mona")
    with pytest.raises(InvalidInput, match="name"):
        await desk.create(replace(DRAFT, name=" November revisit "), "mona")


async def test_a_campaign_that_is_not_there(desk: CampaignDesk) -> None:
    with pytest.raises(NotFound):
        await desk.get(99)
    with pytest.raises(NotFound):
        await desk.import_csv(99, EXAMPLE, False)
    with pytest.raises(NotFound):
        await desk.report(99)


async def test_a_list_is_loaded_once_and_a_changed_row_updates(desk: CampaignDesk, book: MemoryBook) -> None:
    made = await desk.create(DRAFT, "mona")
    first = await desk.import_csv(made.id, EXAMPLE, False)
    assert (first.rows, first.loaded, first.updated, first.unchanged) == (10, 10, 0, 0)
    again = await desk.import_csv(made.id, EXAMPLE, False)
    assert (again.rows, again.loaded, again.updated, again.unchanged) == (10, 0, 0, 10)
    changed = await desk.import_csv(made.id, EXAMPLE.replace(b"Oil change", b"Oil and filter"), False)
    assert (changed.loaded, changed.updated, changed.unchanged) == (0, 1, 9)
    assert len(book.lead_rows) == 10
    assert "Oil and filter" in {lead.fields["service"] for lead in book.lead_rows.values()}


async def test_good_rows_go_in_and_bad_ones_are_named(desk: CampaignDesk, book: MemoryBook) -> None:
    made = await desk.create(DRAFT, "mona")
    report = await desk.import_csv(made.id, FAULTY, False)
    assert (report.rows, report.loaded, report.duplicate, report.faulty) == (12, 2, 1, 9)
    assert report.rows == report.loaded + report.updated + report.unchanged + report.duplicate + report.faulty
    assert len(report.faults) == 11
    assert len(book.lead_rows) == 2


async def test_a_dry_run_writes_nothing(desk: CampaignDesk, book: MemoryBook) -> None:
    made = await desk.create(DRAFT, "mona")
    dry = await desk.import_csv(made.id, FAULTY, True)
    assert dry.dry_run
    assert (dry.rows, dry.loaded, dry.faulty) == (12, 2, 9)
    assert (book.lead_rows, book.customer_rows) == ({}, {})


async def test_a_spoiled_file_loads_nothing(desk: CampaignDesk, book: MemoryBook) -> None:
    made = await desk.create(DRAFT, "mona")
    with pytest.raises(InvalidInput, match="NUL"):
        await desk.import_csv(made.id, EXAMPLE + b"\0", False)
    with pytest.raises(InvalidInput, match="column service_date is missing"):
        await desk.import_csv(made.id, EXAMPLE.replace(b"service_date", b"visit"), False)
    assert book.lead_rows == {}


async def test_a_finished_campaign_takes_no_list(desk: CampaignDesk, book: MemoryBook) -> None:
    made = await desk.create(DRAFT, "mona")
    await book.set_status(made.id, CampaignStatus.FINISHED, "mona", NOW)
    with pytest.raises(NotAllowedNow, match="finished"):
        await desk.import_csv(made.id, EXAMPLE, False)


async def test_a_list_outlives_its_template(book: MemoryBook) -> None:
    made = await CampaignDesk(book, load_templates(), lambda: NOW).create(DRAFT, "mona")
    without = CampaignDesk(book, {}, lambda: NOW)
    assert (await without.import_csv(made.id, EXAMPLE, False)).loaded == 10
    assert (await without.report(made.id)).votes == {}


async def test_the_region_reads_local_numbers(book: MemoryBook) -> None:
    local = EXAMPLE.replace(b"+1 202-555-0123", b"202-555-0123")
    abroad = CampaignDesk(book, load_templates(), lambda: NOW)
    made = await abroad.create(DRAFT, "mona")
    assert (await abroad.import_csv(made.id, local, True)).faulty == 1
    at_home = CampaignDesk(book, load_templates(), lambda: NOW, region="US")
    assert (await at_home.import_csv(made.id, local, True)).faulty == 0


async def test_a_fresh_list_is_reported_by_name(desk: CampaignDesk) -> None:
    made = await desk.create(DRAFT, "mona")
    await desk.import_csv(made.id, EXAMPLE, False)
    report = await desk.report(made.id)
    assert (report.at, report.campaign.id, report.attempts) == (NOW, made.id, 0)
    assert report.leads[LeadStatus.WAITING] == 10
    assert report.votes == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}
    assert len(report.not_reached) == 10
    assert {line.reason for line in report.not_reached} == {"not called yet"}
