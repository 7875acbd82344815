"""The FastAGI server on loopback: strangers at the port, limits, faults of handlers, staged stop."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from agi_peer import DEADLINE_S, connected, header
from structlog.testing import capture_logs

from ivr.agi import server as server_module
from ivr.agi.line import Line
from ivr.agi.server import FastAgiServer
from ivr.errors import CannotListen


async def ask_once(line: Line) -> None:
    await line.set_variable("CALL", line.request.unique_id)


@asynccontextmanager
async def serving(
    handler: Callable[[Line], Awaitable[None]] = ask_once, *, drain_s: float = 0.0, **options: float
) -> AsyncIterator[FastAgiServer]:
    server = FastAgiServer({"outbound": handler}, **options)  # type: ignore[arg-type]
    await server.start()
    try:
        yield server
    finally:
        await server.stop(drain_s)
        assert server.sessions == 0


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run until the condition holds."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - any condition, not one event
            await asyncio.sleep(0)


async def is_served(server: FastAgiServer) -> None:
    """One whole session: the proof that the server lives."""
    async with connected(server.port) as peer:
        peer.send(header(unique_id="proof"))
        assert await peer.command() == 'SET VARIABLE "CALL" "proof"'
        peer.say("200 result=1")
        assert await peer.closed()


async def test_a_session_from_header_to_close() -> None:
    async with serving() as server:
        await is_served(server)
        await until(lambda: server.sessions == 0)


async def test_port_probes_leave_nothing_behind() -> None:
    async with serving() as server:
        for _ in range(20):
            async with connected(server.port) as peer:
                peer.hang_up()
            async with connected(server.port) as peer:
                peer.reset()
        await is_served(server)
        await until(lambda: server.sessions == 0)


async def test_an_unreadable_header_is_told_and_a_probe_is_not() -> None:
    async with serving() as server:
        with capture_logs() as logs:
            async with connected(server.port) as probe:
                probe.hang_up()
                assert await probe.closed()
            async with connected(server.port) as peer:
                peer.send(b"GET / HTTP/1.1\r\n")
                assert await peer.closed()
            await until(lambda: server.sessions == 0)
    warned = [entry["why"] for entry in logs if entry["log_level"] == "warning"]
    assert warned == ["a header line that is not AGI's"]


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01",
        b"\n\n\n",
        b"agi_x: y\n" * 300,
        b"a" * 100_000,
        header()[:-30],
        b"HANGUP\n",
        b"200 result=1\n",
    ],
    ids=["http", "tls", "empty lines", "many headers", "endless line", "half header", "HANGUP", "answer"],
)
async def test_garbage_is_closed_and_serves_nobody(raw: bytes) -> None:
    async with serving() as server:
        async with connected(server.port) as peer:
            peer.send(raw)
            peer.hang_up()
        await is_served(server)
        await until(lambda: server.sessions == 0)


async def test_binary_garbage_without_an_end_of_line_is_bounded_by_time() -> None:
    async with serving(header_timeout_s=0.05) as server, connected(server.port) as peer:
        peer.send(b"\x16\x03\x01")
        with capture_logs() as logs:
            assert await peer.closed()
            await until(lambda: server.sessions == 0)
        assert [entry["event"] for entry in logs if entry["log_level"] == "warning"] == ["agi header overdue"]


async def test_silent_and_half_headers_are_closed_in_time() -> None:
    async with serving(header_timeout_s=0.05) as server:
        async with connected(server.port) as silent, connected(server.port) as half:
            half.send(header()[:40])
            assert await silent.closed()
            assert await half.closed()
        await is_served(server)


async def test_a_complete_header_disarms_the_header_time_out() -> None:
    stayed: list[bool] = []

    async def handler(line: Line) -> None:
        try:
            await asyncio.wait_for(line.gone.wait(), 0.15)
        except TimeoutError:
            stayed.append(True)

    async with serving(handler, header_timeout_s=0.05) as server, connected(server.port) as peer:
        peer.send(header())
        assert await peer.closed()
    assert stayed == [True]


async def test_unknown_script_is_closed_and_logged() -> None:
    async with serving() as server:
        with capture_logs() as logs:
            async with connected(server.port) as peer:
                peer.send(header(script="nosuch?x=1", unique_id="att-9"))
                assert await peer.closed()
        (entry,) = [entry for entry in logs if entry["event"] == "agi session not served"]
        assert (entry["script"], entry["call"], entry["log_level"]) == ("nosuch", "att-9", "warning")


async def test_query_does_not_hide_the_route() -> None:
    queries: list[dict[str, str]] = []

    async def handler(line: Line) -> None:
        queries.append(dict(line.request.query))

    async with serving(handler) as server, connected(server.port) as peer:
        peer.send(header(script="outbound?lead=7"))
        assert await peer.closed()
    assert queries == [{"lead": "7"}]


async def test_a_fault_in_a_handler_is_logged_with_the_call_and_ends_only_its_session() -> None:
    async def handler(line: Line) -> None:
        raise ZeroDivisionError("in the handler")

    async with serving(handler) as server:
        with capture_logs() as logs:
            for number in (1, 2):
                async with connected(server.port) as peer:
                    peer.send(header(unique_id=f"att-{number}"))
                    assert await peer.closed()
        faults = [entry for entry in logs if entry["event"] == "agi handler failed"]
        assert [(entry["call"], entry["log_level"]) for entry in faults] == [
            ("att-1", "error"),
            ("att-2", "error"),
        ]
        assert all(entry["exc_info"] for entry in faults)


async def test_a_caller_who_leaves_is_no_fault() -> None:
    async def handler(line: Line) -> None:
        await line.get_data("a", 5, 1)

    async with serving(handler) as server:
        with capture_logs() as logs:
            async with connected(server.port) as peer:
                peer.send(header())
                await peer.command()
                peer.say("200 result=-1", "HANGUP", "HANGUP")
                peer.hang_up()
            await until(lambda: server.sessions == 0)
        assert [entry["log_level"] for entry in logs] == ["info"]
        assert logs[0]["event"] == "agi session left"


async def test_hang_up_before_the_first_command() -> None:
    seen: list[bool] = []

    async def handler(line: Line) -> None:
        seen.append(line.hung_up)
        await line.answer()

    async with serving(handler) as server:
        async with connected(server.port) as peer:
            peer.send(header() + b"HANGUP\nHANGUP\n")
            peer.hang_up()
        await until(lambda: server.sessions == 0 and bool(seen))
    assert seen == [True]


async def test_a_handler_may_finish_its_work_after_the_line_is_gone() -> None:
    booked = asyncio.Event()
    go_on = asyncio.Event()

    async def handler(line: Line) -> None:
        await line.gone.wait()
        await go_on.wait()
        booked.set()

    async with serving(handler) as server:
        async with connected(server.port) as peer:
            peer.send(header())
            await until(lambda: server.sessions == 1)
        assert server.sessions == 1
        go_on.set()
        await asyncio.wait_for(booked.wait(), DEADLINE_S)
        await until(lambda: server.sessions == 0)


async def test_no_more_sessions_than_allowed() -> None:
    async def handler(line: Line) -> None:
        await line.gone.wait()

    async with serving(handler, max_sessions=2) as server, AsyncExitStack() as stack:
        held = [await stack.enter_async_context(connected(server.port)) for _ in range(2)]
        held[0].send(header())
        await until(lambda: server.sessions == 2)
        with capture_logs() as logs:
            async with connected(server.port) as third:
                assert await third.closed()
        assert [entry["event"] for entry in logs] == ["agi session refused"]
        held[1].hang_up()
        await until(lambda: server.sessions == 1)
        async with connected(server.port) as fourth:
            fourth.send(header())
            await until(lambda: server.sessions == 2)


async def test_port_taken_is_our_own_error() -> None:
    async with serving() as server:
        other = FastAgiServer({}, port=server.port)
        with pytest.raises(CannotListen, match=str(server.port)):
            await other.start()
        await other.stop()


async def test_stop_lets_sessions_end_and_takes_no_new_ones() -> None:
    done: list[str] = []

    async def handler(line: Line) -> None:
        done.append(await line.get_variable("X") or "")

    server = FastAgiServer({"outbound": handler})
    await server.start()
    async with connected(server.port) as peer, connected(server.port) as silent:
        peer.send(header())
        await peer.command()
        stopping = asyncio.create_task(server.stop(drain_s=DEADLINE_S))
        assert await silent.closed()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        assert not stopping.done()
        peer.say("200 result=1 (kept)")
        await asyncio.wait_for(stopping, DEADLINE_S)
        assert await peer.closed()
    assert done == ["kept"]
    assert server.sessions == 0
    await server.stop()


async def test_stop_cancels_what_does_not_end_and_the_cancel_is_seen() -> None:
    cancelled: list[str] = []

    async def handler(line: Line) -> None:
        try:
            await line.gosub("talk", "s", 1)
        except asyncio.CancelledError:
            cancelled.append(line.request.unique_id)
            raise

    server = FastAgiServer({"outbound": handler})
    await server.start()
    async with connected(server.port) as peer:
        peer.send(header(unique_id="att-3"))
        await peer.command()
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert "agi:outbound:att-3" in names
        await asyncio.wait_for(server.stop(drain_s=0.01), DEADLINE_S)
        assert await peer.closed()
    assert cancelled == ["att-3"]
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("agi:")]


async def test_a_handler_deaf_to_its_cancel_is_named_and_stop_returns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(server_module, "UNWIND_S", 0.02)
    release = asyncio.Event()

    async def handler(line: Line) -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    server = FastAgiServer({"outbound": handler})
    await server.start()
    try:
        async with connected(server.port) as peer:
            peer.send(header(unique_id="att-4"))
            await until(lambda: any(task.get_name() == "agi:outbound:att-4" for task in asyncio.all_tasks()))
            await asyncio.sleep(0)
            with capture_logs() as logs:
                await asyncio.wait_for(server.stop(drain_s=0), DEADLINE_S)
        assert "agi:outbound:att-4" in [entry.get("task") for entry in logs]
    finally:  # or the loop of this test could never end
        release.set()
    await until(lambda: server.sessions == 0)


async def test_stop_before_start_is_harmless() -> None:
    await FastAgiServer({}).stop()


async def test_five_hundred_sessions_at_once() -> None:
    arrived = 0
    all_here = asyncio.Event()

    async def handler(line: Line) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == 500:
            all_here.set()
        await all_here.wait()
        for number in range(3):
            assert await line.get_variable(f"V{number}") == f"{line.request.unique_id}-{number}"

    async def one(port: int, call: str) -> None:
        async with connected(port) as peer:
            peer.send(header(unique_id=call))
            for number in range(3):
                assert await peer.command() == f'GET VARIABLE "V{number}"'
                peer.say(f"200 result=1 ({call}-{number})")
            assert await peer.closed()

    with capture_logs() as logs:
        async with serving(handler, drain_s=DEADLINE_S) as server, asyncio.timeout(30):
            await asyncio.gather(*(one(server.port, f"att-{number}") for number in range(500)))
    assert arrived == 500
    assert [entry for entry in logs if entry["log_level"] in ("warning", "error")] == []
