"""The twin of a line: a caller who does what a script says, without a switch and without waiting.

Serves the tests of flows, runner and dialer, and the simulator. Answers each AGI command the service
uses as the switch does; time-outs take no time. Must not know flows.
"""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress

from ivr.agi.line import CHANNEL_UP, Line
from ivr.agi.wire import AgiRequest, Reply, command_line
from ivr.errors import HungUp, LineBusy, LineLost

HANG_UP = "<hangs up>"  # in a script of keys: the caller leaves where keys were asked for

Talk = Callable[[tuple[str, ...]], Awaitable[str]]

_EXPRESSION = re.compile(r"\$\{([^{}]*)\}")


def scripted_request(script: str = "outbound", unique_id: str = "att-1", **variables: str) -> AgiRequest:
    """Return a request as the switch sends it; ``variables`` are further header lines (``agi_…``)."""
    return AgiRequest.of(
        {
            "agi_network": "yes",
            "agi_network_script": script,
            "agi_channel": "PJSIP/network-00000001",
            "agi_language": "en",
            "agi_uniqueid": unique_id,
            "agi_callerid": "unknown",
            "agi_dnid": "unknown",
            **variables,
        }
    )


async def _short_talk(arguments: tuple[str, ...]) -> str:
    return "SUCCESS"


class ScriptedCaller:
    """What the caller does and what became of him; implements ``Exchange`` of ``line.py``.

    See ``ScriptedLine`` for the script.
    """

    def __init__(
        self,
        keys: Iterable[str] = (),
        barge_in: Mapping[str, str] | None = None,
        hang_up_on: str | None = None,
        lost_on: str | None = None,
        missing: Collection[str] = (),
        variables: Mapping[str, str] | None = None,
        talk: Talk = _short_talk,
    ) -> None:
        self.gone = asyncio.Event()
        self.keys = deque(keys)
        self.barge_in = dict(barge_in or {})
        self.hang_up_on, self.lost_on = hang_up_on, lost_on
        self.missing = frozenset(missing)
        self.variables = dict(variables or {})
        self.talk = talk
        self.commands: list[tuple[str, ...]] = []
        self.played: list[str] = []
        self.gosubs: list[tuple[str, ...]] = []
        self.autohangups: list[int] = []
        self.music = False
        self._hung_up = False
        self._closed = False
        self._under_way = ""

    @property
    def hung_up(self) -> bool:
        """True once the caller has left."""
        return self._hung_up

    def mark_hung_up(self) -> None:
        """The caller leaves; a talk under way ends."""
        self._hung_up = True
        self.gone.set()

    def close(self) -> None:
        """The connection is closed; the caller may still be there."""
        self._closed = True
        self.gone.set()

    async def exchange(self, name: str, args: Sequence[str], longest_s: float | None) -> Reply:
        """Do what one command asks for; see ``Exchange``."""
        command_line(name, *args)  # refuses what the wire would refuse
        if self._closed:
            raise HungUp(name) if self._hung_up else LineLost(name)
        if self._under_way:
            raise LineBusy(f"{name}: {self._under_way} is under way")
        self._under_way = name
        self.commands.append((name, *args))
        try:
            await asyncio.sleep(0)  # a real answer never comes in the same turn of the loop
            reply = await self._answer(name, tuple(args))
        except asyncio.CancelledError:
            self.close()
            raise
        finally:
            self._under_way = ""
        if self.gone.is_set() and not self.hung_up:
            raise LineLost(name)
        return reply

    async def _answer(self, name: str, args: tuple[str, ...]) -> Reply:
        places = (name, *args)
        if self.lost_on in places:
            self.close()
            raise LineLost(f"{name}: as scripted")
        if self.hang_up_on in places:
            self.mark_hung_up()
        if self._hung_up:
            return _reply("-1")
        match name:
            case "GET DATA" | "STREAM FILE" | "WAIT FOR DIGIT":
                return self._listened(name, args)
            case "GOSUB":
                return await self._gosub(args)
            case "GET VARIABLE" | "GET FULL VARIABLE":
                return self._variable(name, args[0])
            case _:
                return self._done(name, args)

    def _done(self, name: str, args: tuple[str, ...]) -> Reply:
        """Carry out a command that asks nothing of the caller."""
        match name:
            case "SET VARIABLE":
                self.variables[args[0]] = args[1]
                return _reply("1")
            case "SET AUTOHANGUP":
                self.autohangups.append(int(args[0]))
            case "SET MUSIC":
                self.music = args[0] == "on"
            case "CHANNEL STATUS":
                return _reply(str(CHANNEL_UP))
            case "HANGUP":
                self.mark_hung_up()
                return _reply("1")
        return _reply("0")

    def _listened(self, name: str, args: tuple[str, ...]) -> Reply:
        """Play what is to be played, and let the caller press what the script says."""
        if name == "WAIT FOR DIGIT":
            return _key_reply(self._next_keys(1))
        if args[0] in self.missing:
            return _reply("-1")
        self.played.append(args[0])
        if name == "STREAM FILE":
            key = self.barge_in.get(args[0], "")
            return _key_reply(key if key and key in args[1] else "")
        wanted = int(args[2])
        pressed = self._next_keys(wanted)
        if self._hung_up:
            return _reply("-1")
        digits, ended, _ = pressed.partition("#")
        if ended or len(digits) >= wanted:
            return _reply(digits)
        return _reply(digits, "timeout")

    def _next_keys(self, wanted: int) -> str:
        """Take the next entry of the script; keys beyond those wanted, or after #, wait for the next."""
        entry = self.keys.popleft() if self.keys else ""
        if entry == HANG_UP:
            self.mark_hung_up()
            return ""
        hash_at = entry.find("#")
        end = hash_at + 1 if 0 <= hash_at < wanted else wanted
        if entry[end:]:
            self.keys.appendleft(entry[end:])
        return entry[:end]

    async def _gosub(self, args: tuple[str, ...]) -> Reply:
        """Run the talk until it ends or the caller leaves, whichever is first."""
        words = tuple(args[3].split(",")) if len(args) > 3 else ()
        self.gosubs.append((*args[:3], *words))
        talk = asyncio.ensure_future(self.talk(words))
        left = asyncio.ensure_future(self.gone.wait())
        try:
            await asyncio.wait((talk, left), return_when=asyncio.FIRST_COMPLETED)
            if self._hung_up:
                return Reply(200, "0", None, None, "result=0 Gosub complete (abnormal exit)")
            if self._closed:
                raise LineLost("GOSUB")
            self.variables["GOSUB_RETVAL"] = await talk
        finally:
            for task in (talk, left):
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
        return Reply(200, "0", None, None, "result=0 Gosub complete")

    def _variable(self, name: str, wanted: str) -> Reply:
        if name == "GET FULL VARIABLE":
            return _reply("1", _EXPRESSION.sub(lambda found: self.variables.get(found[1], ""), wanted))
        value = self.variables.get(wanted)
        return _reply("0") if value is None else _reply("1", value)


class ScriptedLine(Line):
    """A ``Line`` whose caller follows a script. All its public methods are those of ``Line``.

    ``keys``: one entry for each time keys are asked for (GET DATA, WAIT FOR DIGIT): the keys pressed,
    ``""`` for silence, ``HANG_UP`` to leave; silence when they run out. ``barge_in``: sound path → key
    pressed during it, where a prompt may be broken off. ``hang_up_on``/``lost_on``: the first command or
    argument (a sound path, say) at which the caller leaves or the connection breaks. ``missing``: sound
    paths that do not exist. ``talk``: the talk of GOSUB, given its arguments, returns GOSUB_RETVAL.
    """

    __slots__ = ("caller",)

    def __init__(
        self,
        keys: Iterable[str] = (),
        *,
        request: AgiRequest | None = None,
        barge_in: Mapping[str, str] | None = None,
        hang_up_on: str | None = None,
        lost_on: str | None = None,
        missing: Collection[str] = (),
        variables: Mapping[str, str] | None = None,
        talk: Talk = _short_talk,
    ) -> None:
        self.caller = ScriptedCaller(keys, barge_in, hang_up_on, lost_on, missing, variables, talk)
        super().__init__(request if request is not None else scripted_request(), self.caller)

    @property
    def played(self) -> list[str]:
        """Return the sound paths played so far, in order."""
        return self.caller.played

    @property
    def commands(self) -> list[tuple[str, ...]]:
        """Return every command so far: its name, then its arguments."""
        return self.caller.commands

    @property
    def variables(self) -> dict[str, str]:
        """Return the channel variables as they are now."""
        return self.caller.variables

    def leave(self) -> None:
        """Let the caller hang up now, from outside the conversation."""
        self.caller.mark_hung_up()

    def lose(self) -> None:
        """Break the connection now; nobody says whether the caller is still there."""
        self.caller.close()


def _reply(result: str, data: str | None = None) -> Reply:
    text = f"result={result}" if data is None else f"result={result} ({data})"
    return Reply(200, result, data, None, text)


def _key_reply(key: str) -> Reply:
    return _reply(str(ord(key)) if key else "0")
