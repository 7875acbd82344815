"""A caller to the hotline: served, or told why not, and never left in silence."""

import pytest
from rawagi import RawSession
from scene import Recorded, Scene, opened, tone

from dialer.simulator.numbers import Caller, HangUp, Press, number_of_caller
from dialer.simulator.records import RecordKind
from service.pbx.pair import Pair

pytestmark = pytest.mark.asterisk


async def rings_us(scene: Scene, caller: Caller) -> str:
    """Let the network call our hotline; return the caller's number."""
    number = number_of_caller(caller)
    headers = {"Channel": f"Local/{number}@callers/n", "Application": "Wait", "Data": "60", "Async": "true"}
    assert (await scene.network.act("Originate", headers))["Response"] == "Success"
    return number


async def test_conf_hotline_menu_agent_vote_with_the_callers_own_keys(pair: Pair) -> None:
    async with opened(pair) as scene:
        agent = await scene.seat()

        async def serve(session: RawSession) -> None:
            assert session.script == "hotline"
            await session.ask("SET AUTOHANGUP 10")
            session.variables["menu"] = await session.ask("GET DATA vm-press 8000 1")
            session.variables["talk"] = await session.talk(agent)
            await session.ask("SET AUTOHANGUP 10")
            session.variables["vote"] = await session.ask("GET DATA vm-press 8000 1")
            session.variables["att"] = await session.get("${ATT}")
            await session.done()

        await scene.service.answer(serve)
        number = await rings_us(scene, Caller(menu_key=1, talk_s=1, press=Press.SCORE_5))
        await scene.seen(number, RecordKind.SILENT)
        await scene.release(agent)
        await scene.seen(number, RecordKind.ENDED)
        (session,) = scene.service.sessions
        told = session.variables
        assert (told["menu"], told["talk"], told["vote"]) == ("200 result=1", "SUCCESS", "200 result=5")
        assert told["agi_callerid"] == number
        assert told["att"] == f"in-{told['agi_uniqueid']}"
        assert told["att"] not in await scene.ami.journal("end")


@pytest.mark.parametrize(
    ("state", "starts_s"), [("dead", Recorded(0.2)), ("stopped", Recorded(3, more_s=0.2))]
)
async def test_conf_hotline_without_service_hears_a_message(
    pair: Pair, state: str, starts_s: Recorded
) -> None:
    away = pair.prompts / "away.wav"
    (pair.prompts / f"{(await tone(pair, 0.7)).rpartition('/')[2]}.wav").rename(away)
    async with opened(pair, record=True) as scene:
        if state == "stopped":
            await scene.service.stop_answering()
        number = await rings_us(scene, Caller(menu_key=0, talk_s=40))
        await scene.seen(number, RecordKind.ENDED)
        sound = await scene.heard(number)
        assert sound.starts_s() in starts_s
        assert sound.loud_s() in Recorded(0.7)
        ends = [end for key, end in (await scene.ami.journal("end")).items() if key.startswith("in-")]
        assert ["", "", "1", "", "16"] in [end[1:6] for end in ends]
        assert not [key for key in await scene.ami.journal("aband") if key.startswith("in-")]
    away.unlink()


async def test_conf_hotline_service_killed_in_talk_vote_taken_offline(pair: Pair) -> None:
    async with opened(pair) as scene:
        agent = await scene.seat()

        async def talk(session: RawSession) -> None:
            await session.ask("SET AUTOHANGUP 10")
            session.variables["att"] = await session.get("${ATT}")
            await session.talk(agent)
            await session.gone()

        await scene.service.answer(talk)
        number = await rings_us(scene, Caller(menu_key=0, talk_s=2, press=Press.SCORE_3))
        status = await scene.ami.event(
            lambda e: e["Event"] == "BridgeEnter" and e["BridgeTechnology"] != "holding_bridge"
        )
        assert status["BridgeUniqueid"]
        await scene.service.die()
        await scene.seen(number, RecordKind.SILENT)
        await scene.release(agent)
        await scene.seen(number, RecordKind.ENDED, within_s=20)
        attempt = scene.service.sessions[0].variables["att"]
        assert (await scene.entry("vote", attempt))[1:] == ["OK", "3"]


async def test_conf_hotline_caller_hangs_up_first(pair: Pair) -> None:
    async with opened(pair) as scene:
        await scene.service.stop_answering()
        number = await rings_us(scene, Caller(hang_up=HangUp.IMPATIENT))
        ended = await scene.seen(number, RecordKind.ENDED)
        answered = await scene.seen(number, RecordKind.ANSWERED)
        assert 1.4 <= (ended.at - answered.at).total_seconds() <= 2.8  # before the limit of 3 s
