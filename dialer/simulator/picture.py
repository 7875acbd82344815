"""One simulated day as a picture: who was busy, what rang, and what was abandoned, as SVG text. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from dialer.simulator.world import World

WIDTH: Final = 960
PANEL: Final = 150
LEFT: Final = 60
GAP: Final = 34
QUARTER_MINUTES: Final = 15


@dataclass(frozen=True, slots=True)
class Minute:
    """The world at one full minute. ``live`` and ``abandoned`` count from the day's start."""

    busy: int
    logged_in: int
    ringing: int
    live: int
    abandoned: int


class Watch:
    """Takes a note each minute; give it to the world as its ``watch``."""

    def __init__(self) -> None:
        self.minutes: list[Minute] = []

    def __call__(self, world: World) -> None:
        """Note this minute."""
        busy = len(world.talks) + len(world.wrap_ups)
        logged_in = busy + len(world.idle) + len(world.reserved)
        ringing = len(world.ringing) + len(world.ringing_reserved)
        self.minutes.append(Minute(busy, logged_in, ringing, world.tally.answered, world.tally.abandoned))


def day_svg(title: str, minutes: Sequence[Minute]) -> str:
    """Return the picture: occupancy, calls in flight per agent, abandoned share by quarter of an hour."""
    step = max(1, len(minutes) // 480)
    busy = [
        sum(m.busy for m in part) / max(1, sum(m.logged_in for m in part)) for part in _parts(minutes, step)
    ]
    ringing = [
        sum(m.ringing for m in part) / max(1, sum(m.logged_in for m in part))
        for part in _parts(minutes, step)
    ]
    panels = (
        _panel(0, "occupancy (talk and wrap-up)", busy, 1.0, _percent, ()),
        _panel(1, "calls in flight per agent", ringing, max([1.0, *ringing]), _plain, ()),
        _panel(
            2,
            "abandoned share of live answers, each quarter and so far",
            _quarters(minutes),
            0.1,
            _percent,
            _so_far(minutes),
        ),
    )
    height = 40 + 3 * (PANEL + GAP)
    hours = len(minutes) / 60
    return "\n".join(
        (
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
                'font-family="sans-serif" font-size="12">'
            ),
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text x="{LEFT}" y="22" font-size="15">{_escaped(title)}</text>',
            *panels,
            f'<text x="{WIDTH - 20}" y="{height - 8}" text-anchor="end">{hours:.1f} h</text>',
            "</svg>",
            "",
        )
    )


def _parts(minutes: Sequence[Minute], step: int) -> list[Sequence[Minute]]:
    return [minutes[start : start + step] for start in range(0, len(minutes), step)]


def _quarters(minutes: Sequence[Minute]) -> list[float]:
    """Return the share abandoned in each quarter of an hour."""
    shares, live, lost = [], 0, 0
    for part in _parts(minutes, QUARTER_MINUTES):
        answers = part[-1].live - live
        shares.append((part[-1].abandoned - lost) / answers if answers else 0.0)
        live, lost = part[-1].live, part[-1].abandoned
    return shares


def _so_far(minutes: Sequence[Minute]) -> list[float]:
    return [part[-1].abandoned / max(1, part[-1].live) for part in _parts(minutes, QUARTER_MINUTES)]


def _panel(
    row: int,
    label: str,
    values: Sequence[float],
    top: float,
    written: Callable[[float], str],
    second: Sequence[float],
) -> str:
    """Return one panel: a frame, its scale, and one or two lines."""
    above = 40 + row * (PANEL + GAP)
    lines = [
        f'<text x="{LEFT}" y="{above + 12}" fill="#333">{label}</text>',
        (
            f'<rect x="{LEFT}" y="{above + 18}" width="{WIDTH - LEFT - 20}" height="{PANEL - 18}" '
            'fill="none" stroke="#ccc"/>'
        ),
    ]
    for share in (0.0, 0.5, 1.0):
        height = above + PANEL - share * (PANEL - 18)
        lines.append(
            f'<text x="{LEFT - 6}" y="{height + 4:.0f}" text-anchor="end">{written(share * top)}</text>'
        )
    lines.append(_line(values, top, above, "#1f6feb"))
    if second:
        lines.append(_line(second, top, above, "#d1242f"))
    return "\n".join(lines)


def _line(values: Sequence[float], top: float, above: int, colour: str) -> str:
    across = (WIDTH - LEFT - 20) / max(1, len(values) - 1)
    points = " ".join(
        f"{LEFT + across * place:.1f},{above + PANEL - min(1.0, value / top) * (PANEL - 18):.1f}"
        for place, value in enumerate(values)
    )
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.3" points="{points}"/>'


def _percent(value: float) -> str:
    return f"{100 * value:.0f} %"


def _plain(value: float) -> str:
    return f"{value:.1f}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
