"""``dialer campaign`` against a console on a loopback port: a campaign from its draft to its end."""

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from served_console import Served, Typist

from campaigns.lists import LeadList
from console.schemas.campaigns import CampaignIn
from service.campaign_life import campaign as commands

NEW = ("create", "Two", "--template", "revisit", "--company", "Acme")


class Terminal(Typist):
    def types(self, *words: str) -> Result:
        return self.invoke("campaign", *words)

    def lines(self, *words: str) -> list[str]:
        result = self.types(*words)
        assert result.exit_code == 0, result.output
        return result.stdout.splitlines()

    def told(self, *words: str) -> Any:
        return json.loads(self.lines(*words, "--json")[-1])


@pytest.fixture
def terminal(tmp_path: Path, served: Served) -> Terminal:
    return Terminal(tmp_path / "desk", served.url)


def test_a_campaign_lives_from_its_draft_to_its_end(terminal: Terminal) -> None:
    made = terminal.told(
        *NEW, "--caller-id", "+4930555010", "--max-attempts", "4", "--mode", "ratio",
        "--lines-per-agent", "1.5",
        "--hours", "mon=09:00-13:00,15:00-19:00", "--pack", "carrier",
    )  # fmt: skip
    assert (made["id"], made["status"], made["max_attempts"]) == (2, "draft", 4)
    assert (made["mode"], made["lines_per_agent"], made["packs"]) == ("ratio", 1.5, ["carrier"])
    assert [(one["weekday"], one["opens"]) for one in made["hours"]] == [(0, "09:00"), (0, "15:00")]
    assert terminal.told("weigh", "2", "3")["weight"] == 3
    assert terminal.told("start", "2")["status"] == "running"
    receipt = terminal.told("pause", "2", "--reason", "wrong list", "--cancel-unanswered")
    assert (receipt["campaign_id"], receipt["reason"], receipt["cancelled"]) == (2, "wrong list", 3)
    assert terminal.told("show", "2")["status_reason"] == "wrong list"
    assert terminal.told("resume", "2")["status"] == "running"
    assert terminal.told("stop", "2")["reason"] == "stopped"
    assert [one["status"] for one in terminal.told("list")["campaigns"]] == ["draft", "stopped"]
    assert len(terminal.told("list", "--tests")["campaigns"]) == 2


def test_the_pause_prints_its_receipt_and_a_campaign_how_it_is_set(terminal: Terminal) -> None:
    assert terminal.lines("start", "1")[0].startswith("1  One (revisit): running by ")
    first, *rest = terminal.lines("pause", "1", "--reason", "lunch")
    assert first.startswith("no call is placed since 2026-11-20 ")
    assert first.endswith(", lunch")
    assert rest[0].startswith("  still ringing 3, the last ends at 2026-11-20 ")
    assert rest[1:] == ["  hung up unanswered 0, answered in that moment 0", "  talking 2, voting 1"]
    shown = terminal.lines("show", "1")
    assert "  company            Acme" in shown
    assert "  due window         -" in shown
    assert any(line.startswith("  hours              mon ") for line in shown)
    assert terminal.lines("list")[0].startswith("1  One (revisit): paused by ")


def test_rules_change_hours_and_packs(terminal: Terminal) -> None:
    told = terminal.told("rules", "1", "--hours", "tue=10:00-12:00", "--pack", "carrier")
    assert ([one["weekday"] for one in told["hours"]], told["packs"]) == ([1], ["carrier"])
    later = terminal.told("rules", "1", "--hours", "wed=10:00-12:00")
    assert ([one["weekday"] for one in later["hours"]], later["packs"]) == ([2], ["carrier"])
    assert terminal.told("rules", "1")["hours"] == later["hours"]
    shown = terminal.lines("rules", "1", "--hours", "thu=00:00-24:00")
    assert "  hours              thu 00:00-24:00" in shown


def test_lists_are_switched_by_name_or_number_and_exported(terminal: Terminal) -> None:
    assert terminal.lines("lists", "1") == ["no list has been loaded yet"]
    file = terminal.folder / "november.csv"
    file.write_text("ref,name,phone\nC-1,Ada,+4930555101\nC-2,Bob,+4930555102\n", encoding="utf-8")
    loaded = terminal.invoke("import", "1", str(file))
    assert loaded.exit_code == 0, loaded.output
    assert terminal.lines("lists", "1") == ["1  main (on): 2 waiting"]
    assert terminal.lines("deactivate", "1", "main") == ["1  main (off): 2 held"]
    assert terminal.told("activate", "1", "1")["active"] is True
    out = terminal.folder / "leads.csv"
    assert terminal.told("export", "1", str(out)) == {"file": str(out), "rows": 2}
    header, *rows = csv.reader(out.read_text(encoding="utf-8-sig").splitlines())
    assert [row[header.index("ref")] for row in rows] == ["C-1", "C-2"]
    assert out.stat().st_mode & 0o777 == 0o600
    assert terminal.told("export", "1", str(out), "--list", "main")["rows"] == 2
    missing = terminal.types("deactivate", "1", "spring")
    assert (missing.exit_code, missing.stderr) == (1, "campaign 1 has no list 'spring'; there is: main\n")


def test_switching_a_large_list_says_how_far_it_is(
    terminal: Terminal, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = terminal.folder / "november.csv"
    file.write_text("ref,name,phone\nC-1,Ada,+4930555101\nC-2,Bob,+4930555102\n", encoding="utf-8")
    assert terminal.invoke("import", "1", str(file)).exit_code == 0
    monkeypatch.setattr("service.remote.LOOK_S", 0.01)
    desk = served.world.desk.lists
    deactivate, lists, asked, looked = desk.deactivate, desk.lists, asyncio.Event(), asyncio.Event()

    async def slow(list_id: int, by: str) -> LeadList:
        asked.set()
        await asyncio.wait_for(looked.wait(), 10)
        return await deactivate(list_id, by)

    async def look(campaign_id: int) -> list[LeadList]:
        found = await lists(campaign_id)
        if asked.is_set():
            looked.set()
        return found

    monkeypatch.setattr(desk, "deactivate", slow)
    monkeypatch.setattr(desk, "lists", look)
    result = terminal.types("deactivate", "1", "main")
    assert result.stdout == "1  main (off): 2 held\n"
    assert "switched; leads still to be put aside: 2\n" in result.stderr


def test_the_templates_say_what_a_list_needs(terminal: Terminal) -> None:
    (revisit,) = (line for line in terminal.lines("templates") if line.startswith("revisit "))
    assert "columns: " in revisit
    assert "phone" in revisit


def test_every_fault_of_a_draft_is_told_with_its_place(terminal: Terminal) -> None:
    wrong = ("create", "One", "--template", "revisti", "--company", "Acme")
    result = terminal.types(*wrong, "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout.splitlines()[-1])
    assert {fault.partition(":")[0] for fault in told["faults"]} == {"name", "template"}
    for fault in told["faults"]:
        assert fault in result.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("pause", "1", "--reason", "lunch"), "draft"),
        (("show", "7"), "no campaign 7"),
        (("export", "7", "here.csv"), "no campaign 7"),
    ],
)
def test_a_refusal_is_told_in_the_services_words(
    terminal: Terminal, words: tuple[str, ...], said: str
) -> None:
    result = terminal.types(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


@pytest.mark.parametrize("hours", ["mon", "mon=9-5 --hours mon=9-6"])
def test_hours_that_cannot_be_read_are_a_wrong_use_of_the_command(terminal: Terminal, hours: str) -> None:
    assert terminal.types(*NEW, *f"--hours {hours}".split()).exit_code == 2


def test_every_field_of_a_draft_can_be_given() -> None:
    create = next(one for one in commands.registered_commands if one.name == "create")
    assert create.callback is not None
    given = {"pack": "packs"}
    names = {given.get(name, name) for name in create.callback.__annotations__}
    assert set(CampaignIn.model_fields) <= names
