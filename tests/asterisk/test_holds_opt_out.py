"""Who asks to be left alone on one telephone is left alone on all, in every campaign, and the reason is told.

With what a manager types: a list and do-not-call numbers out of old systems, and questions about people.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from running import Desk, running

from dialer.simulator.numbers import Behaviour, Outcome, Press, number_of
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
PRESSES_9 = number_of(Behaviour(Outcome.PERSON, 30, 3, Press.LEAVE_ME_ALONE))
AT_WORK = number_of(Behaviour(Outcome.UNALLOCATED, 0.2), "312")
BARRED = number_of(Behaviour(Outcome.UNALLOCATED, 0.2), "415")
CALLED = number_of(Behaviour(Outcome.UNALLOCATED, 0.2), "917")
COLUMNS = {
    "ref": "编码",
    "name": "称呼",
    "phone": "联系方式",
    "zone": "区",
    "service": "项目",
    "service_date": "日",
}


async def typed(desk: Desk, *words: str) -> Any:
    """Run a command of ``dialer`` as whoever is at the machine; returns its JSON."""
    program = Path(sys.executable).with_name("dialer")
    process = await asyncio.create_subprocess_exec(
        program, *words, "--settings", desk.service.settings, "--url", desk.service.url, "--json",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode == 0, (out, errors)
    return json.loads(out.decode().splitlines()[-1])


def old_export(*people: tuple[str, str, str]) -> bytes:
    """Return a list as an old Chinese system writes it: reference, name and number of each."""
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    lines = [",".join(COLUMNS.values())]
    lines += [f"{ref},{name},{number},America/New_York,保养,{yesterday}" for ref, name, number in people]
    return "\n".join(lines).encode("gb18030")


async def load(desk: Desk, home: Path, campaign: int, *people: tuple[str, str, str]) -> None:
    file = home / "export.csv"
    file.write_bytes(old_export(*people))
    report = await typed(desk, "import", str(campaign), str(file), "--mapping", "old CRM")
    assert (report["loaded"], report["form"]) == (len(people), "gb18030, comma")


async def refused(desk: Desk, campaign: int, ref: str, status: str) -> None:
    """See that `dialer explain` gives the reason for one customer."""
    (lead,) = (await typed(desk, "explain", str(campaign), ref))["leads"]
    verdict = lead["verdict"]
    assert (lead["status"], verdict["allowed"], verdict["rule"]) == (status, False, "suppressed")
    assert (verdict["reason"], verdict["next_at"]) == ("on the do-not-call list opt-out", None)
    assert lead["suppressed"] == ["opt-out"]


async def test_holds_opt_out_of_the_person_on_every_telephone(pair: Pair, tmp_path: Path) -> None:
    async with running(pair, tmp_path, agents=1) as desk:
        saved = {"name": "old CRM", "columns": COLUMNS, "encoding": "gb18030"}
        await desk.console.post("/api/mappings", saved)
        first, second = await desk.draft("First", ring_timeout_s=60), await desk.draft("Second")
        await load(desk, tmp_path, first, ("C-1", "王小明", PRESSES_9))
        await load(
            desk, tmp_path, second, ("C-1", "王小明", AT_WORK), ("C-2", "李", BARRED), ("C-3", "张", CALLED)
        )

        numbers = tmp_path / "numbers.csv"
        numbers.write_bytes(f"Société;Téléphone\nMüller & Söhne;{BARRED}\n".encode("cp1252"))
        report = await typed(desk, "suppression", "import", "opt-out", str(numbers), "--reason", "by letter")
        assert (report["added"], report["form"], report["column"]) == (1, "latin-1, semicolon", "Téléphone")

        before = await typed(desk, "suppression", "check", AT_WORK, "--campaign", str(second))
        assert (before["entries"], {one["barred"] for one in before["calls"]}) == ([], {False})
        await desk.seat(*desk.service.agents)
        await desk.start(first)
        agent = await desk.agent_of(PRESSES_9, "reserved")
        await desk.seen(RecordKind.RINGING, PRESSES_9)
        await desk.hang_up_phone(agent)
        await desk.agent(agent, "offline")
        await desk.pick_up(PRESSES_9)
        assert (await desk.settled(PRESSES_9))["disposition"] == "abandoned"

        # From that very moment on, and before anybody has tried to call.
        told = await typed(desk, "suppression", "check", AT_WORK, "--campaign", str(second))
        assert {one["barred"] for one in told["calls"]} == {True}
        (entry,) = told["entries"]
        assert (entry["list_name"], entry["number"], entry["by"]) == ("opt-out", PRESSES_9, "customer")
        assert [one["ref"] for one in entry["holders"]] == ["C-1"]
        await refused(desk, second, "C-1", "waiting")

        await desk.seat(*desk.service.agents)
        await desk.start(second)
        for number in (AT_WORK, BARRED):
            await desk.closed(second, number)
        assert (await desk.settled(CALLED))["disposition"] == "bad_number"
        assert [len(desk.service.attempts(number)) for number in (AT_WORK, BARRED, CALLED)] == [0, 0, 1]
        for ref in ("C-1", "C-2"):
            await refused(desk, second, ref, "refused")
