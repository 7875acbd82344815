"""Why a campaign is or is not dialing: every lead in one line, and what is told first."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from campaign_cases import campaign, utc

from campaigns.due_now import LeadGroup, as_judged, one_in
from campaigns.model import TEST_CALLS, CampaignStatus, DialMode, LeadStatus
from campaigns.rules.finals import CAMPAIGN, FINAL
from campaigns.rules.passing import PASSING
from campaigns.rules.refusals import FOR_GOOD
from campaigns.verdicts import Verdict
from campaigns.why import Why, explain
from campaigns.why_facts import NOT_RUNNING, Live
from campaigns.why_lines import BY_RULE, remaining_in_words

NOW = utc("2026-11-21 16:00")
LATER = NOW + timedelta(hours=2)
WORKING = Live(service=True, at_work=True, switch_up=True, agents={"ready": 1, "offline": 3}, allowed=1)
RUNNING = campaign(status=CampaignStatus.RUNNING, status_by="mona", status_at=NOW, status_reason="started")
W, H, C, R, D = LeadStatus.WAITING, LeadStatus.HELD, LeadStatus.CLAIMED, LeadStatus.REFUSED, LeadStatus.DONE


def group(status: LeadStatus, leads: int, *, rule: str = "", due: int = 0, **changes: object) -> LeadGroup:
    plain = LeadGroup(status, rule, "", "", leads, due, None if due == leads else LATER)
    return replace(plain, **changes)  # type: ignore[arg-type]


DUE, LATE = group(W, 3, due=3), group(W, 2)


def why(*groups: LeadGroup, live: Live = WORKING, **changes: object) -> Why:
    return explain(replace(RUNNING, **changes), NOW, groups, live)  # type: ignore[arg-type]


def codes(answer: Why) -> list[str]:
    return [reason.code for reason in answer.reasons]


@pytest.mark.parametrize(
    ("live", "groups", "code", "text"),
    [
        (NOT_RUNNING, [DUE], "service-down", "no service of this folder is running"),
        (Live(True), [DUE], "not-at-work", "the service is not dialing for it yet"),
        (replace(WORKING, switch_up=False), [DUE], "switch-down", "the link to the switch is down"),
        (WORKING, [], "empty", "the list is empty"),
        (
            replace(WORKING, trunks_down=("acme not registered (Rejected)",), no_trunk_works=True, calls=1),
            [DUE],
            "trunks-down",
            "no trunk works: acme not registered (Rejected)",
        ),
        (replace(WORKING, calls=1), [DUE], "dialing", "dialing: 1 call under way"),
        (replace(WORKING, calls=2), [DUE], "dialing", "dialing: 2 calls under way"),
        (
            replace(WORKING, came_to="no trunk with room"),
            [DUE],
            "trunk-limit",
            "every trunk that carries these numbers is full or at its rate",
        ),
        (
            replace(WORKING, came_to="the switch did not take it", fault="no such trunk"),
            [DUE],
            "switch-refused",
            "the switch did not take the last call: no such trunk",
        ),
        (
            replace(WORKING, allowed=0, bound="no idle agent", agents={"talking": 2, "wrap_up": 1}),
            [DUE],
            "no-agent",
            "no agent is free for a call: 2 talking, 1 wrap up",
        ),
        (
            replace(WORKING, allowed=0, bound="no idle agent", agents={"ready": 1}, callers_waiting=1),
            [DUE],
            "no-agent",
            "no agent is free for a call: 1 ready; callers waiting on the hotline come first: 1",
        ),
        (
            replace(WORKING, allowed=0, bound="no idle agent", agents={"ready": 2, "talking": 1}),
            [DUE],
            "no-agent",
            (
                "every ready agent is taken by a call under way or just being placed, or leaves soon: "
                "2 ready, 1 talking"
            ),
        ),
        (
            replace(WORKING, allowed=0, bound="no idle agent", agents={"offline": 3}),
            [DUE],
            "no-agent",
            "no agent is logged in",
        ),
        (
            replace(WORKING, allowed=0, bound="channels"),
            [DUE],
            "bound",
            f"all {RUNNING.max_channels} channels of the campaign are in use",
        ),
        (
            replace(WORKING, allowed=0, bound="calls per second"),
            [DUE],
            "bound",
            f"the campaign places {RUNNING.calls_per_second:g} calls a second and no more",
        ),
        (replace(WORKING, allowed=0, bound="abandon guard"), [DUE], "bound", "abandon guard"),
        (WORKING, [DUE, LATE], "about-to-dial", "the next lead is about to be called"),
        (WORKING, [LATE], "nothing-due", "nobody is due yet"),
        (WORKING, [group(H, 4)], "all-held", "whoever is left is held: the list is switched off"),
        (WORKING, [group(R, 4)], "all-refused", "whoever is left is refused until something changes"),
        (WORKING, [group(D, 4)], "all-done", "every lead is done or being called"),
    ],
)
def test_the_headline_of_a_running_campaign(
    live: Live, groups: list[LeadGroup], code: str, text: str
) -> None:
    answer = why(*groups, live=live)
    assert (answer.headline.code, answer.headline.text) == (code, text)
    assert answer.headline == answer.reasons[0]


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (CampaignStatus.DRAFT, "the campaign was never started"),
        (CampaignStatus.PAUSED, "paused by mona: lunch"),
        (CampaignStatus.STOPPED, "stopped by mona: lunch"),
    ],
)
def test_a_campaign_that_does_not_run_says_by_whom_and_since_when(status: CampaignStatus, text: str) -> None:
    answer = why(DUE, status=status, status_reason="lunch")
    assert (answer.headline.code, answer.headline.text) == (status.value, text)
    assert answer.headline.since == (None if status is CampaignStatus.DRAFT else NOW)
    assert codes(answer) == [status.value, "due"]


@pytest.mark.parametrize(
    ("groups", "told", "also"),
    [
        ([group(D, 4)], "finished by mona: every lead is done", []),
        ([], "its lists are empty: load one and start it again; it is finished", []),
        (
            [DUE, LATE, group(D, 4), group(H, 1)],
            "5 leads wait: start it again to have them called; it is finished",
            [],
        ),
        (
            [group(W, 1)],
            "1 lead waits: start it again to have them called; it is finished",
            ["nothing-due"],
        ),
        (
            [group(H, 4), group(D, 1)],
            "4 leads are held: switch their list on and start it again; it is finished",
            [],
        ),
        ([group(R, 2, rule="consent"), group(D, 1)], "finished by mona: 2 refused: 2 without consent", []),
    ],
)
def test_a_finished_campaign_says_what_is_true_of_the_leads_it_has_now(
    groups: list[LeadGroup], told: str, also: list[str]
) -> None:
    answer = why(*groups, status=CampaignStatus.FINISHED, status_reason="every lead is done")
    assert (answer.headline.text, answer.headline.since) == (told, NOW)
    assert codes(answer) == ["finished", *also]


def test_without_the_service_that_is_told_first_and_the_pause_next() -> None:
    answer = why(LATE, live=NOT_RUNNING, status=CampaignStatus.PAUSED)
    assert codes(answer) == ["service-down", "paused", "nothing-due"]


def test_dialing_tells_what_bounds_it_too() -> None:
    answer = why(DUE, live=replace(WORKING, calls=2, allowed=0, bound="channels"))
    assert codes(answer) == ["dialing", "bound"]


def test_some_reason_applies_whatever_is_so() -> None:
    """No combination leaves the page without an answer."""
    sizes = [(), (DUE,), (LATE,), (group(H, 1),), (group(R, 1),), (group(C, 1),), (group(D, 1),)]
    lives = [
        Live(service, at_work, up, calls, bound=bound, allowed=allowed, came_to=came_to)
        for service, at_work, up in product((False, True), repeat=3)
        for calls, allowed in product((0, 1), repeat=2)
        for bound in ("", "no idle agent", "channels")
        for came_to in ("", "no trunk with room", "no ready agent")
    ]
    for status, live, groups in product(CampaignStatus, lives, sizes):
        answer = why(*groups, live=live, status=status)
        assert answer.headline.text


def test_every_lead_is_in_one_line_and_each_line_says_from_when_on() -> None:
    soon = NOW + timedelta(hours=1)
    answer = why(
        group(D, 5),
        group(H, 4),
        group(H, 1, rule="hours", pack="es"),
        group(C, 2),
        group(R, 7, rule="consent", pack="es", example="Spain: none is on record"),
        DUE,
        LATE,
        group(W, 6, rule="hours", due=1, pack="es", zone="Europe/Madrid", next_at=soon),
        group(W, 3, rule="due"),
        group(W, 1, rule="cap", pack="carrier"),
    )
    told = [(line.code, line.leads, line.next_at) for line in answer.lines]
    assert told == [
        ("calling", 2, None),
        ("due-now", 4, None),
        ("not-due", 2, LATER),
        ("hours", 5, soon),
        ("retry", 3, LATER),
        ("cap", 1, LATER),
        ("consent", 7, None),
        ("held", 5, None),
        ("done", 5, None),
    ]
    texts = [line.text for line in answer.lines]
    assert texts[3] == "outside the calling hours in Europe/Madrid"
    assert texts[5] == "called as often as the pack carrier allows"
    assert texts[6] == "without consent"
    assert answer.lines[6].example == "Spain: none is on record"
    assert sum(line.leads for line in answer.lines) == answer.total == 34
    assert (answer.due, answer.next_at) == (4, soon)


def test_nothing_is_due_ever_when_only_a_change_helps() -> None:
    assert why(group(R, 2, rule="suppressed"), group(D, 1)).next_at is None


def test_every_rule_of_a_verdict_has_words() -> None:
    rules = {
        *(rule for rule, _ in (*FINAL, *PASSING)), "holiday", "hours", "in-call", "no-carrier",
    }  # fmt: skip
    assert set(BY_RULE) == rules - {*FOR_GOOD, CAMPAIGN}


def test_a_campaign_finishes_with_who_was_refused_by_what() -> None:
    assert remaining_in_words([group(D, 3)]) == "every lead is done"
    assert remaining_in_words([]) == "its lists are empty"
    left = [group(R, 2, rule="consent", pack="es"), group(D, 3), group(R, 5, rule="suppressed")]
    assert remaining_in_words(left) == "7 refused: 5 on a do-not-call list, 2 without consent"


def shut(zone: str, hours: int = 2, rule: str = "hours") -> Verdict:
    until = NOW + timedelta(hours=hours)
    return Verdict(False, rule, f"shut in {zone}", until, "house", "1", (zone,), zone)


MAY = Verdict(True, "allowed", "may be called now")
NO_CONSENT = Verdict(False, "consent", "none is on record", None, "es")
NO_AGENTS = replace(WORKING, allowed=0, bound="no idle agent", agents={"offline": 3})


def judged(verdicts: list[Verdict], *groups: LeadGroup, live: Live = NO_AGENTS) -> Why:
    return explain(RUNNING, NOW, as_judged(groups, verdicts), live)


def test_shut_hours_are_told_before_the_agents_who_are_not_there() -> None:
    """Nobody was judged yet, and as long as no agent comes nobody will be."""
    answer = judged([shut("Europe/Madrid"), shut("Europe/Madrid", 1), shut("Asia/Tokyo", 9)], DUE)
    assert codes(answer) == ["nothing-due", "no-agent"]
    assert answer.headline.text == (
        "nobody may be called now: 2 outside the calling hours in Europe/Madrid, 1 for other reasons"
    )
    assert (answer.headline.until, answer.headline.zone) == (NOW + timedelta(hours=1), "Europe/Madrid")
    assert (answer.total, answer.due, answer.due_estimated) == (3, 0, False)
    assert answer.next_at == NOW + timedelta(hours=1)


def test_the_headline_holds_until_the_first_of_all_may_be_called() -> None:
    """Whoever holds most of them, and whether a rule holds the first at all."""
    capped = group(W, 3, rule="cap", pack="acc", next_at=NOW + timedelta(days=1))
    soon = group(W, 1, rule="hours", pack="house", zone="Europe/Madrid", next_at=NOW + timedelta(minutes=15))
    answer = why(capped, soon)
    assert answer.headline.text.endswith("3 called as often as the pack acc allows, 1 for other reasons")
    assert (answer.headline.until, answer.headline.zone) == (answer.next_at, "Europe/Madrid")
    assert answer.next_at == NOW + timedelta(minutes=15)
    loaded = group(W, 2, next_at=NOW + timedelta(minutes=5))
    assert why(capped, soon, loaded).headline.until == NOW + timedelta(minutes=5)
    assert why(loaded).headline.until == NOW + timedelta(minutes=5)


def test_a_lead_before_an_agent_is_not_told_as_being_called() -> None:
    for mode, told in ((DialMode.PROGRESSIVE, "being called now"), (DialMode.PREVIEW, "before an agent, or")):
        answer = explain(replace(RUNNING, mode=mode), NOW, [group(C, 1)], WORKING)
        assert answer.lines[0].text.startswith(told)


@pytest.mark.parametrize(
    ("agents", "looked_at", "code", "text"),
    [
        ({"offline": 2}, 0, "no-agent", "no agent is logged in"),
        ({"paused": 3}, 0, "no-agent", "no agent is free for a call: 3 paused"),
        ({"preview": 1}, 0, "no-agent", "no agent is free for a call: 1 preview"),
        (
            {"preview": 1, "paused": 2},
            1,
            "bound",
            "no agent has asked for the call of the lead before him",
        ),
        ({"ready": 1}, 0, "about-to-dial", "the next lead is about to be laid before an agent"),
    ],
)
def test_a_preview_without_anybody_to_look_says_what_the_agents_do(
    agents: dict[str, int], looked_at: int, code: str, text: str
) -> None:
    """Also of an agent who looks at a lead of another campaign."""
    live = replace(WORKING, allowed=0, bound="agents who asked", agents=agents, looked_at=looked_at)
    answer = why(DUE, live=live, mode=DialMode.PREVIEW)
    assert [(reason.code, reason.text) for reason in answer.reasons] == [(code, text)]


def test_leads_refused_just_now_stand_with_those_that_were_refused_before() -> None:
    parked = group(W, 6, rule="hours", due=1, pack="house", zone="Europe/Madrid", next_at=LATER)
    answer = judged([shut("Europe/Madrid", 1), MAY, NO_CONSENT, shut("Europe/Madrid")], DUE, LATE, parked)
    told = [(line.code, line.leads, line.next_at, line.estimated) for line in answer.lines]
    assert told == [
        ("due-now", 1, None, False),
        ("not-due", 2, LATER, False),
        ("hours", 7, NOW + timedelta(hours=1), False),
        ("consent", 1, None, False),
    ]
    assert (answer.total, answer.due) == (11, 1)
    assert codes(answer) == ["no-agent"]


def test_a_sample_stands_for_all_and_its_figures_add_up_and_say_so() -> None:
    answer = judged([MAY, shut("Europe/Madrid"), shut("Europe/Madrid")], group(W, 1000, due=1000))
    assert [(line.code, line.leads, line.estimated) for line in answer.lines] == [
        ("due-now", 333, True),
        ("hours", 667, True),
    ]
    assert (answer.total, answer.due, answer.due_estimated) == (1000, 333, True)
    none = judged([shut("Europe/Madrid")] * 3, group(W, 1000, due=1000))
    assert (
        none.headline.text
        == "nobody may be called now: about 1000 outside the calling hours in Europe/Madrid"
    )


def test_whoever_is_out_of_attempts_counts_as_done() -> None:
    answer = judged([Verdict(False, "attempts", "all attempts are used up")], group(W, 1, due=1))
    assert [(line.code, line.leads) for line in answer.lines] == [("done", 1)]


def test_due_leads_that_nobody_could_judge_stay_as_they_are() -> None:
    assert judged([], DUE, LATE).due == 3


@pytest.mark.parametrize(("due", "part"), [(0, 1), (1, 1), (400, 1), (401, 2), (1_000_000, 2_500)])
def test_a_bounded_part_of_the_due_leads_is_judged(due: int, part: int) -> None:
    assert one_in(due) == part


def test_a_campaign_of_test_calls_says_that_it_calls_nobody_by_itself() -> None:
    live = Live(True, switch_up=True)
    answer = why(DUE, live=live, template=TEST_CALLS)
    assert answer.headline.text == "it takes test calls alone (`dialer call`): nobody is called by itself"
    assert "not-at-work" not in codes(answer)


def test_a_trunk_that_is_down_beside_others_is_told_beside_what_decides() -> None:
    live = replace(WORKING, trunks_down=("acme does not answer",))
    answer = why(LATE, live=live)
    assert codes(answer) == ["nothing-due", "trunks-down"]
    assert answer.reasons[1].text == "not every trunk works: acme does not answer"
    assert codes(why(group(D, 4), live=live)) == ["all-done"]
    assert "trunks-down" not in codes(why(DUE, live=live, status=CampaignStatus.PAUSED))


def test_while_leads_are_judged_again_that_is_told_before_what_the_old_rules_said_of_them() -> None:
    answer = why(LATE, live=replace(WORKING, judging_again=True))
    assert codes(answer) == ["judging-again", "nothing-due"]


@pytest.mark.parametrize(("away", "code"), [(True, "database-unusable"), (False, "rounds-fail")])
def test_what_keeps_it_from_storing_goes_before_calls_under_way(away: bool, code: str) -> None:
    since = NOW - timedelta(minutes=3)
    live = replace(WORKING, calls=2, fails_since=since, fails="disk full", books_shut=away)
    answer = why(DUE, live=live)
    assert (answer.headline.code, answer.headline.since) == (code, since)
    assert "disk full; tried again each second" in answer.headline.text
    assert code not in codes(why(DUE, live=live, status=CampaignStatus.PAUSED))
