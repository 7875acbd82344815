"""How well Asterisk tells people from machines, and how long it takes: our two modes beside its own defaults.

    python -m bench.amd [--repeat 1] [--at-once 12] [--try NAME=1700:1400:...]

Two Asterisks on loopback, ours with the product's dialplan, and the simulated network, whose people and
machines greet in four synthetic voices, after a pause, amid noise (``docs/network.md``). Every greeting is
called in every mode; app_amd judges, the dialplan hands the call to a bare AGI server which notes the verdict
and ends it. Prints a confusion matrix, the decision's delay from the customer's Up (Asterisk's stamp) to the
AGI request, and a JSON object. Nothing of it depends on the machine's speed but the last milliseconds of a
delay.
"""

import argparse
import asyncio
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from campaigns.model import AmdMode
from campaigns.rules.amd import screening
from campaigns.spread import spread
from dialer.simulator.greetings import MACHINES, VOICES, WORDS, Greeting, Setting
from dialer.simulator.numbers import Behaviour, Outcome, number_of
from service.pbx.greetings import make_greetings
from service.pbx.pair import NETWORK_TRUNK, Pair, pair
from service.pbx.source import find_source_apart
from service.pbx.workdir import workdir

DEFAULTS = "2500:1500:800:5000:100:50:2:256:5000"
"""What the amd.conf that comes with Asterisk 22 sets."""

LIMIT_S = 2.0
EVENT = re.compile(rb"^(Event|Uniqueid|Timestamp|ChannelStateDesc): (.*?)\r?$", re.MULTILINE)
REQUEST = re.compile(rb"^agi_(uniqueid|network_script): (.*)$", re.MULTILINE)
VERDICTS = ("HUMAN", "NOTSURE", "MACHINE", "none")
CALL_S = 30.0


@dataclass(slots=True)
class Call:
    """One call: what answered, and what became of it. Moments in seconds, Unix time."""

    mode: str
    behaviour: Behaviour
    answered_at: float | None = None
    judged_at: float | None = None
    verdict: str = "none"
    cause: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)


def modes() -> dict[str, str]:
    """Return AMD's arguments by mode."""
    found = {"defaults": DEFAULTS}
    for mode in (AmdMode.HUMAN_FIRST, AmdMode.STRICT):
        screen = screening(mode, LIMIT_S)
        assert screen is not None
        found[mode.value] = screen.arguments
    return found


def greetings(repeat: int) -> Iterator[Behaviour]:
    """Yield every greeting in every voice and setting that it can have, ``repeat`` times."""
    for greeting in Greeting:
        spoken = greeting in WORDS
        for setting in Setting if spoken else (Setting.AT_ONCE,):
            for serial in range(len(VOICES) * repeat if spoken else repeat):
                yield Behaviour(Outcome.GREETING, greeting=greeting, setting=setting, serial=serial)


class Caller:
    """Originates calls by AMI and takes them back by AGI."""

    def __init__(self, running: Pair) -> None:
        self._pair = running
        self._calls: dict[str, Call] = {}

    async def run(self, wanted: Sequence[tuple[str, str, Behaviour]], at_once: int) -> list[Call]:
        """Place all calls, some at once; return them when the last is over."""
        ami = self._pair.pbx_ami
        reader, self._writer = await asyncio.open_connection(ami.host, ami.port)
        self._send({"Action": "Login", "Username": ami.name, "Secret": ami.secret})
        listening = asyncio.create_task(self._listen(reader), name="ami")
        server = await asyncio.start_server(self._judged, "127.0.0.1", self._pair.agi_port)
        room = asyncio.Semaphore(at_once)
        try:
            await asyncio.gather(*(self._place(room, at, *each) for at, each in enumerate(wanted)))
        finally:
            server.close()
            listening.cancel()
            self._writer.close()
        return list(self._calls.values())

    async def _place(
        self, room: asyncio.Semaphore, at: int, mode: str, arguments: str, behaviour: Behaviour
    ) -> None:
        async with room:
            attempt = f"amd-{at}"
            call = self._calls[attempt] = Call(mode, behaviour)
            self._send(
                {
                    "Action": "Originate",
                    "ChannelId": attempt,
                    "Channel": f"PJSIP/{number_of(behaviour)}@{NETWORK_TRUNK}",
                    "Context": "dialer-outbound",
                    "Exten": "s",
                    "Priority": "1",
                    "Async": "true",
                    "CallerID": "<+12025550100>",
                },
                [f"__ATT={attempt}", "LIMIT=9", f"SCREEN={arguments}"],
            )
            async with asyncio.timeout(CALL_S):
                await call.over.wait()

    def _send(self, headers: Mapping[str, str], variables: Sequence[str] = ()) -> None:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines += [f"Variable: {each}" for each in variables]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        await reader.readline()
        while True:
            event = dict(EVENT.findall(await reader.readuntil(b"\r\n\r\n")))
            call = self._calls.get(event.get(b"Uniqueid", b"").decode())
            if call is None:
                continue
            if event[b"Event"] == b"Newstate" and event[b"ChannelStateDesc"] == b"Up":
                call.answered_at = call.answered_at or float(event[b"Timestamp"])
            elif event[b"Event"] == b"Hangup":
                call.over.set()

    async def _judged(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived = time.time()
        told = dict(REQUEST.findall(await reader.readuntil(b"\n\n")))
        call = self._calls[told[b"uniqueid"].decode()]
        found = re.search(r"amd=(\w*)&cause=([\w-]*)", told[b"network_script"].decode())
        if found is not None and found[1]:
            call.judged_at, call.verdict, call.cause = arrived, found[1], found[2]
        writer.write(b"SET VARIABLE DONE 1\n")
        await reader.readline()
        writer.close()


def matrix(calls: Sequence[Call], mode: str) -> dict[str, Any]:
    """Print one mode's table and return its figures."""
    rows: dict[tuple[Greeting, Setting], list[Call]] = defaultdict(list)
    for call in calls:
        if call.mode == mode:
            rows[call.behaviour.greeting, call.behaviour.setting].append(call)
    print(
        f"\n{mode}\n{'':44}" + "".join(f"{verdict:>9}" for verdict in VERDICTS) + "   p50 s  worst s  causes"
    )
    for (greeting, setting), found in rows.items():
        counts = Counter(call.verdict for call in found)
        wait = spread(delays(found))
        causes = Counter(call.cause.partition("-")[0] for call in found).most_common(3)
        who = "machine" if greeting in MACHINES else "person"
        what = f"{who:8}{greeting.name.lower()}, {setting.name.lower()}"
        print(
            f"{what:44}"
            + "".join(f"{counts[verdict]:9}" for verdict in VERDICTS)
            + f"{wait.p50 or 0:8.2f}{wait.max or 0:9.2f}  "
            + ", ".join(f"{cause} {count}" for cause, count in causes)
        )
    all_of = [call for found in rows.values() for call in found]
    return summary(all_of)


def summary(calls: Sequence[Call]) -> dict[str, Any]:
    """Return the shares that matter and the delays, and print them."""
    people = Counter(call.verdict for call in calls if not call.behaviour.is_machine)
    machines = Counter(call.verdict for call in calls if call.behaviour.is_machine)
    wait = spread(delays(calls))
    told = {
        "people": dict(people),
        "machines": dict(machines),
        "people_taken_for_machines": round(people["MACHINE"] / max(1, people.total()), 3),
        "machines_found": round(machines["MACHINE"] / max(1, machines.total()), 3),
        "delay_s": {"p50": wait.p50, "p99": wait.p99, "max": wait.max},
    }
    print(
        f"people taken for machines {told['people_taken_for_machines']:.1%}, machines found "
        f"{told['machines_found']:.1%}, delay p50 {wait.p50} s, p99 {wait.p99} s"
    )
    return told


def delays(calls: Sequence[Call]) -> list[float]:
    """Return the delays of the calls that were judged, in seconds."""
    return [
        round(call.judged_at - call.answered_at, 3)
        for call in calls
        if call.judged_at is not None and call.answered_at is not None
    ]


async def measure(repeat: int, at_once: int, more: Mapping[str, str]) -> None:
    source = await find_source_apart(None, lambda line: print(line, file=sys.stderr))
    tried = {**modes(), **more}
    wanted = [(mode, arguments, each) for each in greetings(repeat) for mode, arguments in tried.items()]
    print(f"{len(wanted)} calls; AMD's arguments: {tried}", flush=True)
    with workdir() as home:
        running = await pair(source, home, agents=0, rtp_ports=max(100, 8 * at_once))
        try:
            await make_greetings(running)
            calls = await Caller(running).run(wanted, at_once)
        finally:
            await running.stop()
    figures = {mode: matrix(calls, mode) for mode in tried}
    lost = [call for call in calls if call.verdict == "none"]
    print(f"\n{len(lost)} calls without a verdict")
    print(json.dumps({"at": f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "calls": len(calls), "modes": figures}))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--repeat", type=int, default=1, help="calls of each voice and setting")
    options.add_argument("--at-once", type=int, default=12)
    options.add_argument("--try", dest="more", action="append", default=[], metavar="NAME=ARGUMENTS")
    chosen = options.parse_args()
    more = dict(each.split("=", 1) for each in chosen.more)
    asyncio.run(measure(chosen.repeat, chosen.at_once, more))


if __name__ == "__main__":
    main()
