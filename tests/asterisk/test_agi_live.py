"""Our FastAGI server and line against a real Asterisk and the dialplan it works with."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from scene import Scene, opened

from dialer.simulator.numbers import Behaviour, HangUp, Press
from dialer.simulator.records import RecordKind
from ivr.agi.line import CHANNEL_UP, Keys, Line
from ivr.agi.server import FastAgiServer
from ivr.errors import BadCommand, CommandRefused, HungUp
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
DEADLINE_S = 15.0


class Answers:
    """What the handler of a test's calls came to: its result, or its error."""

    def __init__(self, act: Callable[[Line], Awaitable[object]]) -> None:
        self._act = act
        self._outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def handle(self, line: Line) -> None:
        try:
            outcome = await self._act(line)
        except Exception as error:
            self._outcome.set_exception(error)
            raise
        self._outcome.set_result(outcome)

    async def outcome(self) -> object:
        async with asyncio.timeout(DEADLINE_S):
            return await self._outcome


@asynccontextmanager
async def served(
    pair: Pair, act: Callable[[Line], Awaitable[object]]
) -> AsyncIterator[tuple[Scene, Answers, FastAgiServer]]:
    """Open the stage with our server answering ``outbound`` calls by ``act``."""
    answers = Answers(act)
    server = FastAgiServer({"outbound": answers.handle}, port=pair.agi_port)
    async with opened(pair) as scene:
        await server.start()
        try:
            yield scene, answers, server
        finally:
            await server.stop(drain_s=0)


async def test_agi_talk_and_vote_in_one_session(pair: Pair) -> None:
    seats: list[str] = []

    async def act(line: Line) -> object:
        await line.gosub("dialer-talk", "s", 1, seats[0])
        result = await line.get_variable("GOSUB_RETVAL")
        await line.set_autohangup(15)
        keys = await line.get_data("vm-press", 8, 1)
        await line.set_variable("DONE", "1")
        return line.request.unique_id, line.request.script, result, keys, line.gone.is_set()

    async with served(pair, act) as (scene, answers, _):
        seats.append(await scene.seat())
        call = await scene.call(Behaviour(talk_s=0.5, press=Press.SCORE_4))
        await scene.joined(call.attempt)
        await scene.seen(call.number, RecordKind.SILENT)
        await scene.release(seats[0])
        assert await answers.outcome() == (call.attempt, "outbound", "SUCCESS", Keys("4", False), False)
        await scene.gone(call)
        assert call.attempt not in await scene.ami.journal("end")


async def test_agi_caller_leaves_in_the_talk(pair: Pair) -> None:
    seats: list[str] = []

    async def act(line: Line) -> object:
        try:
            await line.gosub("dialer-talk", "s", 1, seats[0])
        except HungUp:
            return line.hung_up, line.gone.is_set()
        return "came back"

    async with served(pair, act) as (scene, answers, _):
        seats.append(await scene.seat())
        call = await scene.call(Behaviour(talk_s=1, hang_up=HangUp.IN_TALK))
        assert await answers.outcome() == (True, True)
        await scene.gone(call)


async def test_agi_caller_leaves_while_keys_are_asked_for(pair: Pair) -> None:
    async def act(line: Line) -> object:
        await line.set_autohangup(20)
        return await line.get_data("vm-press", 15, 1)

    async with served(pair, act) as (scene, answers, _):
        call = await scene.call(Behaviour(hang_up=HangUp.AT_ONCE))
        with pytest.raises(HungUp):
            await answers.outcome()
        await scene.gone(call)
        assert (await scene.entry("end", call.attempt))[5] == "16"


async def test_agi_idle_line_learns_that_the_connect_limit_took_the_call(pair: Pair) -> None:
    async def act(line: Line) -> object:
        began = asyncio.get_running_loop().time()
        await line.gone.wait()
        waited = asyncio.get_running_loop().time() - began
        with pytest.raises(HungUp):
            await line.answer()
        return waited

    async with served(pair, act) as (scene, answers, _):
        call = await scene.call(Behaviour(talk_s=2), ["LIMIT=0.7"])
        waited = await answers.outcome()
        assert isinstance(waited, float)
        assert 0.5 <= waited <= 1.7  # his own limit, not the usual 2 s
        await scene.entry("aband", call.attempt)


async def test_agi_stopping_the_server_hands_the_call_to_the_dialplan(pair: Pair) -> None:
    asked = asyncio.Event()

    async def act(line: Line) -> object:
        await line.set_autohangup(20)
        asked.set()
        return await line.get_data("vm-press", 15, 1)

    async with served(pair, act) as (scene, _, server):
        call = await scene.call(Behaviour(talk_s=2))
        await asyncio.wait_for(asked.wait(), DEADLINE_S)
        await server.stop(drain_s=0)
        assert server.sessions == 0
        await scene.entry("aband", call.attempt)


async def test_agi_what_the_switch_refuses_leaves_the_line_usable(pair: Pair) -> None:
    async def act(line: Line) -> object:
        await line.set_autohangup(20)
        for refused in (
            line.stream_file("/no/such/sound"),
            line.get_data("/no/such/sound", 1, 1),
            line.exec("NoSuchApplication"),
            line.gosub("no-such-context", "s", 1),
            line.command("GET VARIABLE"),
            line.command("NO SUCH COMMAND"),
        ):
            with pytest.raises(CommandRefused):
                await refused
        with pytest.raises(BadCommand):
            await line.set_variable("X", "a\nHANGUP")
        return await line.channel_status()

    async with served(pair, act) as (scene, answers, _):
        await scene.call(Behaviour(talk_s=2))
        assert await answers.outcome() == CHANNEL_UP


async def test_agi_values_come_back_as_they_were_set(pair: Pair) -> None:
    values = [
        "",
        "x",
        'a "b" c\\d',
        "x) endpos=3",
        "(a, b) | c;d",
        "é 你好",
        "hangup",
        " lead and trail ",
        "y" * 900,
    ]

    async def act(line: Line) -> object:
        await line.set_autohangup(20)
        got = []
        for value in values:
            await line.set_variable("VALUE", value)
            got.append(await line.get_variable("VALUE"))
        with_room = await line.get_variable("<${CHANNEL(state)}-$[1+1]-${UNSET}>")
        return got, with_room, await line.get_variable("UNSET"), await line.get_variable("CHANNEL(state)")

    async with served(pair, act) as (scene, answers, _):
        await scene.call(Behaviour(talk_s=2))
        assert await answers.outcome() == (values, "<Up-2->", None, "Up")


async def test_agi_silence_times_out_and_the_line_goes_on(pair: Pair) -> None:
    async def act(line: Line) -> object:
        await line.set_autohangup(20)
        await line.set_music(True)
        await line.set_music(False)
        return (
            await line.get_data("beep", 0.3, 2),
            await line.wait_for_digit(0.2),
            await line.stream_file("beep", "1"),
        )

    async with served(pair, act) as (scene, answers, _):
        await scene.call(Behaviour(talk_s=2))
        assert await answers.outcome() == (Keys("", True), "", "")
