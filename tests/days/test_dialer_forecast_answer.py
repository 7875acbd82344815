"""The whole forecast: its sums, its words, and whether the truth lies in its ranges as often as it should."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from forecast_cases import CAMPAIGN, MADRID, NEW_YORK, NOW, RULES, SURE, TUESDAY, claim, plan_of, roll_of

from campaigns.errors import InvalidInput, NotFound
from campaigns.lists import ListRow, LoadTerms
from campaigns.memory import MemoryBook
from campaigns.model import CustomerClass, DialMode
from dialer.forecast.answer import forecast, left_over
from dialer.forecast.desk import ForecastDesk, pacing_of
from dialer.forecast.memory import MemoryForecastBook, MemoryLearnedBook
from dialer.forecast.play import Pacing, play
from dialer.forecast.result import Finish, Forecast, LeftOver, Need, Range, moments
from dialer.forecast.window import Question
from dialer.memory_book import MemoryCallBook
from dialer.pacing.budgets import BudgetKind


def asked(**changes: object) -> Question:
    return replace(Question(1, 4, day=TUESDAY, zone=MADRID, seeds=5), **changes)  # type: ignore[arg-type]


def made(leads: int = 120, **changes: object) -> Forecast:
    found = [claim(index) for index in range(1, leads + 1)]
    found += [claim(2_000 + index, suppressed=("national",)) for index in range(7)]
    found += [
        claim(3_000 + index, number=f"+4930123{index:04}", zones=("Europe/Berlin",)) for index in range(3)
    ]
    return forecast(asked(**changes), roll_of(found), SURE, Pacing(), NOW)


def test_reasons_add_up_to_all_who_are_left_and_with_those_talked_to_to_all_leads() -> None:
    found = made(60)
    assert found.leads == 70
    assert found.may_be_called == 60
    plan = plan_of(roll_of([claim(index) for index in range(1, 61)]))
    days = [play(plan, SURE, Pacing(), 4, seed) for seed in (1, 2, 3)]
    for one in days:
        told = left_over(plan, [one])
        assert sum(line.leads.mid for line in told) == 60 - one.connected
    assert found.connected.mid + found.left_in_all.mid == pytest.approx(70, abs=3)
    codes = {line.code: line.leads.mid for line in found.left}
    assert (codes["suppressed"], codes["no-pack"]) == (7, 3)
    assert [line.leads.mid for line in found.left] == sorted(
        (line.leads.mid for line in found.left), reverse=True
    )


def test_the_answer_in_words() -> None:
    words = made(60, until=time(12, 30)).in_words()
    assert "with 4 agents. For all who may be called before 12:30 you need " in words
    assert "7 on a do-not-call list; 3 without a rule pack for their country" in words
    assert words.startswith("Done by ")


def test_a_day_on_which_nobody_may_be_called_is_said_in_one_sentence() -> None:
    found = made(day=date(2026, 6, 14))
    assert found.in_words() == (
        "Nobody may be called on 2026-06-14: 120 outside the calling hours in Europe/Madrid; "
        "7 on a do-not-call list; 3 without a rule pack for their country."
    )
    assert found.days == 1
    assert (found.need.mid, found.attempts.high, found.finished_share) == (0, 0, 1.0)


def test_too_few_agents_are_told_so() -> None:
    found = made(200, agents=1, until=time(10), seeds=2, ends=time(12))
    assert found.in_words().startswith(
        "Not done by 12:00 with 1 agent. For all who may be called before 10:00"
    )
    assert found.finish.mid is None
    assert found.finished_share == 0.0
    assert found.left[0].code == "agent-time"
    assert f"{found.left[0].leads.mid:.0f}" in found.in_words()


def test_bounds_of_the_campaign_are_noted() -> None:
    found = made(50, agents=40)
    assert found.notes == ("the campaign allows 30 calls at once, fewer than there are agents",)


def test_the_same_question_has_the_same_answer() -> None:
    assert made(20) == made(20)


def test_faults_of_a_question_come_before_the_work() -> None:
    with pytest.raises(InvalidInput, match="0 is not from 1"):
        made(agents=0)
    with pytest.raises(InvalidInput, match="is over"):
        made(day=date(2026, 6, 1))


def test_words_of_a_forecast_in_every_case() -> None:
    at = datetime(2026, 6, 9, 14, 40, tzinfo=UTC)
    one = Range(1, 1, 1)
    base = Forecast(
        1, "June", TUESDAY, MADRID, at, at + timedelta(hours=2), 12, "progressive", 10, 900, 800,
        Finish(at, at + timedelta(minutes=40), None), 0.9, Finish(at, at, at), one, one, one, one,
        tuple(LeftOver(f"r{number}", f"reason {number}", Range(2, 3, 4)) for number in range(7)),
        Range(300, 312.5, 340), Need(at, 13, 15, None), (),
    )  # fmt: skip
    assert base.in_words() == (
        "Done by 17:20 (16:40–not at all) with 12 agents. For all who may be called before 16:40 you need 15 "
        "(13–more than any). 313 (300–340) will be left: 3 (2–4) reason 0; 3 (2–4) reason 1; "
        "3 (2–4) reason 2; 3 (2–4) reason 3; 3 (2–4) reason 4; 6 for other reasons."
    )
    none_left = replace(base, left=(), left_in_all=Range(0, 0, 0), need=Need(at, None, None, None))
    assert none_left.in_words().endswith(
        "No number of agents is enough for all who may be called before 16:40. Nobody will be left."
    )


def test_the_midnight_that_ends_the_day_is_24_00_and_the_one_that_begins_it_0_00() -> None:
    madrid = made(10, seeds=1)
    first = datetime(2026, 6, 8, 22, tzinfo=UTC)
    found = replace(madrid, opens=first, closes=first + timedelta(days=1))
    assert found.hours == "00:00–24:00 Europe/Madrid"
    assert "before 24:00 you need 1." in replace(found, need=Need(found.closes, 1, 1, 1)).in_words()
    assert replace(found, closes=first).hours == "no calling hours in Europe/Madrid"


def test_quantiles_of_values_and_of_moments() -> None:
    assert Range.of(range(19)) == Range(1, 9, 17)
    assert Range.of(range(9)) == Range(0, 4, 8)
    assert Range.of([4]) == Range(4, 4, 4)
    start = datetime(2026, 6, 9, tzinfo=UTC)
    found = moments([60.0, None, 0.0, 120.0, None], lambda second: start + timedelta(seconds=second))
    assert found == Finish(start, start + timedelta(seconds=120), None)


def row(index: int) -> ListRow:
    zones = (MADRID,) if index % 2 else (NEW_YORK,)
    number = f"+34912{index:06}" if index % 2 else f"+1212555{index:04}"
    return ListRow(f"C-{index}", f"N {index}", "", "en", CustomerClass.ORDINARY, zones, number, NOW, {}, {})


async def desk_over(
    rows: int, needs_agent: bool = True, mode: DialMode = DialMode.PROGRESSIVE
) -> ForecastDesk:
    book = MemoryBook()
    campaign = await book.add_campaign(replace(CAMPAIGN, mode=mode))
    if rows:
        await book.load_rows(campaign.id, [row(index) for index in range(rows)], LoadTerms(list_name="main"))
    reading = MemoryForecastBook(MemoryCallBook(book))
    return ForecastDesk(reading, MemoryLearnedBook(), RULES, lambda: NOW, lambda _: needs_agent)


async def test_the_desk_reads_the_campaign_and_answers() -> None:
    found = await (await desk_over(60)).forecast(Question(1, 5, seeds=2))
    assert (found.campaign, found.leads, found.day) == ("June revisit", 60, TUESDAY)
    assert found.zone in (MADRID, NEW_YORK)
    assert found.connected.mid > 0


async def test_the_desk_refuses_what_cannot_be_forecast() -> None:
    desk = await desk_over(3)
    with pytest.raises(NotFound):
        await desk.forecast(Question(9, 5))
    with pytest.raises(InvalidInput, match="no agent speaks in June revisit"):
        await (await desk_over(3, needs_agent=False)).forecast(Question(1, 5))
    with pytest.raises(InvalidInput, match="June revisit has no lead left to call"):
        await (await desk_over(0)).forecast(Question(1, 5))


async def test_another_mode_can_be_tried() -> None:
    desk = await desk_over(30)
    found = await desk.forecast(Question(1, 2, seeds=2, mode=DialMode.PREDICTIVE, ends=time(10), zone=MADRID))
    assert found.mode == "predictive"


async def test_the_campaigns_own_mode_and_the_limits_of_its_packs_are_played() -> None:
    london = [claim(index, number=f"+44207946{index:04}", zones=("Europe/London",)) for index in range(1, 9)]
    pacing = pacing_of(roll_of(london), DialMode.PREDICTIVE, 1.0)
    assert any(budget.kind is BudgetKind.ZERO for budget in pacing.budgets)
    assert pacing.min_ring_s is not None
    plan = plan_of(roll_of(london), zone="Europe/London", ends=time(10))
    assert (
        play(plan, SURE, pacing, 2, 1).abandoned == 0
    )  # nobody may be abandoned: calls wait for their agent
    assert pacing_of(roll_of(london), DialMode.PROGRESSIVE, 1.0).budgets == ()


@pytest.mark.parametrize("mode", [DialMode.PREDICTIVE, DialMode.RATIO, DialMode.PREVIEW])
async def test_without_a_mode_in_the_question_the_campaigns_own_is_taken(mode: DialMode) -> None:
    desk = await desk_over(30, mode=mode)
    found = await desk.forecast(Question(1, 2, seeds=1, ends=time(10), zone=MADRID))
    preview = mode is DialMode.PREVIEW
    assert found.mode == ("progressive" if preview else mode.value)
    assert any("preview is played as progressive" in note for note in found.notes) is preview


async def test_a_campaign_paced_by_channels_is_refused() -> None:
    with pytest.raises(InvalidInput, match="June revisit is paced by its channels"):
        await (await desk_over(3, mode=DialMode.AGENTLESS)).forecast(Question(1, 5))
