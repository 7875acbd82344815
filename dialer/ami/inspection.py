"""What a manager user may do and hear, and what his Asterisk has loaded: asked without making a call.

Knows which actions the service sends and the harmless question that each of its rights shows itself by. Must
not know what ought to be loaded, nor what to do about what is not. The most that it leaves behind is a line
in Asterisk's log about a kind of channel that nobody has.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from dialer.ami.config import AmiConfig
from dialer.ami.link import Fields, Link
from dialer.ami.reach import Reach, endpoints, registrations
from dialer.ami.wire import Headers, text
from dialer.errors import Refused

ACTIONS: Final = (
    "CoreSettings",
    "DBDel",
    "DBGetTree",
    "Getvar",
    "Hangup",
    "ModuleCheck",
    "Originate",
    "PJSIPShowEndpoints",
    "PJSIPShowRegistrationsOutbound",
    "Ping",
    "Redirect",
    "Status",
)
"""Every action that the service sends."""

HEARD_S: Final = 3.0
"""How long the event of a call that came to nothing may take; on an idle Asterisk it is milliseconds."""

_NOWHERE: Final = "DialerDoctor/nobody"  # no channel driver has that name: nothing rings
_NONE_FOUND: Final = ("no endpoints found", "no outbound registrations found", "no registrations found")


@dataclass(frozen=True, slots=True)
class Hearing:
    """Whether events of calls reach us, and whether each tells when it was by the switch's own clock."""

    calls: bool
    stamped: bool


class Inspection:
    """One manager session of a curious stranger. Open it, ask, close it; errors as of ``Link.ask``."""

    def __init__(self, config: AmiConfig) -> None:
        self._link = Link(config, self._heard, _nothing, _nothing_lost, lambda: 0.5, asyncio.sleep)
        self._outcome: asyncio.Future[Headers] | None = None
        self._asked = ""

    async def open(self) -> None:
        """Log in and wait for FullyBooted, once; raises ``WrongSecret`` or ``NotSent``."""
        await self._link.open()

    def close(self) -> None:
        """End the session; harmless when it was never open."""
        self._link.close()

    async def version(self) -> str:
        """Return Asterisk's version."""
        return text((await self._link.ask({"Action": "CoreSettings"}))[0], "asteriskversion")

    async def not_allowed(self) -> list[str]:
        """Return which of ``ACTIONS`` this user may not send, or this Asterisk does not know."""
        allowed = (await self._link.ask({"Action": "ListCommands"}))[0]
        return [action for action in ACTIONS if action.lower() not in allowed]

    async def hearing(self) -> Hearing:
        """Have a call come to nothing before it begins, and see whether we are told."""
        self._asked = uuid4().hex
        self._outcome = asyncio.get_running_loop().create_future()
        await self._link.ask(
            {
                "Action": "Originate",
                "ActionID": self._asked,
                "Channel": _NOWHERE,
                "Application": "Hangup",
                "Async": "true",
            }
        )
        try:
            async with asyncio.timeout(HEARD_S):
                told = await self._outcome
        except TimeoutError:
            return Hearing(calls=False, stamped=False)
        return Hearing(calls=True, stamped=bool(text(told, "timestamp")))

    async def steps_in(self, context: str) -> int:
        """Return how many steps a context of the dialplan has; none when it is not there."""
        answer = await self._or_missing({"Action": "ShowDialPlan", "Context": context}, listing=True)
        return int(text(answer[-1], "listpriorities") or 0) if answer else 0

    async def modules_missing(self, names: Iterable[str]) -> list[str]:
        """Return which modules are not loaded. One that declined to start counts as loaded, alas."""
        return await ask_missing(self._link, names)

    async def variable(self, name: str) -> str:
        """Return a global variable of the dialplan, empty when it is not set."""
        return text((await self._link.ask({"Action": "Getvar", "Variable": name}))[0], "value")

    async def lines_of(self, file: str, section: str = "", kind: str = "") -> list[str] | None:
        """Return the lines (``key=value``) of a section of a configuration file, or of those of a ``type``.

        None when there is no such file or section. Only what is asked for crosses the line, no passwords.
        """
        asked: dict[str, str] = {"Action": "GetConfig", "Filename": file}
        asked |= {"Category": section} if section else {}
        asked |= {"Filter": f"type=^{kind}$"} if kind else {}
        answer = await self._or_missing(asked)
        return [str(value) for key, value in answer[0].items() if key.startswith("line-")] if answer else None

    async def ahead_s(self) -> float:
        """Return by how many seconds the switch's clock is ahead of this process's."""
        before = time.time()
        told = float(text((await self._link.ask({"Action": "Ping"}))[0], "timestamp"))
        return told - (before + time.time()) / 2

    async def reach(self) -> Reach:
        """Return whom the switch reaches."""
        return await ask_reach(self._link)

    async def endpoint(self, name: str) -> dict[str, str]:
        """Return an endpoint's settings as Asterisk has them (``directmedia``: ``false``); empty for none.

        Passwords are not among them: they are another object's.
        """
        asked = {"Action": "PJSIPShowEndpoint", "Endpoint": name}
        for each in await self._or_missing(asked, listing=True):
            if text(each, "event") == "EndpointDetail":
                return {key: text(each, key) for key in each}
        return {}

    async def _or_missing(self, asked: Fields, *, listing: bool = False) -> list[Headers]:
        """Return an answer; nothing where an Error says that there is no such thing."""
        try:
            return await self._link.ask(asked, listing=listing)
        except Refused as refusal:
            if "permission" in str(refusal).lower():
                raise
            return []

    def _heard(self, event: Headers) -> None:
        mine = event["event"] == "OriginateResponse" and text(event, "actionid") == self._asked
        if mine and self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(event)


async def ask_missing(link: Link, modules: Iterable[str]) -> list[str]:
    """Ask over a link which modules are not loaded."""
    return [module for module in modules if not await _is_loaded(link, module)]


async def _is_loaded(link: Link, module: str) -> bool:
    try:
        await link.ask({"Action": "ModuleCheck", "Module": module})
    except Refused as refusal:
        if "not loaded" in str(refusal).lower():
            return False
        raise
    return True


async def ask_reach(link: Link) -> Reach:
    """Ask over a link which registrations stand and which endpoints can be reached."""
    registered = await _listed(link, "PJSIPShowRegistrationsOutbound")
    return Reach(registrations(registered), endpoints(await _listed(link, "PJSIPShowEndpoints")))


async def _listed(link: Link, action: str) -> Sequence[Headers]:
    """Return a list's events; an empty list is an Error to Asterisk, not to us."""
    try:
        return await link.ask({"Action": action}, listing=True)
    except Refused as refusal:
        if not any(words in str(refusal).lower() for words in _NONE_FOUND):
            raise
        return []


def _nothing() -> None:
    """Coming up is waited for, not heard of."""


def _nothing_lost(reason: str) -> None:
    """A loss shows itself at the next question."""
