"""One connection to the manager: panoramisk's protocol with its traps closed.

Unlike the original it never keeps an unanswered action to send it again, never leaves a future
hanging after a loss, and decodes only whole messages. Knows bytes and requests; not what they mean.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from dialer.ami.limits import Fields, action_bytes
from dialer.ami.wire import BadWire, Framer, Headers, event_headers, headers, parse
from dialer.errors import Unproven


class Factory(Protocol):
    """What a connection reports to."""

    def heard(self) -> None:
        """Bytes came."""

    def told(self, event: Headers) -> None:
        """An event came that no request was waiting for."""

    def lost(self, connection: "Connection") -> None:
        """This connection is gone; its ``lost_reason`` says why. Told once for each."""


class Request(Action):  # type: ignore[misc]  # panoramisk has no types
    """An action on its way. Its future gets a list of messages: the response, then any list events.

    With ``listing`` the answer is complete at the list's end; else at the response, and events that
    carry the same ActionID (OriginateResponse) stay events. An Error response always completes.
    What Asterisk would cut, ignore or take for two actions is ``Unsendable`` when it is made.
    """

    def __init__(self, fields: Fields, *, listing: bool = False) -> None:
        super().__init__(fields)
        self.listing = listing
        self.as_bytes: bytes = action_bytes(dict(self.items()))
        self._id: str = self["ActionID"]
        self.future.add_done_callback(_retrieve)

    @property
    def id(self) -> str:
        """The ActionID; asked for several times, and a search each time in panoramisk's own."""
        return self._id

    def wants(self, message: Message) -> bool:
        """Say whether a message with this ActionID belongs to the answer."""
        return bool(self.listing) or "event" not in message

    def add_message(self, message: Message) -> bool:
        """Take a part of the answer; true when it is complete."""
        self.responses.append(message)
        complete: bool
        if "event" in message:
            complete = message["event"].endswith("Complete") or message.eventlist.lower() == "complete"
        else:
            complete = not self.listing or message.response == "Error"
        if complete and not self.future.done():
            self.future.set_result(self.responses)
        return complete


def _retrieve(future: asyncio.Future[Any]) -> None:
    """Mark a failure as seen: nobody may be waiting any more, and that is no fault."""
    if not future.cancelled():
        future.exception()


class Connection(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """panoramisk's protocol over one TCP connection, reporting to a ``Factory``."""

    closed: bool
    responses: dict[str, Request]
    transport: asyncio.Transport

    def __init__(self, factory: Factory, limit_bytes: int) -> None:
        self.lost_reason = ""
        self._reports_to = factory
        self._framer = Framer(limit_bytes)

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin; data may arrive before panoramisk's Manager knows this connection."""
        super().connection_made(transport)
        self.factory = self._reports_to

    def send(self, data: Mapping[str, str], as_list: bool = False) -> asyncio.Future[list[Message]]:
        """Write one action, once; raises ``Unsendable`` before anything is written."""
        request = data if isinstance(data, Request) else Request(dict(data), listing=bool(as_list))
        self.responses[request.id] = request
        self.transport.write(request.as_bytes)
        future: asyncio.Future[list[Message]] = request.future
        return future

    def forget(self, request: Request) -> None:
        """Stop waiting for an answer; whatever still comes for it is an ordinary event."""
        if self.responses.get(request.id) is request:
            del self.responses[request.id]
        request.future.cancel()

    def data_received(self, data: bytes) -> None:
        """Take one read and hand on its messages in order; a peer that talks nonsense is dropped."""
        if self.closed:
            return
        self._reports_to.heard()
        try:
            texts = self._framer.feed(data)
        except BadWire as fault:
            self.connection_lost(fault)
            return
        for each in texts:
            self._take(each)

    def _take(self, text: str) -> None:
        """Take one message; a connection that one before it has closed takes no more."""
        if self.closed:
            return
        event = event_headers(text)
        if event is not None:
            self._event(event)
        elif (message := parse(text)) is not None:
            self.handle_message(message)

    def handle_message(self, message: Message) -> None:
        """Give a message to the request that waits for it, else to the link."""
        request = self.responses.get(message.action_id) if message.action_id else None
        if request is not None and request.wants(message):
            if request.add_message(message):
                del self.responses[request.id]
        elif "event" in message:
            self._event(headers(message))

    def _event(self, event: Headers) -> None:
        self._reports_to.told(event)
        if event["event"] == "Shutdown":
            self.connection_lost("Asterisk shuts down")

    def connection_lost(self, exc: object) -> None:
        """Fail what waits and report, once, whoever noticed first."""
        if not self.closed:
            self.lost_reason = str(exc) if exc else "Asterisk closed the connection"
            self.close()
            self._reports_to.lost(self)

    def close(self) -> None:
        """Drop the connection and fail every request that waits, with ``Unproven``."""
        if not self.closed:
            self.closed = True
            # A half-open peer never takes what is still buffered: closing politely would wait for it.
            if self.transport.get_write_buffer_size():
                self.transport.abort()
            else:
                self.transport.close()
        waiting = list(self.responses.values())
        self.responses.clear()
        for request in waiting:
            if not request.future.done():
                request.future.set_exception(
                    Unproven(f"the link was lost after {request['Action']} was written")
                )
