"""The health of each part, asked now."""

from collections.abc import Callable, Sequence

from campaigns.errors import NotFound
from console.ports import PartHealth
from dialer.ami.telephony import AmiTelephony
from ivr.agi.server import FastAgiServer
from store.opening import Store


class HealthCheck:
    """Asks switch, dialplan port and database."""

    def __init__(
        self, telephony: AmiTelephony, agi: FastAgiServer, store: Store, switch_ready: Callable[[], bool]
    ) -> None:
        self._telephony = telephony
        self._agi = agi
        self._store = store
        self._switch_ready = switch_ready

    async def check(self) -> Sequence[PartHealth]:
        """Ask every part now."""
        return (self._switch(), self._dialplan(), await self._database())

    def _switch(self) -> PartHealth:
        if self._telephony.locked_out:
            return PartHealth("switch", False, "the manager login was refused; correct it and restart")
        if not self._telephony.up:
            return PartHealth("switch", False, f"link lost: {self._telephony.last_loss or 'not connected'}")
        if not self._switch_ready():
            return PartHealth("switch", False, "connected; calls of before are being settled")
        return PartHealth("switch", True, f"Asterisk {self._telephony.version}")

    def _dialplan(self) -> PartHealth:
        return PartHealth("dialplan", True, f"port {self._agi.port}, {self._agi.sessions} conversations")

    async def _database(self) -> PartHealth:
        try:
            await self._store.campaign_book.campaign(0)
        except NotFound:
            return PartHealth("database", True, "answers")
        except Exception as fault:
            return PartHealth("database", False, f"{type(fault).__name__}: {fault}")
        return PartHealth("database", True, "answers")
