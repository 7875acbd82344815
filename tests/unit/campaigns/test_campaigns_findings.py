"""The whole picture behind a verdict: what every rule says on its own."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from campaign_cases import campaign, customer, lead, utc, windows
from rule_cases import PACKS, contact

from campaigns.model import (
    AmdMode,
    Anchor,
    CampaignStatus,
    Consent,
    Disposition,
    LeadStatus,
    Purpose,
)
from campaigns.packs_folder import Choices, rule_book
from campaigns.rules.eligibility import case_of, verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.findings import Finding, findings
from campaigns.verdicts import LastVerdict, Verdict

BOOK = rule_book(PACKS, Choices(added=("carrier",)))
ALWAYS = windows(range(7), "00:00-00:00")
MADRID = customer(zones=("Europe/Madrid",), numbers=("+34912345678",))
LEAD = lead(number="+34912345678", due_at=utc("2026-01-01 00:00"), fields={})
CAMPAIGN = campaign(hours=ALWAYS, purpose=Purpose.MARKETING, status=CampaignStatus.RUNNING, anchor=None)
NOON = utc("2026-01-14 11:00")  # a Wednesday, noon in Madrid
NIGHT = utc("2026-01-14 22:30")


def told(
    moment: object = NOON, evidence: Evidence | None = None, **changes: object
) -> tuple[Verdict, tuple[Finding, ...]]:
    given = evidence or Evidence(consents=(Consent(Purpose.MARKETING, True, None, "form 7"),))
    about = (
        replace(LEAD, **changes.get("lead", {})),  # type: ignore[arg-type]
        replace(MADRID, **changes.get("customer", {})),  # type: ignore[arg-type]
        given,
        replace(CAMPAIGN, **changes.get("campaign", {})),  # type: ignore[arg-type]
        moment,
        BOOK,
    )
    return verdict(*about), findings(case_of(*about))  # type: ignore[arg-type]


def of(found: tuple[Finding, ...], rule: str, pack: str = "") -> list[Finding]:
    return [one for one in found if one.rule == rule and (not pack or one.pack == pack)]


def test_a_call_that_is_allowed_has_nothing_against_it() -> None:
    judged, found = told()
    assert judged.allowed
    assert all(one.allows for one in found)
    assert of(found, "no-pack")[0].text == "bound by es, carrier, house"
    assert of(found, "zone")[0].text == "judged in Europe/Madrid"
    assert {one.pack for one in of(found, "hours")} == {"es", "carrier", "house", ""}


def test_everything_that_stands_in_the_way_is_told_not_only_what_decides() -> None:
    judged, found = told(NIGHT, Evidence(suppressed=("opt-out",)), campaign={"status": CampaignStatus.PAUSED})
    assert judged.rule == "suppressed"
    against = {one.rule for one in found if not one.allows}
    assert against == {"suppressed", "consent", "campaign", "hours"}
    night = of(found, "hours", "es")[0]
    assert (night.allows, night.version) == (False, PACKS["es"].version)
    assert night.until is not None
    assert night.until > NIGHT


def test_used_and_left_of_every_cap_are_told() -> None:
    past = [contact(NOON - timedelta(hours=hours), LEAD.number) for hours in (1, 2, 3, 24)]
    _, found = told(evidence=Evidence(past=tuple(past)))
    day, week = of(found, "cap", "carrier")
    assert (day.allows, day.text) == (False, "3 of 3 calls per number within 24 hours are used")
    assert day.until == NOON + timedelta(hours=21)
    assert (week.allows, week.text, week.until) == (
        True, "4 of 10 calls per number within 7 days are used", None,
    )  # fmt: skip


def test_a_window_that_closes_is_told_while_it_is_open() -> None:
    anchor = Anchor("service_date", 0, 3)
    fields = {"service_date": "2026-01-13"}
    _, found = told(campaign={"anchor": anchor}, lead={"fields": fields})
    (window,) = of(found, "anchor")
    assert (window.allows, window.text, window.until) == (
        True, "only within 3 days of service_date", utc("2026-01-16 23:00"),
    )  # fmt: skip
    _, late = told(utc("2026-01-17 11:00"), campaign={"anchor": anchor}, lead={"fields": fields})
    (window,) = of(late, "anchor")
    assert (window.allows, window.until) == (False, None)


def test_a_retry_says_until_when() -> None:
    _, found = told(lead={"due_at": NOON + timedelta(hours=1), "last_at": NOON - timedelta(hours=1)})
    assert of(found, "due") == [
        Finding("due", False, "the next attempt is not due yet", until=NOON + timedelta(hours=1))
    ]
    _, found = told(lead={"due_at": NOON + timedelta(hours=1)})
    assert of(found, "due")[0].text == "the first attempt is not due yet"


OPENS = utc("2026-01-15 08:00")
SOON = NOON + timedelta(seconds=15)


def put_off(rule: str, reason: str, until: datetime, pack: str = "") -> dict[str, object]:
    """Return the changes of a lead that a refusal at its turn has put off."""
    return {"due_at": until, "verdict": LastVerdict(rule, reason, NOON, until, pack, "1")}


def test_a_lead_is_put_off_for_what_refuses_it_now_where_that_lasts_as_long() -> None:
    """By hours that have changed since, which say so in words of their own."""
    narrow = {"hours": windows(range(7), "09:00-10:00")}
    judged, found = told(NIGHT, campaign=narrow, lead=put_off("hours", "shut", OPENS, "es"))
    assert (judged.rule, judged.next_at) == ("hours", OPENS)
    assert judged.reason.startswith("Spain: 23:30 on a Wednesday")
    assert of(found, "due") == [
        Finding("due", False, "put off until then: shut", "es", PACKS["es"].version, OPENS)
    ]
    judged, _ = told(NIGHT, lead={"due_at": OPENS, "verdict": LastVerdict("due", "busy", NOON, OPENS)})
    assert (judged.rule, judged.reason) == ("due", "the first attempt is not due yet")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("in-call", "a call to this number is under way"),
        ("external", "the register says no"),
        ("hours", "outside the calling hours in Europe/Madrid"),  # which are open by now
    ],
)
def test_what_only_its_turn_could_tell_of_a_lead_is_told_until_it_is_asked_again(
    rule: str, reason: str
) -> None:
    judged, found = told(lead=put_off(rule, reason, SOON))
    assert (judged.allowed, judged.rule, judged.reason, judged.next_at) == (False, rule, reason, SOON)
    assert of(found, "due") == [Finding("due", False, f"put off until then: {reason}", until=SOON)]


def test_a_refusal_that_is_over_says_nothing_of_the_moment_a_lead_waits_for() -> None:
    last = LastVerdict("hours", "shut", NOON, NOON)
    assert told(lead={"due_at": SOON, "verdict": last})[0].rule == "due"
    assert told(lead={"due_at": NOON, "verdict": last})[0].allowed


@pytest.mark.parametrize("early", [timedelta(0), timedelta(minutes=15)], ids=["agreed", "from a list"])
def test_a_lead_that_is_due_for_a_wish_says_so(early: timedelta) -> None:
    """Put off to the beginning of what honours it, or due at the very moment that an agent agreed."""
    wished = NOON + timedelta(hours=2)
    last = LastVerdict("due", "asked to be called back", NOON, wished)
    consent = Consent(Purpose.MARKETING, True, None, "form 7")
    evidence = Evidence(consents=(consent,), appointment=wished)
    judged, found = told(evidence=evidence, lead={"due_at": wished - early, "verdict": last})
    words = "the customer wished to be called at 2026-01-14 14:00 in Europe/Madrid"
    assert (judged.rule, judged.reason, judged.next_at) == ("appointment", words, wished - early)
    assert of(found, "due")[0].text == f"put off until then: {words}"


@pytest.mark.parametrize(
    ("minutes", "allows", "end"),
    [
        (90, False, ""),
        (15, True, ": it holds no call back any more"),
        (-90, True, ": it holds no call back any more"),
    ],
)
def test_a_wish_is_told_whether_it_holds_or_not(minutes: int, allows: bool, end: str) -> None:
    wished = NOON + timedelta(minutes=minutes)
    consent = Consent(Purpose.MARKETING, True, None, "form 7")
    judged, found = told(evidence=Evidence(consents=(consent,), appointment=wished))
    (wish,) = of(found, "appointment")
    clock = (wished + timedelta(hours=1)).strftime("%H:%M")
    words = f"the customer wished to be called at 2026-01-14 {clock} in Europe/Madrid"
    assert (wish.allows, wish.text) == (allows, f"{words}{end}")
    assert wish.until == (None if allows else wished - timedelta(minutes=15))
    assert (judged.allowed, judged.rule == "appointment") == (allows, not allows)


def test_a_wish_nobody_can_mean_is_not_told() -> None:
    far = NOON.replace(year=9999, month=12, day=31)
    assert of(told(evidence=Evidence(appointment=far))[1], "appointment") == []


@pytest.mark.parametrize(
    ("minutes", "allows", "end"),
    [(None, True, ": there was none"), (2, False, ""), (5, True, ": that is over")],
)
def test_a_block_is_told_whether_it_holds_or_not(minutes: int | None, allows: bool, end: str) -> None:
    other = [] if minutes is None else [contact(NOON - timedelta(minutes=minutes), LEAD.number)]
    _, found = told(evidence=Evidence(past=tuple(replace(one, lead_id=9) for one in other)))
    (block,) = of(found, "block")
    words = "no call for 5 minutes after a call to this number or person for another lead"
    assert (block.allows, block.text, block.pack) == (allows, f"{words}{end}", "house")
    assert block.until == (None if allows else NOON + timedelta(minutes=3))


@pytest.mark.parametrize("status", [CampaignStatus.FINISHED, CampaignStatus.PAUSED, CampaignStatus.STOPPED])
def test_no_clock_says_until_when_a_campaign_does_not_run(status: CampaignStatus) -> None:
    judged, found = told(NIGHT, campaign={"status": status})
    (finding,) = of(found, "campaign")
    assert (finding.allows, finding.text, finding.until) == (False, f"the campaign is {status.value}", None)
    assert (judged.next_at is None) == (status is CampaignStatus.STOPPED)


@pytest.mark.parametrize("changes", [{"zones": ()}, {"zones": ("Mars/Base",)}, {"country": "AQ"}])
def test_what_cannot_be_judged_is_left_out(changes: dict[str, object]) -> None:
    judged, found = told(customer=changes)
    assert judged.rule in {"zone", "no-pack"}
    assert not of(found, judged.rule)[0].allows
    assert of(found, "hours") == []


def test_attempts_used_and_a_lead_that_is_done() -> None:
    tried = {Disposition.BUSY: 2}
    _, found = told(lead={"tried": tried, "status": LeadStatus.DONE, "closed_reason": "talked to"})
    assert of(found, "attempts")[0].text == f"2 of {CAMPAIGN.max_attempts} attempts are used"
    assert of(found, "closed") == [Finding("closed", False, "talked to")]


def test_broken_hours_of_a_campaign_are_no_hours() -> None:
    _, found = told(campaign={"hours": ()})
    assert of(found, "hours")[-1] == Finding("hours", False, "the campaign's calling hours are broken")


def test_detection_of_machines_is_told_whether_a_pack_objects_or_not() -> None:
    _, off = told()
    assert of(off, "amd") == [Finding("amd", True, "no pack objects to how the campaign detects machines")]
    judged, strict = told(campaign={"amd": AmdMode.STRICT})
    assert judged.rule == "amd"
    (finding,) = of(strict, "amd")
    assert not finding.allows
    assert finding.text == judged.reason
