"""The health of each part, asked now."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from campaigns.errors import NotFound
from campaigns.ports import CampaignBook
from console.ports import PartHealth
from dialer.ami.reach import Reach
from dialer.ami.telephony import AmiTelephony
from dialer.errors import TelephonyError
from ivr.agi.server import FastAgiServer
from service.lines import Line, trunk_lines
from service.settings import TrunkPart

TRUNKS_EVERY_S: Final = 20.0
"""How long an answer about the trunks is good: with many phones its list is long, and calls go first."""

SILENT_S: Final = 5.0
"""How long a switch that could not be asked is left alone: a hung one makes each that asks wait."""


class TrunkCheck:
    """How the trunks are, asked of the switch now and then."""

    def __init__(
        self,
        reach: Callable[[], Awaitable[Reach]],
        trunks: Sequence[TrunkPart],
        monotonic: Callable[[], float],
    ) -> None:
        self._reach = reach
        self._trunks = trunks
        self._monotonic = monotonic
        self._lines: tuple[Line, ...] | None = None
        self._silence = ""
        self._good_until_s = 0.0

    async def check(self) -> Sequence[PartHealth]:
        """Tell of each trunk how it is; one that is down fails all of the service only where none works.

        A switch that can not be asked is no fault of theirs: then there is one part that says so.
        """
        lines = await self._known()
        if lines is None:
            return (PartHealth("trunks", True, f"not known: {self._silence}"),)
        works = any(not line.fault for line in lines)
        return tuple(
            PartHealth(f"trunk {line.name}", not line.fault, line.detail, vital=not works) for line in lines
        )

    async def down(self) -> tuple[tuple[str, ...], bool]:
        """Return what each trunk lacks that is down, and whether no other works."""
        lines = await self._known() or ()
        down = tuple(f"{line.name} {line.detail}" for line in lines if line.fault)
        return down, bool(down) and len(down) == len(lines)

    async def _known(self) -> tuple[Line, ...] | None:
        """Return how the trunks are; None while nobody can tell."""
        if self._monotonic() >= self._good_until_s:
            try:
                self._lines = tuple(trunk_lines(self._trunks, await self._reach()))
                good_for_s = TRUNKS_EVERY_S
            except TelephonyError as fault:
                self._lines, self._silence, good_for_s = None, str(fault), SILENT_S
            self._good_until_s = self._monotonic() + good_for_s
        return self._lines


class HealthCheck:
    """Asks switch, trunks, dialplan port and database. ``write_fault`` says why the database takes nothing
    now, empty when it does."""

    def __init__(
        self,
        telephony: AmiTelephony,
        trunks: TrunkCheck,
        agi: FastAgiServer,
        book: CampaignBook,
        switch_ready: Callable[[], bool],
        switch_lacks: Callable[[], Sequence[str]],
        write_fault: Callable[[], Awaitable[str]],
    ) -> None:
        self._trunks = trunks
        self._telephony = telephony
        self._agi = agi
        self._book = book
        self._switch_ready = switch_ready
        self._switch_lacks = switch_lacks
        self._write_fault = write_fault

    async def check(self) -> Sequence[PartHealth]:
        """Ask every part now."""
        return (self._switch(), *await self._trunks.check(), self._dialplan(), await self._database())

    def _switch(self) -> PartHealth:
        if self._telephony.locked_out:
            return PartHealth("switch", False, "the manager login was refused; correct it and restart")
        if not self._telephony.met:
            return PartHealth("switch", False, f"waiting for Asterisk: {self._telephony.last_loss}")
        if not self._telephony.up:
            return PartHealth("switch", False, f"link lost: {self._telephony.last_loss or 'not connected'}")
        if lacks := self._switch_lacks():
            lacking = f"connected, but it has not loaded {', '.join(lacks)}: nothing is dialled"
            return PartHealth("switch", False, f"{lacking}; see `dialer doctor`")
        if not self._switch_ready():
            return PartHealth("switch", False, "connected; calls of before are being settled")
        return PartHealth("switch", True, f"Asterisk {self._telephony.version}")

    def _dialplan(self) -> PartHealth:
        return PartHealth("dialplan", True, f"port {self._agi.port}, {self._agi.sessions} conversations")

    async def _database(self) -> PartHealth:
        try:
            await self._book.campaign(0)
        except NotFound:  # which is an answer
            pass
        except Exception as fault:
            return PartHealth("database", False, f"{type(fault).__name__}: {fault}")
        if fault_of_writes := await self._write_fault():
            return PartHealth("database", False, f"cannot be written: {fault_of_writes}")
        return PartHealth("database", True, "answers, and takes what is written")
