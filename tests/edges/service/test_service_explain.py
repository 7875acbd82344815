"""``dialer explain``: from the running service, else from the database, and the same shape from both."""

import asyncio
import json
import socket
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import Result
from command_line import typed

from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.lists import ListRow
from campaigns.model import CustomerClass
from campaigns.templates import load_templates
from console.schemas.why import PersonWhyOut, WhyOut
from service.tokens import tokens_of
from service.why_screen import campaign_lines
from store.opening import open_store

NOON = datetime(2026, 11, 3, 12, 0, tzinfo=UTC)


def explain(*words: str) -> Result:
    return typed("explain", *words)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    for name in ("DIALER_SETTINGS", "DIALER_AMI_SECRET", "DIALER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        (tmp_path / "dialer.toml").write_text(
            f'[http]\nport = {closed.getsockname()[1]}\n[database]\nurl = "sqlite:///book.db"\n'
        )
        yield tmp_path


async def fill() -> None:
    store = await open_store("sqlite:///book.db")
    desk = CampaignDesk(store.campaign_book, load_templates(), lambda: NOON)
    made = await desk.create(CampaignDraft("Revisits", "revisit", "Acme", "", ""), "mona")
    rows = [
        ListRow(
            f"C-{index}", "Ann", "", "en", CustomerClass.VIP, ("Europe/Madrid",), f"+3491234567{index}",
            NOON, {"service_date": "2026-11-02"}, {},
        )
        for index in range(2)
    ]  # fmt: skip
    await store.campaign_book.load_rows(made.id, rows)
    await store.campaign_book.suppress("+34912345671", "asked", "mona", NOON)
    await store.close()


def test_without_the_service_the_database_answers_and_that_is_told_first(home: Path) -> None:
    asyncio.run(fill())
    tokens_of(home / "var" / "tokens.json", [])
    result = explain("1")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "Revisits (draft): no service of this folder is running",
        "  also: the campaign was never started",
        "  also: whoever is left is refused until something changes",
        "2 leads, 0 of them due now",
        "  1  outside the days around their date (more than 3 days after service_date)",
        "  1  on a do-not-call list (on the do-not-call list opt-out)",
        "nothing here passes with time: only a change can let a lead be called",
    ]
    told = json.loads(explain("1", "--json").stdout.splitlines()[-1])
    assert WhyOut.model_validate(told).headline.code == "service-down"


def test_one_person_in_full_from_the_database() -> None:
    asyncio.run(fill())
    told = json.loads(explain("1", "C-1", "--json").stdout.splitlines()[-1])
    (lead,) = PersonWhyOut.model_validate(told).leads
    assert (lead.verdict.rule, lead.suppressed) == ("suppressed", ("opt-out",))
    lines = explain("1", "+34912345671").stdout.splitlines()
    assert lines[0] == "C-1 Ann in Revisits, Europe/Madrid"
    assert lines[1] == "+34912345671 (waiting): suppressed: on the do-not-call list opt-out"
    assert "  NO   suppressed: on the do-not-call list opt-out" in lines
    assert "contacts, newest first: 0" in lines


@pytest.mark.parametrize(
    ("words", "said"),
    [(("7",), "no campaign 7"), (("1", "C-7"), "nobody with the reference or number C-7")],
)
def test_whoever_is_not_there_is_one_line(words: tuple[str, ...], said: str) -> None:
    asyncio.run(fill())
    result = explain(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


def test_nothing_is_made_where_there_is_no_database_yet(home: Path) -> None:
    result = explain("1")
    assert result.exit_code == 1
    assert "there is no database yet: start the service once" in result.stderr
    assert [path.name for path in home.iterdir()] == ["dialer.toml"]


def test_an_older_database_is_left_as_it_is() -> None:
    asyncio.run(fill())
    with sqlite3.connect("book.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0002'")
    connection.close()
    result = explain("1")
    assert result.exit_code == 1
    assert "older version" in result.stderr


def test_an_address_that_was_named_and_does_not_answer_is_an_error(home: Path) -> None:
    asyncio.run(fill())
    tokens_of(home / "var" / "tokens.json", [])
    result = explain("1", "--url", "http://127.0.0.1:1")
    assert result.exit_code == 1
    assert "the service does not answer" in result.stderr


def test_moments_are_shown_on_the_clock_they_are_about() -> None:
    nobody = "nobody may be called now: about 10 outside the hours"
    why = {
        "campaign": "Revisits", "status": "running", "total": 12, "due": 0, "next_at": "2026-11-23T08:00:00Z",
        "due_estimated": True,
        "reasons": [{
            "code": "nothing-due", "text": nobody,
            "since": None, "until": "2026-11-23T08:00:00Z", "zone": "Europe/Madrid",
        }],
        "lines": [
            {"text": "outside the calling hours in Europe/Madrid", "leads": 10, "zone": "Europe/Madrid",
             "next_at": "2026-11-23T08:00:00Z", "example": "Spain: shut", "estimated": True},
            {"text": "without consent", "leads": 2, "zone": "", "next_at": None, "example": "",
             "estimated": False},
        ],
    }  # fmt: skip
    lines = campaign_lines(why)
    shut = "outside the calling hours in Europe/Madrid, from 2026-11-23 09:00 Europe/Madrid on (Spain: shut)"
    assert lines[:4] == [
        f"Revisits (running): {nobody}, until 2026-11-23 09:00 Europe/Madrid",
        "12 leads, 0 of them due now",
        f"  ~10  {shut}",
        "    2  without consent",
    ]
    assert lines[4].startswith("the next lead may be called at 2026-11-23 ")
    assert campaign_lines({**why, "due": 3})[4].startswith(
        "the next of the others may be called at 2026-11-23 "
    )
    why["next_at"] = None
    assert campaign_lines(why)[-1].startswith("nothing here passes with time")
