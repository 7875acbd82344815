"""The link to one manager: connect, log in, notice its loss, come back. One at a time, for ever.

panoramisk's Manager gives the connection and the login; reconnecting, watching and failing are ours.
Knows messages, not calls: events go out as plain headers. Time limits run on the event loop's clock,
for they measure sockets, not the trade.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog
from panoramisk.manager import Manager
from panoramisk.message import Message

from dialer.ami.config import AmiConfig
from dialer.ami.protocol import Connection, Request
from dialer.ami.wire import Headers, headers
from dialer.errors import NotBooted, NotSent, Refused, Unproven, WrongSecret

log = structlog.get_logger(__name__)

Fields = Mapping[str, str | Sequence[str]]
_LOCKED_OUT = "authentication failed"
_NOT_BOOTED = "no FullyBooted after login: does this manager user read the class system?"


class Backoff:
    """How long to wait before each attempt to reconnect: doubling, with jitter, within bounds."""

    def __init__(self, config: AmiConfig, random: Callable[[], float]) -> None:
        self._min_s, self._max_s = config.backoff_min_s, config.backoff_max_s
        self._random = random
        self._tries = 0

    def next_s(self) -> float:
        """Return the next wait: between half and the whole of the doubled one."""
        # 2**30 times any sane minimum is past any maximum; the bound keeps the power small.
        whole_s = min(self._max_s, self._min_s * 2.0 ** min(self._tries, 30))
        self._tries += 1
        return whole_s * (0.5 + 0.5 * self._random())

    def reset(self) -> None:
        """Start again from the shortest wait."""
        self._tries = 0


class Link(Manager):  # type: ignore[misc]  # panoramisk has no types
    """One manager session at a time. ``on_event``, ``on_up`` and ``on_down`` are called synchronously.

    ``on_up`` comes after login and FullyBooted, ``on_down`` once for every loss after an ``on_up``;
    events outside that time are not told. An exception in any of them is logged and goes no further.
    """

    pinger: asyncio.TimerHandle | None
    authenticated_future: asyncio.Future[list[Message]] | None

    def __init__(
        self,
        config: AmiConfig,
        on_event: Callable[[Headers], None],
        on_up: Callable[[], None],
        on_down: Callable[[str], None],
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(
            host=config.host,
            port=config.port,
            username=config.username,
            secret=config.secret,
            protocol_factory=lambda: Connection(self, config.message_limit_bytes),
        )
        self.up = False
        self.last_loss = ""
        self.wrong_secret = False
        self._limits = config
        self._on_event, self._on_up, self._on_down = on_event, on_up, on_down
        self._backoff = Backoff(config, random)
        self._sleep = sleep
        self._booted = False
        self._lost = asyncio.Event()
        self._settled = asyncio.Event()  # the session is up, refused or lost
        self._heard_at = 0.0
        self._up_at = 0.0

    # What the gateway calls.

    async def open(self) -> None:
        """Connect, log in and wait for FullyBooted; raises ``WrongSecret`` or ``NotSent``, of which
        ``NotBooted`` where only FullyBooted is missing."""
        self._lost.clear()
        self._settled.clear()
        self._booted = False
        try:
            async with asyncio.timeout(self._limits.connect_timeout_s):
                await self.connect()
        except (OSError, TimeoutError) as fault:
            self.last_loss = f"cannot connect to {self._limits.host}:{self._limits.port}: {fault!r}"
            raise NotSent(self.last_loss) from fault
        try:
            await self._log_in()
        except asyncio.CancelledError:
            self._lose("stopped")
            raise
        if self.wrong_secret:
            raise WrongSecret(self.last_loss)
        if self._lost.is_set():
            raise NotBooted(self.last_loss) if self.last_loss == _NOT_BOOTED else NotSent(self.last_loss)

    async def keep(self) -> None:
        """Watch the session and bring it back after each loss, until cancelled or locked out.

        Without a session, because the first one did not come about, it begins by trying for one.
        """
        while True:
            if self.up:
                await self._watch()
            while not self.up:
                await self._sleep(self._backoff.next_s())
                try:
                    await self.open()
                except WrongSecret:
                    log.error("ami_locked_out", reason=self.last_loss)
                    return
                except NotSent:
                    log.warning("ami_unreachable", reason=self.last_loss)

    async def ask(self, fields: Fields, *, listing: bool = False) -> list[Headers]:
        """Send one action, once, and return its response and list events as plain headers.

        Raises ``NotSent`` while the link is down, ``Unsendable`` for what cannot go out, ``Refused``
        with the manager's words for an Error, ``Unproven`` when it was written and no answer came.
        """
        request = Request(fields, listing=listing)
        if not self.up or self.protocol.transport.is_closing():
            raise NotSent("the link to Asterisk is down")
        if request.id in self.protocol.responses:
            raise NotSent(f"an action {request.id} is already on its way")
        connection = self.protocol
        future = connection.send(request)
        try:
            async with asyncio.timeout(self._limits.response_timeout_s):
                messages = await future
        except TimeoutError as fault:
            limit_s = self._limits.response_timeout_s
            raise Unproven(f"no answer to {fields['Action']} within {limit_s} s") from fault
        finally:
            connection.forget(request)
        if messages[0].response == "Error":
            raise Refused(messages[0].message or "Error without a message")
        return [headers(message) for message in messages]

    def close(self) -> None:
        """End the session without a word to anyone."""
        self.up = False
        self._lost.set()
        self._settled.set()
        if self.protocol is not None:
            self.protocol.close()

    @property
    def waiting(self) -> int:
        """How many requests wait for an answer."""
        return len(self.protocol.responses) if self.protocol is not None else 0

    # What panoramisk calls.

    def connection_made(self, f: asyncio.Task[tuple[asyncio.Transport, Connection]]) -> None:
        """Log in on a new connection; a failed one is the opener's to report, and no timer retries."""
        if f.cancelled() or f.exception() is not None:
            return
        connection = f.result()[1]
        if connection.closed:  # it said something foul before it was even taken over
            self.protocol = connection
            self._lose(connection.lost_reason)
            return
        self.heard()
        super().connection_made(f)
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None

    def login(self, future: asyncio.Future[list[Message]]) -> None:
        """Judge the answer to the login."""
        if future.cancelled() or future.exception() is not None:
            return
        answer = future.result()[0]
        self.authenticated = bool(answer.success)
        if self.authenticated:
            self._perhaps_up()
            return
        self.wrong_secret = answer.message.lower().strip() == _LOCKED_OUT
        self._lose(f"login refused: {answer.message}")

    def told(self, event: Headers) -> None:
        """Hand an event on, in order and at once."""
        if event["event"] == "FullyBooted":
            self._booted = True
            self._perhaps_up()
        elif self.up:
            self._call(lambda: self._on_event(event))

    def lost(self, connection: Connection) -> None:
        """Hear from a connection that it is gone; one from an earlier session no longer counts."""
        if connection is self.protocol:
            self._lose(connection.lost_reason)

    def heard(self) -> None:
        """Note that the peer lives."""
        self._heard_at = time.monotonic()

    # How it does it.

    def _perhaps_up(self) -> None:
        """Come up once login and FullyBooted have both been seen, whichever was first."""
        future = self.authenticated_future
        accepted = future is not None and future.done() and bool(future.result()[0].success)
        if self.up or not (accepted and self._booted) or self._lost.is_set():
            return
        self.up = True
        self._up_at = time.monotonic()
        self._settled.set()
        self._call(self._on_up)

    def _lose(self, reason: str) -> None:
        """Take the session down, once, and say so if it was up."""
        if self._lost.is_set():
            return
        self._lost.set()
        was_up, self.up = self.up, False
        self.last_loss = reason
        if self.protocol is not None:
            self.protocol.close()
        self._settled.set()
        if was_up:
            log.warning("ami_link_lost", reason=reason)
            if time.monotonic() - self._up_at > self._limits.backoff_max_s:
                self._backoff.reset()
            self._call(lambda: self._on_down(reason))

    async def _log_in(self) -> None:
        """Wait until the new session is up or lost."""
        login = self.authenticated_future
        if login is not None and not self._lost.is_set():
            await asyncio.wait({login}, timeout=self._limits.response_timeout_s)
            if not login.done():
                self._lose(f"no answer to the login within {self._limits.response_timeout_s} s")
        try:
            async with asyncio.timeout(self._limits.boot_limit_s):
                await self._settled.wait()
        except TimeoutError:
            self._lose(_NOT_BOOTED)

    async def _watch(self) -> None:
        """Return when the session is lost; ping a quiet peer, and lose one that stays silent."""
        limits = self._limits
        pinged_at: float | None = None
        while not self._lost.is_set():
            now = time.monotonic()
            if pinged_at is not None and self._heard_at >= pinged_at:
                pinged_at = None
            if pinged_at is None and now - self._heard_at >= limits.ping_every_s:
                self.protocol.send(Request({"Action": "Ping"}))
                pinged_at = now
            # Silence counts only from a ping: after a pause of this very process nobody was asked.
            if pinged_at is None:
                wait_s = self._heard_at + limits.ping_every_s - now
            else:
                left_s = pinged_at + limits.silence_limit_s - limits.ping_every_s - now
                if left_s <= 0:
                    self._lose(f"Asterisk has been silent for {now - self._heard_at:.1f} s")
                    return
                # Look again in between: once the ping is answered, the next quiet time counts anew.
                wait_s = min(left_s, limits.ping_every_s)
            try:
                async with asyncio.timeout(max(wait_s, 0.001)):
                    await self._lost.wait()
            except TimeoutError:
                continue

    def _call(self, callback: Callable[[], None]) -> None:
        """Call out; what goes wrong there is not the link's business."""
        try:
            callback()
        except Exception:
            log.exception("ami_listener_failed")
