"""Detection of machines in the dialplan: inside the connect limit, whatever state the service is in."""

import asyncio
from dataclasses import replace

import pytest
from own_loop import run_apart
from rawagi import RawSession
from scene import Call, Recorded, Scene, never, opened, tone

from campaigns.model import AmdMode
from campaigns.rules.amd import screening
from dialer.simulator.greetings import Greeting, Setting
from dialer.simulator.numbers import Behaviour, Outcome
from dialer.simulator.records import RecordKind
from service.pbx.greetings import make_greetings
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk
HELLO = Behaviour(Outcome.GREETING, greeting=Greeting.HELLO)
VOICE_MAIL = Behaviour(Outcome.GREETING, greeting=Greeting.SHORT_VOICE_MAIL, setting=Setting.NOISE)
TONES = Behaviour(Outcome.GREETING, greeting=Greeting.TONES)
SAYS_NOTHING = Behaviour(Outcome.GREETING, greeting=Greeting.NOTHING)

# A machine is who speaks for 0.2 s at a time, or says two words, or nothing; nobody is a person, however many
# frames a loaded machine loses: what becomes of machines does not hang on how well one is recognized.
SURELY = "SCREEN=1600:200:1700:1700:100:50:2:400:5000"


@pytest.fixture(scope="module", autouse=True)
def greetings(pair: Pair) -> None:
    """What the network's people say, made before any test's time runs."""
    run_apart(make_greetings(pair))


def variables(mode: AmdMode, *more: str) -> list[str]:
    """Return the variables of a screened call under a limit of two seconds."""
    screen = screening(mode, 2.0)
    assert screen is not None
    after = [] if screen.after_s is None else [f"LIMITAFTER={screen.after_s:g}"]
    return [f"LIMIT={screen.limit_s:g}", f"SCREEN={screen.arguments}", *after, *more]


async def screened(
    scene: Scene, behaviour: Behaviour, *more: str, mode: AmdMode = AmdMode.HUMAN_FIRST
) -> Call:
    """Call someone with detection on; his message is loud from its first sample."""
    message = f"__INFOPROMPT={await tone(scene.pair, 0.5)}"
    return await scene.call(behaviour, [message, *variables(mode, *more)])


async def message_s(scene: Scene, call: Call) -> float:
    """Return the seconds from answer to message; the call must have been abandoned."""
    await scene.gone(call, within_s=30)
    assert await scene.entry("aband", call.attempt)
    assert call.attempt not in await scene.ami.journal("machine")
    return (await scene.heard(call.number)).starts_s()


async def test_conf_the_service_gets_the_verdict_with_the_call(pair: Pair) -> None:
    async with opened(pair) as scene:
        scripts: asyncio.Queue[str] = asyncio.Queue()

        async def note(session: RawSession) -> None:
            scripts.put_nowait(session.script)
            await session.done()

        await scene.service.answer(note)
        for behaviour, verdict in ((HELLO, "HUMAN"), (SAYS_NOTHING, "NOTSURE"), (TONES, "MACHINE")):
            call = await screened(scene, behaviour)
            script = await asyncio.wait_for(scripts.get(), 10)
            assert script.startswith(f"outbound?amd={verdict}&cause="), behaviour
            await scene.gone(call)
            assert call.attempt not in await scene.ami.journal("end")


async def test_conf_without_detection_the_call_is_as_ever(pair: Pair) -> None:
    async with opened(pair) as scene:
        scripts: asyncio.Queue[str] = asyncio.Queue()
        status: asyncio.Queue[str] = asyncio.Queue()

        async def note(session: RawSession) -> None:
            scripts.put_nowait(session.script)
            status.put_nowait(await session.ask("GET VARIABLE AMDSTATUS"))
            await session.done()

        await scene.service.answer(note)
        call = await scene.call(HELLO)
        answered = await scene.up(call)
        assert await asyncio.wait_for(scripts.get(), 0.5) == "outbound"
        assert await asyncio.wait_for(status.get(), 1) == "200 result=0"
        assert answered["Uniqueid"] == call.attempt


@pytest.mark.parametrize("state", ["slow", "stopped"])
async def test_conf_message_in_time_with_detection_on(pair: Pair, state: str) -> None:
    async with opened(pair, record=True) as scene:
        if state == "slow":
            await scene.service.answer(never)
        else:
            await scene.service.stop_answering()
        calls = [await screened(scene, behaviour) for behaviour in (HELLO, SAYS_NOTHING)]
        for call in calls:
            assert await message_s(scene, call) in Recorded(2), call


async def test_conf_dead_service_message_as_soon_as_a_person_is_known(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        assert await message_s(scene, await screened(scene, HELLO)) < 1.6


async def test_conf_strict_counts_its_limit_from_the_greetings_end(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        await scene.service.answer(never)
        hello = await screened(scene, HELLO, mode=AmdMode.STRICT)
        silent = await screened(scene, SAYS_NOTHING, mode=AmdMode.STRICT)
        # "Hello?" lasts from 0.2 s to about 0.7 s: the message comes within two seconds of that.
        assert await message_s(scene, hello) in Recorded(2.5, more_s=0.4)
        # On a busy machine a recording has gaps, which shorten it; without the mode it were 2 s.
        assert await message_s(scene, silent) in Recorded(3.4, more_s=1.3)


@pytest.mark.parametrize("state", ["leaves it", "dead", "stopped"])
async def test_conf_a_machine_is_hung_up_without_message_and_not_abandoned(pair: Pair, state: str) -> None:
    async with opened(pair, record=True) as scene:
        if state == "leaves it":

            async def leave(session: RawSession) -> None:
                """A service that wants the dialplan to deal with the machine."""

            await scene.service.answer(leave)
        elif state == "stopped":
            await scene.service.stop_answering()
        call = await screened(scene, TONES)
        await scene.gone(call, within_s=5)
        assert (await scene.entry("machine", call.attempt))[0].isdigit()
        assert (await scene.entry("end", call.attempt))[1:4] == ["", "", ""]
        assert call.attempt not in await scene.ami.journal("aband")
        assert (await scene.heard(call.number)).loud_s() == 0


async def test_conf_a_machines_message_begins_after_greeting_and_beep(pair: Pair) -> None:
    async with opened(pair, record=True) as scene:
        told = f"MACHINEPROMPT={await tone(pair, 1.2)}"
        calls = [await screened(scene, replace(VOICE_MAIL, serial=serial), told, SURELY) for serial in (0, 1)]
        for call in calls:
            await scene.gone(call, within_s=30)
            assert (await scene.entry("machine", call.attempt))[1] == "SILENCE"
            answered = await scene.seen(call.number, RecordKind.ANSWERED)
            beeped = await scene.seen(call.number, RecordKind.SILENT)
            heard = await scene.heard(call.number)
            after_beep = heard.starts_s() - (beeped.at - answered.at).total_seconds()
            assert 0.5 <= after_beep <= 3.0, call  # silence of 1.9 s, less what a recording lost
            assert heard.loud_s() in Recorded(1.2)


async def test_conf_a_machine_that_hangs_up_on_us_is_a_machine(pair: Pair) -> None:
    async with opened(pair) as scene:
        call = await screened(scene, TONES, f"MACHINEPROMPT={await tone(pair, 1.2)}")
        await scene.seen(call.number, RecordKind.ANSWERED)
        (channel,) = (
            row["Channel"]
            for row in await scene.ami.listed("Status", {}, "Status", "StatusComplete")
            if row["Uniqueid"] == call.attempt
        )
        await asyncio.wait_for(_in_context(scene, call, "dialer-machine"), 5)
        await scene.ami.act("Hangup", {"Channel": channel})
        await scene.gone(call)
        assert (await scene.entry("machine", call.attempt))[1] == "HANGUP"


async def _in_context(scene: Scene, call: Call, context: str) -> None:
    """Wait until a call has come to a context of the dialplan."""
    while True:
        rows = await scene.ami.listed("Status", {}, "Status", "StatusComplete")
        if any(row["Uniqueid"] == call.attempt and row["Context"] == context for row in rows):
            return
        await asyncio.sleep(0.02)


async def test_conf_a_switch_without_app_amd_treats_everybody_as_a_person(pair: Pair) -> None:
    async with opened(pair) as scene:
        scripts: asyncio.Queue[str] = asyncio.Queue()

        async def note(session: RawSession) -> None:
            scripts.put_nowait(session.script)
            await session.done()

        await scene.service.answer(note)
        await pair.pbx.command("module unload app_amd.so")
        try:
            await screened(scene, TONES)
            assert await asyncio.wait_for(scripts.get(), 5) == "outbound?amd=&cause="
        finally:
            await pair.pbx.command("module load app_amd.so")
