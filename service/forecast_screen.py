"""A forecast as lines for a terminal, from the API's own JSON. Knows how the answer is laid out."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Told = Mapping[str, Any]


def forecast_lines(told: Told) -> list[str]:
    """Return the lines: the answer in words, the figures with their ranges, who is left, the sources."""
    return list(_lines(told))


def _lines(told: Told) -> Iterator[str]:
    zone = ZoneInfo(told["zone"])
    agents = f"{told['agents']} agent{'' if told['agents'] == 1 else 's'}"
    scope = f"{told['campaign']}, {told['day']}, {told['hours']}"
    yield f"{scope}, {agents}, {told['mode']}, {told['days']} days played"
    yield told["words"]
    yield f"{told['leads']} leads, of whom {told['may_be_called']} may be called at some moment"
    yield f"  {'attempts':<22}{_range(told['attempts'])}"
    yield f"  {'connected':<22}{_range(told['connected'])}"
    yield f"  {'abandoned of answered':<22}{_percent(told['abandoned_share'])}"
    yield f"  {'agents idle':<22}{_percent(told['idle_share'])}"
    if told["last_call"]["mid"] and told["may_be_called"]:
        yield f"  {'last call':<22}{_clock(told['last_call']['mid'], zone)}"
    if told["left"]:
        yield f"left at the end: {_range(told['left_in_all'])}"
    for one in told["left"]:
        yield f"  {_range(one['leads']):>22}  {one['text']}"
    yield "figures from"
    for origin in told["origins"]:
        yield f"  {origin['figure']:<22}{origin['source']}, {origin['observations']} observations"
    for note in told["notes"]:
        yield f"note: {note}"


def _clock(moment: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(zone):%H:%M}"


def _range(told: Told, scale: float = 1.0, digits: int = 0, unit: str = "") -> str:
    low, mid, high = (f"{scale * told[name] + 1e-9:.{digits}f}" for name in ("low", "mid", "high"))
    return f"{mid}{unit}" if low == high else f"{mid}{unit} ({low}–{high})"


def _percent(told: Told) -> str:
    return _range(told, 100.0, 1, " %")
