"""The bare path from answer to agent: raw AMI and AGI over asyncio, no database, no rules, no library.

The measure beside which ``bench.answer_to_agent`` puts the product. It does to the PBX what the product does:
the same dialplan, the same agents' legs, a talk by GOSUB, a vote with the same sounds, originates at an even
rate. It keeps its figures in a dict and trusts that nothing ever goes wrong.
"""

import asyncio
import random
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

EVENT = re.compile(rb"^(Event|Uniqueid|Channel|Timestamp|ChannelStateDesc|BridgeUniqueid|BridgeTechnology"
                   rb"|BridgeNumChannels): (.*?)\r?$", re.MULTILINE)  # fmt: skip
RESULT = re.compile(rb"200 result=(\S*)(?: \((.*)\))?")
SETTLE_S = 15.0


@dataclass(slots=True)
class Moments:
    """When one call was answered and bridged, by the PBX's clock, in seconds."""

    answered_at: float | None = None
    bridged_at: float | None = None


@dataclass(slots=True)
class Agent:
    """One nailed-up leg."""

    channel_id: str
    channel: str = ""


@dataclass(slots=True)
class BareFigures:
    """What the bare path did. ``missed`` counts answered calls that were never bridged."""

    placed: int = 0
    votes: int = 0
    calls: dict[str, Moments] = field(default_factory=dict)

    @property
    def spans_ms(self) -> list[float]:
        """Answer to both in the bridge, of every call that got there."""
        return [
            (call.bridged_at - call.answered_at) * 1000
            for call in self.calls.values()
            if call.answered_at is not None and call.bridged_at is not None
        ]

    @property
    def missed(self) -> int:
        """How many were answered and never bridged."""
        return sum(c.answered_at is not None and c.bridged_at is None for c in self.calls.values())


class BarePath:
    """One run on a PBX. ``talk_s`` are the shortest and longest talk, in seconds."""

    def __init__(
        self, sounds: str, talk_s: tuple[float, float], variables: Mapping[str, str], seed: int = 1
    ) -> None:
        self.figures = BareFigures()
        self._sounds = sounds
        self._talk_s = talk_s
        self._variables = dict(variables)
        self._random = random.Random(seed)
        self._ready: deque[Agent] = deque()
        self._agents: dict[str, Agent] = {}
        self._alone: dict[str, str] = {}
        self._seated = asyncio.Event()
        self._live: set[str] = set()

    async def run(
        self,
        ami: tuple[str, int, str, str],
        agi_port: int,
        phones: Sequence[str],
        numbers: Sequence[str],
        trunk: str,
        rate: float,
    ) -> BareFigures:
        """Seat the phones, call every number at ``rate`` a second, wait for the last end, hang up."""
        host, port, user, secret = ami
        reader, self._writer = await asyncio.open_connection(host, port)
        self._send("Login", Username=user, Secret=secret)
        listening = asyncio.create_task(self._listen(reader), name="bare ami")
        server = await asyncio.start_server(self._answered, "127.0.0.1", agi_port, backlog=1024)
        try:
            for phone in phones:
                await self._seat(phone)
            await asyncio.wait_for(self._seated.wait(), SETTLE_S)
            await self._place(numbers, trunk, rate)
            async with asyncio.timeout(SETTLE_S):
                while self._live:  # noqa: ASYNC110 - nothing here is in a hurry
                    await asyncio.sleep(0.1)
        finally:
            for agent in self._agents.values():
                self._send("Hangup", Channel=agent.channel_id, Cause="16")
            await self._writer.drain()
            server.close()
            listening.cancel()
            self._writer.close()
        return self.figures

    async def _seat(self, phone: str) -> None:
        agent = Agent(f"bare-{phone}")
        self._agents[agent.channel_id] = agent
        self._send(
            "Originate",
            ChannelId=agent.channel_id,
            Channel=f"PJSIP/{phone}",
            Context="dialer-agent-hold",
            Exten="s",
            Priority="1",
            Async="true",
        )
        await asyncio.sleep(0.02)

    async def _place(self, numbers: Sequence[str], trunk: str, rate: float) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for at, number in enumerate(numbers):
            await asyncio.sleep(max(0.0, began + at / rate - loop.time()))
            attempt = f"bare-att-{at}"
            self.figures.calls[attempt] = Moments()
            self.figures.placed += 1
            self._live.add(attempt)
            variables = {"__ATT": attempt, **self._variables}
            self._send(
                "Originate",
                ChannelId=attempt,
                Channel=f"PJSIP/{number}@{trunk}",
                Context="dialer-outbound",
                Exten="s",
                Priority="1",
                Async="true",
                Timeout="20000",
                CallerID="<+12025550100>",
                Variable=[f"{name}={value}" for name, value in variables.items()],
            )

    def _send(self, action: str, **headers: str | list[str]) -> None:
        lines = [f"Action: {action}"]
        for name, value in headers.items():
            lines += [f"{name}: {each}" for each in (value if isinstance(value, list) else [value])]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    # --- events ---------------------------------------------------------------------------------------------

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        await reader.readline()
        while True:
            event = dict(EVENT.findall(await reader.readuntil(b"\r\n\r\n")))
            if event.get(b"Event") in (b"Newstate", b"BridgeEnter", b"Hangup"):
                self._hear(event)

    def _hear(self, event: Mapping[bytes, bytes]) -> None:
        name, channel_id = event[b"Event"], event[b"Uniqueid"].decode()
        if name == b"Hangup":
            self._live.discard(channel_id)
        elif name == b"Newstate":
            call = self.figures.calls.get(channel_id)
            if call is not None and event[b"ChannelStateDesc"] == b"Up":
                call.answered_at = call.answered_at or float(event[b"Timestamp"])
        elif event[b"BridgeTechnology"] == b"holding_bridge":
            self._held(self._agents[channel_id], event[b"Channel"].decode())
        else:
            self._entered(event[b"BridgeUniqueid"].decode(), channel_id, float(event[b"Timestamp"]))

    def _held(self, agent: Agent, channel: str) -> None:
        agent.channel = channel
        self._ready.append(agent)
        if len(self._ready) == len(self._agents):
            self._seated.set()

    def _entered(self, bridge: str, channel_id: str, at: float) -> None:
        first = self._alone.pop(bridge, None)
        if first is None:
            self._alone[bridge] = channel_id
            return
        for one in (first, channel_id):
            if (call := self.figures.calls.get(one)) is not None and call.bridged_at is None:
                call.bridged_at = at

    # --- answered calls -------------------------------------------------------------------------------------

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\n\n")
            agent = self._ready.popleft()
            loop = asyncio.get_running_loop()
            loop.call_later(self._random.uniform(*self._talk_s), self._release, agent)
            await self._ask(reader, writer, f'GOSUB dialer-talk s 1 "{agent.channel}"')
            await self._ask(reader, writer, "SET AUTOHANGUP 20")
            if await self._ask(reader, writer, f'GET DATA "{self._sounds}/vote" 5000 1'):
                self.figures.votes += 1
                await self._ask(reader, writer, f'STREAM FILE "{self._sounds}/thanks" ""')
            await self._ask(reader, writer, "SET VARIABLE DONE 1")
        except (EOFError, ConnectionError):
            pass  # the customer has left
        finally:
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: str) -> bytes:
        writer.write(command.encode() + b"\n")
        while True:
            line = await reader.readline()
            if not line or line.startswith(b"HANGUP"):
                raise EOFError
            if (found := RESULT.match(line)) is not None:
                return found[1]

    def _release(self, agent: Agent) -> None:
        self._send("Redirect", Channel=agent.channel, Context="dialer-agent-hold", Exten="s", Priority="loop")
