"""``dialer ledger``: read from the database itself; an auditor's own program reads what it hands out."""

import asyncio
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from command_line import typed
from plain_cases import plain_campaign

from campaigns.errors import InvalidInput
from campaigns.ledger import Kind, number_digest
from campaigns.lists import ListRow, LoadTerms
from campaigns.model import CampaignStatus, Consent, CustomerClass, Purpose
from service.ledger import moment_of
from service.terminal import one_line_errors
from store.opening import open_store

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NUMBER = "+4930555101"
PAGE = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text(encoding="utf-8")
CAMPAIGN = plain_campaign(
    name="", status=CampaignStatus.DRAFT, company="North Gate", created_at=NOON, status_by="Jörg"
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with a ledger of two campaigns."""
    place = tmp_path_factory.mktemp("filled") / "dialer.db"
    asyncio.run(_fill(f"sqlite:///{place}"))
    return place


@pytest.fixture
def home(tmp_path: Path, filled: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DIALER_SETTINGS", "DIALER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").mkdir()
    (tmp_path / "dialer.toml").write_text('[database]\nurl = "sqlite:///var/dialer.db"\n', encoding="utf-8")
    shutil.copyfile(filled, tmp_path / "var" / "dialer.db")
    return tmp_path


async def _fill(url: str) -> None:
    store = await open_store(url)
    said = Consent(Purpose.SERVICE, True, NOON, "signed")
    for index in (1, 2):
        made = await store.campaign_book.add_campaign(replace(CAMPAIGN, name=f"Überprüfung {index}"))
        rows = [_row(f"C-{index}", said)]
        await store.campaign_book.load_rows(made.id, rows, LoadTerms(by="Jörg", at=NOON))
    await store.close()


def _row(ref: str, said: Consent) -> ListRow:
    ordinary = CustomerClass.ORDINARY
    return ListRow(ref, "Ada", "", "de", ordinary, ("Europe/Berlin",), NUMBER, NOON, {}, {}, consent=said)


def dialer(*words: str) -> Result:
    return typed("ledger", *words)


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout_bytes.decode().splitlines()]


def head_of(home: Path) -> str:
    return dialer("head").stdout.strip()


def tamper(home: Path, statement: str) -> None:
    with closing(sqlite3.connect(home / "var" / "dialer.db", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


def test_a_reader_who_has_read_enough_is_no_fault(home: Path) -> None:
    program = "from service.cli import main; main()"
    left, right = os.pipe()
    os.close(left)  # as `head` does when it has its lines
    try:
        done = subprocess.run(
            [sys.executable, "-c", program, "ledger", "export"],
            stdout=right,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(right)
    assert done.stderr == b""


def test_only_a_reader_who_left_passes_for_a_broken_pipe(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def ends_with() -> type[BaseException]:
        with pytest.raises((typer.Exit, BrokenPipeError)) as raised, one_line_errors():
            raise BrokenPipeError(32, "Broken pipe")
        return raised.type

    left, right = os.pipe()
    with open(right, "w", encoding="utf-8") as out, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", out)
        assert ends_with() is typer.Exit  # it was another one, such as the switch's
        os.close(left)
        assert ends_with() is BrokenPipeError
    assert capfd.readouterr().err.count("Broken pipe") == 1


def test_a_ledger_that_holds(home: Path) -> None:
    head = head_of(home)
    n, _, digest = head.partition(":")
    assert n == "7"
    result = dialer("verify", "--head", head)
    assert result.exit_code == 0
    assert result.stdout == f"7 entries and 0 calls are as they were written; head {head}\n"
    (report,) = lines(dialer("verify", "--json"))
    assert report == {"ok": True, "entries": 7, "calls": 0, "head": {"n": 7, "hash": digest}, "fault": None}
    assert lines(dialer("head", "--json")) == [{"n": 7, "hash": digest}]


def test_a_ledger_that_does_not_hold_fails_and_names_the_entry(home: Path) -> None:
    tamper(home, "UPDATE ledger SET body = replace(body, 'Jörg', 'Jorg') WHERE n = 5")
    result = dialer("verify")
    assert result.exit_code == 1
    assert result.stdout.startswith("THE LEDGER DOES NOT HOLD: entry 5: altered: ")
    told = dialer("verify", "--json")
    assert told.exit_code == 1
    report = json.loads(told.stdout)
    assert (report["ok"], report["entries"], report["fault"]["n"]) == (False, 4, 5)


def test_a_cut_off_end_shows_against_the_head(home: Path) -> None:
    head = head_of(home)
    tamper(home, "DELETE FROM ledger WHERE n > 6")
    assert dialer("verify").exit_code == 0
    assert "entry 7: truncated" in dialer("verify", "--head", head).stdout


def test_a_cut_off_end_with_a_consent_in_it_shows_without_the_head(home: Path) -> None:
    tamper(home, "DELETE FROM ledger WHERE n > 5")
    result = dialer("verify")
    assert result.exit_code == 1
    assert "consent" in result.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("verify", "--head", "x"), "N:HASH"),
        (("export", "--from", "yesterday"), "--from: 'yesterday' is no date or moment"),
        (("export", "--to", "2026-11-22T12:00:00"), "--to: '2026-11-22T12:00:00' needs its offset"),
        (("export", "--customer", "nobody"), "no customer with the reference 'nobody'"),
    ],
)
def test_what_cannot_be_understood_is_one_line(home: Path, words: tuple[str, ...], said: str) -> None:
    result = dialer(*words)
    assert result.exit_code == 1
    assert said in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_without_a_database_none_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DIALER_DATABASE_URL", raising=False)
    monkeypatch.delenv("DIALER_SETTINGS", raising=False)
    for word in ("verify", "head", "export"):
        result = dialer(word)
        assert result.exit_code == 1
        assert "start the service once" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_export_and_its_summary(home: Path) -> None:
    *entries, summary = lines(dialer("export", "--json"))
    assert [line["entry"]["n"] for line in entries] == [1, 2, 3, 4, 5, 6, 7]
    assert summary["exported"] == 7
    assert f"{summary['head']['n']}:{summary['head']['hash']}" == head_of(home)
    assert len(lines(dialer("export"))) == 7
    assert len(lines(dialer("export", "--campaign", "2"))) == 2
    assert lines(dialer("export", "--to", "2020-01-01")) == []
    assert len(lines(dialer("export", "--from", "2020-01-01T00:00:00+02:00"))) == 7


def test_one_customer_can_be_proven_with_his_key(home: Path) -> None:
    *entries, summary = lines(dialer("export", "--customer", "C-2", "--json"))
    (given,) = [line["entry"] for line in entries]
    key = bytes.fromhex(summary["customer"]["key"])
    assert given["kind"] == "consent given"
    assert given["person"] == summary["customer"]["digest"]
    assert given["number"] == number_digest(key, NUMBER)
    assert "key" not in dialer("export", "--customer", "C-2").stdout


def _auditor(home: Path, export: bytes, *words: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program of the page over an export."""
    (program,) = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)
    (home / "check.py").write_text(program, encoding="utf-8")
    argv = [sys.executable, "-I", str(home / "check.py"), *words]
    return subprocess.run(argv, input=export, capture_output=True, timeout=60, check=False)


def test_the_auditors_program_of_the_page_finds_the_same(home: Path) -> None:
    export = dialer("export", "--json").stdout_bytes
    head = head_of(home)
    assert _auditor(home, export).returncode == 0
    assert _auditor(home, export, head).returncode == 0
    first, second, *rest = export.splitlines(keepends=True)
    cases = {
        b"entry 2 is missing": b"".join([first, *rest]),
        b"entry 5 was altered": export.replace(b'"max_attempts":5', b'"max_attempts":6', 2).replace(
            b'"max_attempts":6', b'"max_attempts":5', 1
        ),
        b"not in this chain": b"".join([first, second]),
    }
    for said, broken in cases.items():
        result = _auditor(home, broken, head)
        assert result.returncode == 1
        assert said in result.stderr, (said, result.stderr)


def test_the_page_names_every_kind() -> None:
    named = set(re.findall(r"`([a-z ]+)`", re.findall(r"## What is entered\n(.+?)\n## ", PAGE, re.DOTALL)[0]))
    short = {"paused", "resumed", "stopped", "finished"}  # of campaigns
    missing = [kind for kind in Kind if kind not in named and kind.removeprefix("campaign ") not in short]
    assert missing == []


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", None),
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T13:00:00+01:00", NOON),
        ("2026-11-22T12:00:00Z", NOON),
    ],
)
def test_a_moment_is_a_date_or_has_its_offset(text: str, at: datetime | None) -> None:
    assert moment_of("--from", text) == at
    with pytest.raises(InvalidInput):
        moment_of("--from", "2026-13-45")
    with pytest.raises(InvalidInput, match="out of range"):
        moment_of("--from", "0001-01-01T00:00:00+14:00")
