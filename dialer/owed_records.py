"""Records that are still to come: of talks that the store would not take, or whose wrap-up a restart cut off.

Knows agents and calls. Must not know what was recorded: whoever entered it keeps it until it is stored.
"""

from typing import Final

from dialer.inbound import InboundTalk
from dialer.live_call import LiveCall

KEPT: Final = 1_000
"""How many are remembered; a store that is away for hours must not fill the memory."""


class OwedRecords:
    """Talks that their agents could not record in time: they may when they have another call.

    Whoever pressed while the service was away has it on his page only, and the page gives it again.
    """

    def __init__(self) -> None:
        self._owed: dict[tuple[str, str], LiveCall | InboundTalk] = {}

    def add(self, agent_id: str, call_id: str, talk: LiveCall | InboundTalk) -> None:
        """Remember a talk that an agent is about to record, or had no time to."""
        self._owed[agent_id, call_id] = talk
        while len(self._owed) > KEPT:
            del self._owed[next(iter(self._owed))]

    def drop(self, agent_id: str, call_id: str) -> None:
        """Forget it: it is stored, or what was entered was wrong."""
        self._owed.pop((agent_id, call_id), None)

    def talk(self, agent_id: str, call_id: str) -> LiveCall | InboundTalk | None:
        """Return the talk that an agent still owes the record of; None when there is none."""
        return self._owed.get((agent_id, call_id))
