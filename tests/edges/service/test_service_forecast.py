"""``dialer forecast`` and the child process that works one out, over a real database."""

import asyncio
import json
import os
import pickle
import re
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import typed
from plain_cases import plain_campaign, plain_row
from structlog.testing import capture_logs

from campaigns.errors import InvalidInput, NotAllowedNow, NotFound
from campaigns.lists import ListRow, LoadTerms
from campaigns.model import (
    CampaignStatus,
    Disposition,
    HoursWindow,
    RetryRule,
)
from dialer.forecast.window import Question
from service.errors import ForecastFailed
from service.forecast import forecast_from
from service.forecast_job import ForecastJob, ForecastReply
from service.forecast_process import ProcessForecasts
from service.forecast_screen import forecast_lines
from service.forecasting import replied
from service.settings import Settings
from service.settings_file import load_settings
from store.opening import open_store

NOW = datetime(2026, 6, 8, 15, 0, tzinfo=UTC)
WEEK = tuple(HoursWindow(day, time(9), time(18)) for day in range(7))
CAMPAIGN = plain_campaign(
    name="June revisit", status=CampaignStatus.PAUSED, company="Acme", caller_id="+34910000000",
    callback_number="", hours=WEEK, retries={Disposition.NO_ANSWER: RetryRule(3600, 3)}, max_attempts=4,
    wrap_up_s=20, max_channels=30, created_at=NOW,
)  # fmt: skip
TUESDAY = Question(1, 4, day=datetime(2026, 6, 9, tzinfo=UTC).date(), seeds=3, ends=time(11))


def row(index: int) -> ListRow:
    zones, number = ("Europe/Madrid",), f"+34912{index:06}"
    return plain_row(index, zones=zones, number=number, due_at=NOW - timedelta(days=1))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which campaign 1 has leads, 2 has none and 3 needs no agent."""
    place = tmp_path_factory.mktemp("filled") / "book.db"
    asyncio.run(_fill(f"sqlite:///{place}"))
    return place


@pytest.fixture
def settings(tmp_path: Path, filled: Path) -> Settings:
    """Settings with a copy of that database."""
    shutil.copyfile(filled, tmp_path / "book.db")
    (tmp_path / "dialer.toml").write_text('[database]\nurl = "sqlite:///book.db"\n')
    return load_settings(tmp_path / "dialer.toml", {})


async def _fill(url: str) -> None:
    store = await open_store(url)
    campaign = await store.campaign_book.add_campaign(CAMPAIGN)
    terms = LoadTerms(list_name="main")
    await store.campaign_book.load_rows(campaign.id, [row(index) for index in range(60)], terms)
    await store.campaign_book.add_campaign(replace(CAMPAIGN, name="Empty"))
    vote = await store.campaign_book.add_campaign(replace(CAMPAIGN, name="Vote", flow="vote"))
    await store.campaign_book.load_rows(vote.id, [row(1)], terms)
    await store.close()


def dialer(settings: Settings, *words: str) -> Any:
    file = settings.home.absolute() / "dialer.toml"
    return typed("forecast", *words, "--settings", file)


async def test_the_child_answers_what_the_desk_answers(settings: Settings) -> None:
    here = await forecast_from(settings, TUESDAY, NOW)
    there = await ProcessForecasts(settings, lambda: NOW).forecast(TUESDAY)
    assert there == here
    assert here.leads == 60
    assert here.connected.mid > 0


class Here(ProcessForecasts):
    """The child's work in this process, pickled both ways: starting one takes most of the time."""

    async def _work_out(self, job: ForecastJob) -> ForecastReply:
        answer = pickle.dumps(await replied(pickle.loads(pickle.dumps(job))))
        reply: ForecastReply = pickle.loads(answer)
        return reply


async def test_what_is_missing_comes_out_of_the_child(settings: Settings) -> None:
    with pytest.raises(NotFound, match="no campaign 9"):
        await ProcessForecasts(settings, lambda: NOW).forecast(replace(TUESDAY, campaign_id=9))


@pytest.mark.parametrize(
    ("question", "error", "words"),
    [
        (replace(TUESDAY, campaign_id=9), NotFound, "no campaign 9"),
        (replace(TUESDAY, agents=0), InvalidInput, "agents: 0 is not from 1 to 2000"),
        (replace(TUESDAY, campaign_id=2), InvalidInput, "campaign: Empty has no lead left to call"),
        (replace(TUESDAY, campaign_id=3), InvalidInput, "campaign: no agent speaks in Vote"),
        (replace(TUESDAY, day=NOW.date() - timedelta(days=1)), InvalidInput, "day: 2026-06-07 is over"),
    ],
)
async def test_what_cannot_be_forecast_is_told_as_what_it_is(
    settings: Settings, question: Question, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        await Here(settings, lambda: NOW).forecast(question)


async def test_without_a_database_the_reason_is_told(tmp_path: Path) -> None:
    (tmp_path / "dialer.toml").write_text("")
    nowhere = load_settings(tmp_path / "dialer.toml", {})
    with pytest.raises(ForecastFailed, match="there is no database yet"):
        await Here(nowhere, lambda: NOW).forecast(TUESDAY)


async def test_a_child_that_dies_is_a_fault_of_ours_and_in_the_log(settings: Settings) -> None:
    program = (sys.executable, "-c", "import sys; sys.stderr.write('no memory'); sys.exit(3)")
    with capture_logs() as logs, pytest.raises(ForecastFailed, match="ended with 3"):
        await ProcessForecasts(settings, lambda: NOW, program).forecast(TUESDAY)
    assert logs[0]["errors"] == "no memory"


SLEEPING = (
    sys.executable,
    "-c",
    "import os, sys, time; print(os.getpid(), file=open(sys.argv[1], 'w'), flush=True); time.sleep(600)",
)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """A pipe into which a child writes its id: reading it waits for that."""
    os.mkfifo(tmp_path / "pid")
    return tmp_path / "pid"


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_nobody_waiting_any_more_ends_the_child(settings: Settings, pipe: Path) -> None:
    forecasts = ProcessForecasts(settings, lambda: NOW, (*SLEEPING, str(pipe)))
    asking = asyncio.create_task(forecasts.forecast(TUESDAY))
    pid = int(await asyncio.to_thread(pipe.read_text))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert gone(pid)


async def test_more_than_a_few_at_once_are_told_to_come_back(settings: Settings, pipe: Path) -> None:
    forecasts = ProcessForecasts(settings, lambda: NOW, (*SLEEPING, str(pipe)))
    asking = [asyncio.create_task(forecasts.forecast(TUESDAY)) for _ in range(4)]
    await asyncio.to_thread(pipe.read_text)
    with pytest.raises(NotAllowedNow, match="4 forecasts are being worked out"):
        await forecasts.forecast(TUESDAY)
    for one in asking:
        one.cancel()
    assert {type(end) for end in await asyncio.gather(*asking, return_exceptions=True)} == {
        asyncio.CancelledError
    }


def test_the_command_prints_the_answer_and_its_figures(settings: Settings) -> None:
    shown = dialer(settings, "1", "--agents", "4", "--seeds", "2", "--shift", "09:00-12:00")
    assert shown.exit_code == 0, shown.output
    hours = r"(\d\d:\d\d–\d\d:\d\d|no calling hours in) Europe/Madrid"
    assert re.search(rf"^June revisit, [-\d]+, {hours}, 4 agents, progressive, ", shown.stdout)
    assert "with 4 agents" in shown.stdout or "Nobody may be called" in shown.stdout
    assert "answer rate           what is usual, 0 observations" in shown.stdout


def test_the_command_prints_one_object(settings: Settings) -> None:
    shown = dialer(settings, "1", "--agents", "4", "--seeds", "2", "--shift", "09:00-12:00", "--json")
    told = json.loads(shown.stdout)
    assert told["agents"] == 4
    assert told["leads"] == 60
    assert "\n".join(forecast_lines(told)).count("\n") >= 10
    assert set(told["need"]) == {"deadline", "low", "mid", "high"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9", "--agents", "4"], "no campaign 9"),
        (["2", "--agents", "4"], "Empty has no lead left to call"),
        (["1", "--agents", "0"], "agents: 0 is not from 1 to 2000"),
        (["1", "--agents", "4", "--day", "yesterday"], "--day 'yesterday' is not a day like 2026-11-30"),
        (["1", "--agents", "4", "--day", "2020-01-01"], "2020-01-01 is over"),
        (["1", "--agents", "4", "--until", "25:00"], "--until '25:00' is not a time like 15:00"),
        (["1", "--agents", "4", "--until", "15:00+02:00"], "is not a time like 15:00"),
        (["1", "--agents", "4", "--shift", "9"], "--shift '9' is not a shift like 09:00-17:00"),
        (["1", "--agents", "4", "--shift", "09:00-late"], "--shift 'late' is not a time"),
        (["1", "--agents", "4", "--mode", "genius"], "--mode 'genius' is not progressive"),
        (["1", "--agents", "4", "--mode", "ratio:many"], "--mode 'ratio:many' is not progressive"),
        (["1", "--agents", "4", "--zone", "Mars"], "zone: unknown time zone 'Mars'"),
    ],
)
def test_bad_input_is_one_line(settings: Settings, words: list[str], said: str) -> None:
    shown = dialer(settings, *words)
    assert shown.exit_code == 1
    assert shown.stdout == ""
    assert said in shown.stderr
    assert len(shown.stderr.strip().splitlines()) == 1
