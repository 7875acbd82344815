"""The machine: its clock, its zones, who goes first. Knows the operating system; must not know calls."""

import asyncio
import subprocess
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from service import latency
from service.clock import SystemClock
from service.doctor.finding import Finding
from service.pbx import launch

EARLIEST: Final = datetime(2025, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2060, 1, 1, tzinfo=UTC)
"""A clock before or after these moments is wrong: nobody may be called by it."""

BACK: Final = timedelta(minutes=1)
"""How far the clock may stand before the last stored event: small corrections go backwards too."""

_KEPT: Final[Mapping[bool | None, str]] = {
    True: "kept by time synchronisation",
    False: "kept by nothing: compare it with another",
    None: "whether anything keeps it right is not known here: compare it with another",
}
_SET = "set the clock (`date --set …`) and switch on time synchronisation (`timedatectl set-ntp true`)"


def synchronised() -> bool | None:
    """Say whether the kernel's clock is kept right from outside; None where nobody can tell."""
    asked = ["timedatectl", "show", "--property=NTPSynchronized", "--value"]
    try:
        told = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(told.stdout.strip())


async def clock(last: datetime | None, kept: Callable[[], bool | None] = synchronised) -> Finding:
    """Judge the clock by what is known: the years of this program, the ``last`` stored event, the kernel.

    Nobody here knows the time better than the clock, so a clock that nothing keeps right is only told.
    """
    now = SystemClock().now()
    shown = f"{now:%Y-%m-%d %H:%M:%S} UTC"
    if not EARLIEST <= now <= LATEST:
        return Finding("clock", False, f"says {shown}", _SET)
    if last is not None and now < last - BACK:
        detail = f"says {shown}, before the last event in the database ({last:%Y-%m-%d %H:%M:%S} UTC)"
        return Finding("clock", False, detail, f"{_SET}; an event of the future is passed in time")
    keeps = await asyncio.to_thread(kept)
    return Finding("clock", True, f"{shown}, {_KEPT[keeps]}")


async def zones() -> Finding:
    """Look whether the data of time zones are there and right."""
    known = len(await asyncio.to_thread(available_timezones))
    try:
        offset = ZoneInfo("America/New_York").utcoffset(datetime(2026, 7, 1, 12))  # noqa: DTZ001 - asks for its offset
    except (KeyError, OSError) as fault:
        return Finding("time zones", False, str(fault), "install the Python package tzdata")
    right = offset is not None and offset.total_seconds() == -4 * 3600
    remedy = "" if right else "the zone data are wrong: reinstall tzdata"
    return Finding("time zones", right, f"{known} zones", remedy)


async def processor(*, managed: bool) -> Finding:
    """Whether an answered call waits in line for the processor. Not a fault: it works, but not as fast."""
    wanted = {"the service": latency.PRIORITY}
    if managed:
        wanted["Asterisk"] = launch.PRIORITY
    waits = [who for who, priority in wanted.items() if not latency.may_go_first(priority)]
    if not waits:
        return Finding("processor", True, f"{' and '.join(wanted)} may go before ordinary work")
    lets = f"LimitRTPRIO={max(wanted.values())} lets them go first"
    detail = f"in line with everything else: {' and '.join(waits)}; {lets} (docs/operations.md)"
    return Finding("processor", True, detail)
