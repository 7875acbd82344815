"""A line over a loopback connection: what each command sends, what its answers mean, how it ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from agi_peer import DEADLINE_S, SwitchPeer, connected, header, recorded, words

from ivr.agi import connection as connection_module
from ivr.agi.line import Keys, Line
from ivr.agi.server import FastAgiServer
from ivr.errors import (
    BadCommand,
    BadWire,
    CommandRefused,
    HungUp,
    LineBusy,
    LineError,
    LineLost,
    ReplyOverdue,
)

Session = tuple[Line, SwitchPeer]
Call = Callable[[Line], Coroutine[Any, Any, Any]]


@pytest.fixture
async def server() -> AsyncIterator[tuple[FastAgiServer, "asyncio.Queue[Line]"]]:
    """A server whose only handler hands its line to the test and stays until the test is over."""
    lines: asyncio.Queue[Line] = asyncio.Queue()

    async def handler(line: Line) -> None:
        await lines.put(line)
        await asyncio.Event().wait()

    server = FastAgiServer({"outbound": handler})
    await server.start()
    yield server, lines
    await server.stop(drain_s=0)


@pytest.fixture
async def session(server: tuple[FastAgiServer, "asyncio.Queue[Line]"]) -> AsyncIterator[Session]:
    async with connected(server[0].port) as peer:
        peer.send(header())
        async with asyncio.timeout(DEADLINE_S):
            line = await server[1].get()
        yield line, peer


async def over(future: "asyncio.Future[Any] | Coroutine[Any, Any, Any]") -> Any:
    async with asyncio.timeout(DEADLINE_S):
        return await future


@pytest.mark.parametrize(
    ("call", "sent", "said", "result"),
    [
        (lambda line: line.answer(), ["ANSWER"], "200 result=0", None),
        (lambda line: line.stream_file("/p/a"), ["STREAM", "FILE", "/p/a", ""], "200 result=0 endpos=8", ""),
        (
            lambda line: line.stream_file("/p/a b", "12"),
            ["STREAM", "FILE", "/p/a b", "12"],
            "200 result=50 endpos=8",
            "2",
        ),
        (
            lambda line: line.get_data("/p/a", 2.5, 3),
            ["GET", "DATA", "/p/a", "2500", "3"],
            "200 result=12",
            Keys("12", False),
        ),
        (
            lambda line: line.get_data("/p/a", 2, 1),
            ["GET", "DATA", "/p/a", "2000", "1"],
            "200 result= (timeout)",
            Keys("", True),
        ),
        (
            lambda line: line.get_data("/p/a", 2, 3),
            ["GET", "DATA", "/p/a", "2000", "3"],
            "200 result=12 (timeout)",
            Keys("12", True),
        ),
        (lambda line: line.wait_for_digit(3), ["WAIT", "FOR", "DIGIT", "3000"], "200 result=35", "#"),
        (lambda line: line.wait_for_digit(0.3), ["WAIT", "FOR", "DIGIT", "300"], "200 result=0", ""),
        (
            lambda line: line.set_variable("A", 'x "y", z'),
            ["SET", "VARIABLE", "A", 'x "y", z'],
            "200 result=1",
            None,
        ),
        (lambda line: line.get_variable("A"), ["GET", "VARIABLE", "A"], "200 result=1 (hangup)", "hangup"),
        (lambda line: line.get_variable("A"), ["GET", "VARIABLE", "A"], "200 result=1 ()", ""),
        (lambda line: line.get_variable("A"), ["GET", "VARIABLE", "A"], "200 result=0", None),
        (
            lambda line: line.get_variable("CHANNEL(state)"),
            ["GET", "VARIABLE", "CHANNEL(state)"],
            "200 result=1 (Up)",
            "Up",
        ),
        (
            lambda line: line.get_variable("${A}-$[1+1]"),
            ["GET", "FULL", "VARIABLE", "${A}-$[1+1]"],
            "200 result=1 (-2)",
            "-2",
        ),
        (
            lambda line: line.get_variable("$[1+1]"),
            ["GET", "FULL", "VARIABLE", "$[1+1]"],
            "200 result=0",
            "",
        ),
        (lambda line: line.channel_status(), ["CHANNEL", "STATUS"], "200 result=6", 6),
        (lambda line: line.set_autohangup(20), ["SET", "AUTOHANGUP", "20"], "200 result=0", None),
        (lambda line: line.set_music(True), ["SET", "MUSIC", "on"], "200 result=0", None),
        (lambda line: line.set_music(False), ["SET", "MUSIC", "off"], "200 result=0", None),
        (
            lambda line: line.exec("Set", "A=1", "b"),
            ["EXEC", "Set", "A=1,b"],
            "200 result=0",
            0,
        ),
        (
            lambda line: line.gosub("talk", "s", 1, "PJSIP/agent-101-0000001"),
            ["GOSUB", "talk", "s", "1", "PJSIP/agent-101-0000001"],
            "100 result=0 Trying...\n200 result=0 Gosub complete",
            None,
        ),
        (
            lambda line: line.gosub("quick", "s", 1, "a", "b c"),
            ["GOSUB", "quick", "s", "1", "a,b c"],
            "100 result=0 Trying...\n200 result=0 Gosub complete",
            None,
        ),
        (
            lambda line: line.gosub("quick", "s", "1"),
            ["GOSUB", "quick", "s", "1"],
            "100 result=0 Trying...\n200 result=0 Gosub complete",
            None,
        ),
    ],
)
async def test_command_and_answer(
    session: Session, call: Call, sent: list[str], said: str, result: object
) -> None:
    line, peer = session
    task = asyncio.create_task(call(line))
    assert words(await peer.command()) == sent
    peer.say(said)
    assert await over(task) == result
    assert not line.gone.is_set()


async def test_gosub_trying_is_not_its_answer(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.gosub("talk", "s", 1, "a"))
    await peer.command()
    peer.say("100 result=0 Trying...")
    noop = asyncio.create_task(line.command("NOOP"))
    with pytest.raises(LineBusy, match="GOSUB is under way"):
        await over(noop)
    assert not task.done()
    peer.say("200 result=0 Gosub complete")
    await over(task)
    value = asyncio.create_task(line.get_variable("GOSUB_RETVAL"))
    await peer.command()
    peer.say("200 result=1 (SUCCESS)")
    assert await over(value) == "SUCCESS"


@pytest.mark.parametrize(
    ("name", "call", "error"),
    [
        ("left_in_get_data", lambda line: line.get_data("silence/10", 5, 1), HungUp),
        ("left_in_stream", lambda line: line.stream_file("silence/10"), HungUp),
        ("left_in_wait", lambda line: line.wait_for_digit(5), HungUp),
        ("left_in_gosub", lambda line: line.gosub("gone", "s", 1), HungUp),
        ("left_in_exec", lambda line: line.exec("Wait", "10"), HungUp),
        ("timer_in_get_data", lambda line: line.get_data("silence/5", 2, 1), HungUp),
        ("dead_in_get_data", lambda line: line.get_data("silence/10", 5, 1), HungUp),
    ],
)
async def test_recorded_hang_up(session: Session, name: str, call: Call, error: type[LineError]) -> None:
    """The bytes of a caller who left, to their end: the error is HungUp, and so is that of all later ones."""
    line, peer = session
    _, turns, ended = recorded(name)
    turns = [turn for turn in turns if not turn.sent.startswith("SET AUTOHANGUP 1")]
    task = asyncio.create_task(call(line))
    assert words(await peer.command())[:2] == words(turns[0].sent)[:2]
    peer.send(turns[0].came)
    if ended:
        peer.hang_up()
    else:  # the switch goes on answering on the dead channel
        assert await peer.command() == "CHANNEL STATUS"
        peer.say("HANGUP", "511 Command Not Permitted on a dead channel or intercept routine")
    with pytest.raises(error):
        await over(task)
    assert line.hung_up
    assert line.gone.is_set()
    with pytest.raises(HungUp):
        await over(line.get_variable("X"))


async def test_recorded_hang_up_after_a_talk(session: Session) -> None:
    line, peer = session
    _, turns, _ = recorded("left_in_talk")
    talk = asyncio.create_task(line.gosub("talk", "s", 1, "Local/s@agent-00000012;2"))
    assert words(await peer.command()) == words(turns[1].sent)
    peer.send(turns[1].came + turns[2].came)
    with pytest.raises(HungUp):
        await over(talk)
    with pytest.raises(HungUp):
        await over(line.get_variable("GOSUB_RETVAL"))


async def test_hangup_lines_while_idle_set_gone(session: Session) -> None:
    line, peer = session
    peer.say("HANGUP", "HANGUP", "HANGUP")
    await over(line.gone.wait())
    assert line.hung_up
    with pytest.raises(HungUp):
        await over(line.channel_status())


async def test_hangup_between_command_and_answer_does_not_shift_answers(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.get_variable("X"))
    await peer.command()
    peer.say("HANGUP", "200 result=1 (x)")
    assert await over(task) == "x"
    reply = asyncio.create_task(line.command("GET VARIABLE", "Y", even_hung_up=True))
    assert words(await peer.command()) == ["GET", "VARIABLE", "Y"]
    peer.say("HANGUP", "200 result=1 (y)")
    assert (await over(reply)).data == "y"
    with pytest.raises(HungUp):
        await over(line.get_variable("Z"))


async def test_hangup_and_no_answer_ends_the_command(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "HANGUP_GRACE_S", 0.01)
    line, peer = session
    task = asyncio.create_task(line.gosub("talk", "s", 1))
    await peer.command()
    peer.say("HANGUP")
    with pytest.raises(HungUp):
        await over(task)
    assert await peer.closed()


async def test_dead_channel_is_a_hang_up(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.set_autohangup(3))
    await peer.command()
    peer.say("511 Command Not Permitted on a dead channel or intercept routine")
    with pytest.raises(HungUp):
        await over(task)
    assert line.hung_up


@pytest.mark.parametrize(
    ("call", "said", "code"),
    [
        (lambda line: line.command("NO SUCH"), "510 Invalid or unknown command", 510),
        (
            lambda line: line.command("GET"),
            "520-Invalid command syntax.\nUsage\n520 End of proper usage.",
            520,
        ),
        (lambda line: line.command("NOOP"), "503 result=-2 Memory allocation failure", 503),
        (lambda line: line.exec("NoSuchApp"), "200 result=-2", 200),
    ],
)
async def test_refused_and_the_line_goes_on(session: Session, call: Call, said: str, code: int) -> None:
    line, peer = session
    task = asyncio.create_task(call(line))
    await peer.command()
    peer.say(said)
    with pytest.raises(CommandRefused) as refused:
        await over(task)
    assert refused.value.code == code
    status = asyncio.create_task(line.channel_status())
    await peer.command()
    peer.say("200 result=6")
    assert await over(status) == 6


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda line: line.stream_file("/no/such"), "200 result=-1 endpos=0"),
        (lambda line: line.get_data("/no/such", 1, 1), "200 result=-1"),
        (lambda line: line.gosub("nosuch", "s", 1), "200 result=-1 Gosub label not found"),
        (lambda line: line.exec("Return"), "200 result=-1"),
    ],
)
async def test_failure_with_the_caller_still_there_is_no_hang_up(
    session: Session, call: Call, said: str
) -> None:
    line, peer = session
    task = asyncio.create_task(call(line))
    await peer.command()
    peer.say(said)
    assert await peer.command() == "CHANNEL STATUS"
    peer.say("200 result=6")
    with pytest.raises(CommandRefused):
        await over(task)
    assert not line.hung_up


async def test_end_of_file_in_a_command_is_a_lost_line(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.get_data("/p/a", 5, 1))
    await peer.command()
    peer.send(b"200 resu")
    peer.hang_up()
    with pytest.raises(LineLost):
        await over(task)
    assert line.gone.is_set()
    assert not line.hung_up
    with pytest.raises(LineLost):
        await over(line.channel_status())


async def test_end_of_file_after_a_minus_one_is_a_hang_up(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.get_data("/p/a", 5, 1))
    await peer.command()
    peer.say("200 result=-1")
    peer.hang_up()
    with pytest.raises(HungUp):
        await over(task)


async def test_reset_in_a_command_is_a_lost_line(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.get_data("/p/a", 5, 1))
    await peer.command()
    peer.reset()
    with pytest.raises(LineLost):
        await over(task)


async def test_end_of_file_while_idle_sets_gone(session: Session) -> None:
    line, peer = session
    peer.hang_up()
    await over(line.gone.wait())
    assert not line.hung_up


async def test_overdue_answer_closes_the_line(session: Session) -> None:
    line, peer = session
    with pytest.raises(ReplyOverdue, match=r"NOOP: no answer in 0\.02 s"):
        await over(line.command("NOOP", longest_s=0.02))
    assert await peer.command() == "NOOP"
    assert await peer.closed()
    with pytest.raises(LineLost):
        await over(line.channel_status())


async def test_each_command_has_its_own_deadline(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    """An alarm left from an earlier, answered command neither ends nor shields a later one."""
    line, peer = session
    for longest_s in (5.0, 0.01):
        answered = asyncio.create_task(line.command("NOOP", longest_s=longest_s))
        await peer.command()
        peer.say("200 result=0")
        await over(answered)
    waiting = asyncio.create_task(line.command("WAIT", longest_s=None))
    with pytest.raises(TimeoutError):  # the alarm of 0.01 s rings meanwhile
        await asyncio.wait_for(asyncio.shield(waiting), 0.05)
    await peer.command()
    peer.say("200 result=0")
    await over(waiting)
    for longest_s in (0.01, 0.1):
        short = asyncio.create_task(line.command("NOOP", longest_s=longest_s))
        await peer.command()
        if longest_s == 0.01:
            peer.say("200 result=0")
            await over(short)
    began = asyncio.get_running_loop().time()
    with pytest.raises(ReplyOverdue, match=r"0\.1 s"):
        await over(short)
    assert 0.05 < asyncio.get_running_loop().time() - began < 2.0
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_cancelled_command_makes_the_line_unusable(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.get_variable("X"))
    assert await peer.command() == 'GET VARIABLE "X"'
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    peer.say("200 result=1 (late)")
    with pytest.raises(LineLost):
        await over(line.get_variable("Y"))
    assert await peer.closed()
    assert line.gone.is_set()


async def test_answer_to_nothing_closes_the_line(session: Session) -> None:
    line, peer = session
    peer.say("200 result=1 (surprise)")
    await over(line.gone.wait())
    with pytest.raises(LineLost, match="an answer to no command"):
        await over(line.get_variable("X"))


async def test_garbage_in_a_command_is_bad_wire(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.get_variable("X"))
    await peer.command()
    peer.send(b"what?\n")
    with pytest.raises(BadWire):
        await over(task)
    assert await peer.closed()


@pytest.mark.parametrize(
    "call",
    [
        lambda line: line.set_variable("A", "x\r\nHANGUP"),
        lambda line: line.set_variable("A\n", "x"),
        lambda line: line.stream_file("a\0"),
        lambda line: line.set_variable("A", "x" * 9000),
        lambda line: line.gosub("talk", "s", 1, "a,b"),
        lambda line: line.gosub("talk", "s", 1, "a)"),
    ],
)
async def test_bad_commands_send_nothing(session: Session, call: Call) -> None:
    line, peer = session
    with pytest.raises(BadCommand):
        await over(call(line))
    status = asyncio.create_task(line.channel_status())
    assert await peer.command() == "CHANNEL STATUS"
    peer.say("200 result=6")
    assert await over(status) == 6


async def test_hangup_ends_the_line(session: Session) -> None:
    line, peer = session
    task = asyncio.create_task(line.hangup())
    assert await peer.command() == "HANGUP"
    peer.say("200 result=1", "HANGUP")
    await over(task)
    assert line.hung_up
    with pytest.raises(HungUp):
        await over(line.answer())


async def test_waiting_commands_carry_their_own_longest_time() -> None:
    """The allowance is the prompt's and the keys', not the five seconds of a plain command."""
    asked: list[tuple[str, float | None]] = []

    class Noting:
        hung_up = False
        gone = asyncio.Event()

        async def exchange(self, name: str, args: object, longest_s: float | None) -> object:
            asked.append((name, longest_s))
            raise LineLost(name)

        def mark_hung_up(self) -> None: ...

        def close(self) -> None: ...

    line = Line(request=None, exchange=Noting())  # type: ignore[arg-type]
    for call in (
        line.get_data("a", 5, 4, prompt_s=30),
        line.wait_for_digit(20),
        line.stream_file("a", longest_s=9),
        line.gosub("talk", "s", 1),
        line.exec("Wait", "3", longest_s=None),
        line.channel_status(),
    ):
        with pytest.raises(LineLost):
            await call
    assert asked == [
        ("GET DATA", 50.0),
        ("WAIT FOR DIGIT", 25.0),
        ("STREAM FILE", 9),
        ("GOSUB", None),
        ("EXEC", None),
        ("CHANNEL STATUS", 5.0),
    ]
