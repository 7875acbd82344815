"""The scripted caller behaves on a ``Line`` as the switch does: the same conversations over both."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from agi_peer import DEADLINE_S, SwitchPeer, connected, header, words

from ivr.agi.line import Keys, Line
from ivr.agi.memory import HANG_UP, ScriptedLine, scripted_request
from ivr.agi.server import FastAgiServer
from ivr.errors import BadCommand, CommandRefused, HungUp, LineBusy, LineError, LineLost

Conversation = Callable[[Line], Awaitable[object]]


async def over_the_wire(answers: dict[str, str], conversation: Conversation) -> object:
    """Hold a conversation with a peer that answers each command as recorded; return what came of it.

    ``answers`` maps the beginning of a command to lines, ``|`` between them; ``EOF`` closes instead.
    """
    outcome: asyncio.Future[object] = asyncio.get_running_loop().create_future()

    async def handler(line: Line) -> None:
        outcome.set_result(await told(conversation, line))

    server = FastAgiServer({"outbound": handler})
    await server.start()
    try:
        async with connected(server.port) as peer:
            peer.send(header())
            answering = asyncio.create_task(answer(peer, answers))
            async with asyncio.timeout(DEADLINE_S):
                result = await outcome
            answering.cancel()
            return result
    finally:
        await server.stop(drain_s=0)


async def answer(peer: SwitchPeer, answers: dict[str, str]) -> None:
    while command := await peer.command():
        said = " ".join(words(command))
        for line in next(lines for start, lines in answers.items() if said.startswith(start)).split("|"):
            if line == "EOF":
                peer.hang_up()
                return
            peer.say(line)


async def told(conversation: Conversation, line: Line) -> object:
    """Return the conversation's result, or the name of the error that ended it and of that after it."""
    try:
        return await conversation(line)
    except LineError as error:
        after = ""
        try:
            await line.set_variable("X", "1")
        except LineError as second:
            after = type(second).__name__
        return type(error).__name__, after, line.hung_up, line.gone.is_set()


async def menu(line: Line) -> object:
    await line.set_autohangup(10)
    first = await line.get_data("menu", 3, 1)
    return first, await line.wait_for_digit(2), await line.get_data("code", 1, 4)


async def play(line: Line) -> object:
    return await line.stream_file("welcome", "12"), await line.stream_file("rest")


async def talk(line: Line) -> object:
    await line.gosub("talk", "s", 1, "PJSIP/agent-101-00000001")
    return await line.get_variable("GOSUB_RETVAL"), await line.get_variable("UNSET")


async def evaluate(line: Line) -> object:
    await line.set_variable("A", "x (y)")
    return await line.get_variable("A"), await line.get_variable("${A}-${UNSET}")


async def end(line: Line) -> object:
    await line.hangup()
    return line.hung_up, line.gone.is_set()


PLAIN = {"SET AUTOHANGUP": "200 result=0", "SET VARIABLE": "200 result=1", "CHANNEL STATUS": "200 result=6"}
LEFT = "200 result=-1|HANGUP|HANGUP|EOF"
SCRIPTS: dict[str, tuple[Conversation, dict[str, str], Callable[[], ScriptedLine], object]] = {
    "keys": (
        menu,
        {
            "GET DATA menu": "200 result=5",
            "WAIT FOR DIGIT": "200 result=51",
            "GET DATA code": "200 result=12",
        },
        lambda: ScriptedLine(["5", "3", "12#"]),
        (Keys("5", False), "3", Keys("12", False)),
    ),
    "silence": (
        menu,
        {
            "GET DATA menu": "200 result= (timeout)",
            "WAIT FOR DIGIT": "200 result=0",
            "GET DATA code": "200 result=12 (timeout)",
        },
        lambda: ScriptedLine(["", "", "12"]),
        (Keys("", True), "", Keys("12", True)),
    ),
    "leaves at the second question": (
        menu,
        {"GET DATA menu": "200 result=5", "WAIT FOR DIGIT": LEFT},
        lambda: ScriptedLine(["5", HANG_UP]),
        ("HungUp", "HungUp", True, True),
    ),
    "leaves in a prompt": (
        menu,
        {"GET DATA menu": LEFT},
        lambda: ScriptedLine(hang_up_on="menu"),
        ("HungUp", "HungUp", True, True),
    ),
    "connection lost in a prompt": (
        menu,
        {"GET DATA menu": "EOF"},
        lambda: ScriptedLine(lost_on="menu"),
        ("LineLost", "LineLost", False, True),
    ),
    "prompt is missing": (
        menu,
        {"GET DATA menu": "200 result=-1"},
        lambda: ScriptedLine(missing=["menu"]),
        ("CommandRefused", "", False, False),
    ),
    "breaks a prompt off": (
        play,
        {"STREAM FILE welcome": "200 result=50 endpos=4000", "STREAM FILE rest": "200 result=0 endpos=9"},
        lambda: ScriptedLine(barge_in={"welcome": "2", "rest": "1"}),
        ("2", ""),
    ),
    "talk": (
        talk,
        {
            "GOSUB": "100 result=0 Trying...|200 result=0 Gosub complete",
            "GET VARIABLE GOSUB_RETVAL": "200 result=1 (SUCCESS)",
            "GET VARIABLE UNSET": "200 result=0",
        },
        ScriptedLine,
        ("SUCCESS", None),
    ),
    "leaves in the talk": (
        talk,
        {"GOSUB": "100 result=0 Trying...|200 result=0 Gosub complete (abnormal exit)|HANGUP|HANGUP|EOF"},
        lambda: ScriptedLine(hang_up_on="GOSUB"),
        ("HungUp", "HungUp", True, True),
    ),
    "values": (
        evaluate,
        {"GET VARIABLE A": "200 result=1 (x (y))", "GET FULL VARIABLE": "200 result=1 (x (y)-)"},
        ScriptedLine,
        ("x (y)", "x (y)-"),
    ),
    "we hang up": (end, {"HANGUP": "200 result=1|HANGUP|EOF"}, ScriptedLine, (True, True)),
}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_over_the_wire(name: str) -> None:
    conversation, answers, _, result = SCRIPTS[name]
    assert await over_the_wire(PLAIN | answers, conversation) == result


@pytest.mark.parametrize("name", SCRIPTS)
async def test_over_the_twin(name: str) -> None:
    conversation, _, line, result = SCRIPTS[name]
    assert await told(conversation, line()) == result


def test_the_twin_has_no_other_commands_than_the_line() -> None:
    overridden = [name for name in vars(ScriptedLine) if name in vars(Line) and not name.startswith("__")]
    assert overridden == []


async def test_a_talk_lasts_until_it_ends_and_says_what_it_returned() -> None:
    told_: list[tuple[str, ...]] = []
    begun, release = asyncio.Event(), asyncio.Event()

    async def talk(arguments: tuple[str, ...]) -> str:
        told_.append(arguments)
        begun.set()
        await release.wait()
        return "BUSY"

    line = ScriptedLine(talk=talk)
    task = asyncio.create_task(line.gosub("talk", "s", 1, "agent"))
    await begun.wait()
    with pytest.raises(LineBusy):
        await line.channel_status()
    assert not task.done()
    release.set()
    await task
    assert told_ == [("agent",)]
    assert await line.get_variable("GOSUB_RETVAL") == "BUSY"


@pytest.mark.parametrize(("end", "error"), [("leave", HungUp), ("lose", LineLost)])
async def test_the_end_of_the_caller_ends_the_talk(end: str, error: type[LineError]) -> None:
    cancelled = asyncio.Event()
    begun = asyncio.Event()

    async def talk(arguments: tuple[str, ...]) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return ""

    line = ScriptedLine(talk=talk)
    task = asyncio.create_task(line.gosub("talk", "s", 1, "agent"))
    await begun.wait()
    getattr(line, end)()
    with pytest.raises(error):
        await task
    assert cancelled.is_set()
    assert line.gone.is_set()


async def test_keys_not_wanted_yet_are_kept() -> None:
    line = ScriptedLine(["1234#5"])
    assert await line.get_data("a", 1, 2) == Keys("12", False)
    assert await line.get_data("b", 1, 9) == Keys("34", False)
    assert await line.wait_for_digit(1) == "5"


async def test_what_was_done_is_on_record() -> None:
    line = ScriptedLine(request=scripted_request("vote", "att-7", agi_arg_1="x"))
    await line.stream_file("a")
    await line.get_data("b", 1, 1)
    await line.set_autohangup(7)
    await line.set_music(True)
    await line.set_variable("DONE", "1")
    await line.gosub("talk", "s", 1, "agent")
    assert line.played == ["a", "b"]
    assert line.caller.autohangups == [7]
    assert line.caller.music
    assert line.variables == {"DONE": "1", "GOSUB_RETVAL": "SUCCESS"}
    assert line.caller.gosubs == [("talk", "s", "1", "agent")]
    assert line.commands[1] == ("GET DATA", "b", "1000", "1")
    assert (line.request.script, line.request.unique_id) == ("vote", "att-7")
    assert line.request.variables["agi_arg_1"] == "x"


async def test_a_cancelled_command_loses_the_twin_as_it_loses_the_line() -> None:
    line = ScriptedLine()
    task = asyncio.create_task(line.get_data("a", 1, 1))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(LineLost):
        await line.channel_status()


async def test_the_twin_refuses_what_the_wire_would_refuse() -> None:
    with pytest.raises(BadCommand):
        await ScriptedLine().set_variable("A", "x\n")
    with pytest.raises(CommandRefused):
        await ScriptedLine(missing=["a"]).stream_file("a")
