"""The desk of a campaign manager over the book in memory."""

from dataclasses import replace

import pytest
from campaign_cases import list_row, utc

from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.errors import InvalidInput, NotFound
from campaigns.memory import MemoryBook
from campaigns.model import TEST_CALLS, AmdMode, CampaignStatus, LeadStatus
from campaigns.templates import format_hours, load_templates

NOW = utc("2026-11-21 16:00")
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


async def test_test_calls_have_a_campaign_that_nobody_else_makes_or_is_shown(desk: CampaignDesk) -> None:
    assert TEST_CALLS in load_templates()
    assert TEST_CALLS not in [one.name for one in desk.templates()]
    with pytest.raises(InvalidInput, match="no template 'test-call'"):
        await desk.create(replace(DRAFT, template=TEST_CALLS), "mona")
    made = await desk.create_for_test_calls(replace(DRAFT, template=TEST_CALLS), "service")
    assert made.for_test_calls
    assert list(await desk.all()) == []
    assert list(await desk.all(tests=True)) == [made]


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
                template="renewals",
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
        await desk.report(99, 1)
    with pytest.raises(NotFound):
        await desk.not_reached(99, 0, 1)
    with pytest.raises(NotFound):
        await desk.records(99, "", 1)


async def test_a_fresh_list_is_reported_by_name(desk: CampaignDesk, book: MemoryBook) -> None:
    made = await desk.create(DRAFT, "mona")
    await book.load_rows(made.id, [list_row(n) for n in range(10)])
    report = await desk.report(made.id, 3)
    assert (report.at, report.campaign.id, report.attempts) == (NOW, made.id, 0)
    assert report.leads[LeadStatus.WAITING] == 10
    assert report.votes == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0}
    assert (len(report.not_reached.lines), report.not_reached.total, report.not_reached.left) == (3, 10, 7)
    rest = await desk.not_reached(made.id, report.not_reached.lines[-1].lead_id, 100)
    assert (len(rest.lines), rest.left) == (7, 0)
    assert {line.reason for line in (*report.not_reached.lines, *rest.lines)} == {"not called yet"}
    with pytest.raises(InvalidInput, match="is no attempt of this campaign"):
        await desk.records(made.id, "a-99", 1)


async def test_a_campaign_may_add_rule_packs_that_there_are(book: MemoryBook) -> None:
    desk = CampaignDesk(book, load_templates(), lambda: NOW, packs=lambda: ("carrier", "uk"))
    made = await desk.create(replace(DRAFT, packs=("carrier", "carrier")), "mona")
    assert (await book.campaign(made.id)).packs == ("carrier",)
    with pytest.raises(InvalidInput) as caught:
        await desk.create(replace(DRAFT, name="other", packs=("carier",)), "mona")
    (fault,) = caught.value.faults
    assert (fault.place, fault.problem) == ("packs", "no rule pack 'carier'; there are: carrier, uk")


async def test_other_hours_and_further_packs_are_stored_and_told(book: MemoryBook) -> None:
    told: list[int] = []

    desk = CampaignDesk(book, load_templates(), lambda: NOW, lambda: ("carrier", "es"), told.append)
    made = await desk.create(replace(DRAFT, packs=("es",)), "mona")
    changed = await desk.change_rules(made.id, {"mon": "10:00-11:00"}, ("carrier",), "mona")
    assert (changed.packs, format_hours(changed.hours)["mon"]) == (("es", "carrier"), "10:00-11:00")
    assert await desk.get(made.id) == changed
    assert told == [made.id]
    assert await desk.change_rules(made.id, None, ("es",), "mona") == changed
    assert told == [made.id]


async def test_another_weight_is_stored_and_told_once(book: MemoryBook) -> None:
    told: list[int] = []
    desk = CampaignDesk(book, load_templates(), lambda: NOW, weighed=lambda one: told.append(one.weight))
    made = await desk.create(replace(DRAFT, weight=2), "mona")
    assert made.weight == 2
    changed = await desk.weigh(made.id, 5, "mona")
    assert changed == replace(made, weight=5) == await desk.get(made.id)
    assert await desk.weigh(made.id, 5, "mona") == changed
    assert told == [5]
    for wrong in (0, 11):
        with pytest.raises(InvalidInput) as refusal:
            await desk.weigh(made.id, wrong, "mona")
        assert [fault.place for fault in refusal.value.faults] == ["weight"]
    with pytest.raises(NotFound):
        await desk.weigh(77, 1, "mona")


async def test_every_fault_of_changed_rules_is_named_and_nothing_changes(book: MemoryBook) -> None:
    desk = CampaignDesk(book, load_templates(), lambda: NOW, lambda: ("carrier",))
    made = await desk.create(DRAFT, "mona")
    with pytest.raises(InvalidInput) as refusal:
        await desk.change_rules(made.id, {"mon": "11:00-10:00"}, ("gone",), "mona")
    assert [fault.place for fault in refusal.value.faults] == ["packs", "hours.mon"]
    assert await desk.get(made.id) == made
    with pytest.raises(NotFound):
        await desk.change_rules(77, None, (), "mona")


async def test_detection_of_machines_is_off_unless_it_is_asked_for(desk: CampaignDesk) -> None:
    made = await desk.create(DRAFT, "mona")
    assert (made.amd, made.machine_message, made.amd_check_share) == (AmdMode.OFF, False, 0.05)
    asked = replace(
        DRAFT, name="Screened", amd=AmdMode.HUMAN_FIRST, machine_message=True, amd_check_share=0.0
    )
    made = await desk.create(asked, "mona")
    assert (made.amd, made.machine_message, made.amd_check_share) == (AmdMode.HUMAN_FIRST, True, 0.0)
    with pytest.raises(InvalidInput) as refusal:
        await desk.create(replace(DRAFT, name="Odd", machine_message=True, amd_check_share=-0.1), "mona")
    assert [fault.place for fault in refusal.value.faults] == ["machine_message", "amd_check_share"]
