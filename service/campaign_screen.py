"""Campaigns, their lists and receipts as lines for a terminal, from the API's own JSON.

Knows how answers are laid out. Moments are shown on this machine's clock.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from campaigns.templates import WEEKDAYS

Told = Mapping[str, Any]

_PLAIN: Final = (
    "template", "purpose", "company", "caller_id", "callback_number", "mode", "lines_per_agent", "weight",
    "max_attempts", "ring_timeout_s", "connect_limit_s", "wrap_up_s", "max_channels", "calls_per_second",
    "amd",
)  # fmt: skip

_NOT_STORED: Final = (
    "it holds, but is not stored yet: the database does not take it (see `/health`); it is tried on",
    "a restart of the service before then undoes it, and the campaign would dial again",
)


def overview_lines(told: Told) -> Sequence[str]:
    """Return one line for each campaign."""
    return [overview_line(one) for one in told["campaigns"]] or ["there is no campaign yet"]


def overview_line(one: Told) -> str:
    """Return a campaign as one line: number, name, status, by whom and why."""
    by = f" by {one['status_by']}" if one["status_by"] else ""
    since = f" at {_when(one['status_at'])}" if one["status_at"] else ""
    why = f": {one['status_reason']}" if one["status_reason"] else ""
    return f"{one['id']}  {one['name']} ({one['template']}): {one['status']}{by}{since}{why}"


def campaign_lines(one: Told) -> Sequence[str]:
    """Return how a campaign is set, a line each."""
    anchor = one["anchor"]
    window = (
        f"{anchor['earliest_days']} to {anchor['latest_days']} days from {anchor['field']}" if anchor else "-"
    )
    told = [
        *((name, one[name]) for name in _PLAIN),
        ("hours", _hours(one["hours"])),
        ("due window", window),
        ("retries", ", ".join(_retry(name, rule) for name, rule in one["retries"].items()) or "-"),
        ("packs", ", ".join(one["packs"]) or "those that bind it anyway"),
    ]
    return [
        overview_line(one),
        *(f"  {name.replace('_', ' '):<18} {'-' if value == '' else value}" for name, value in told),
    ]


def template_lines(told: Told) -> Sequence[str]:
    """Return one line for each template: its name, what it is for, the columns that a list needs."""
    return [
        f"{one['name']:<16} {one['label']} ({one['purpose']}); columns: {', '.join(one['required_columns'])}"
        for one in told["templates"]
    ]


def receipt_lines(receipt: Told) -> Sequence[str]:
    """Return a receipt: since when no call is placed, who said so, what is still under way."""
    unstored = [] if receipt["stored"] else [f"  {line}" for line in _NOT_STORED]
    ends = f", the last ends at {_when(receipt['last_ends_at'])}" if receipt["last_ends_at"] else ""
    return [
        f"no call is placed since {_when(receipt['paused_at'])}: {receipt['by']}, {receipt['reason']}",
        f"  still ringing {receipt['still_ringing']}{ends}",
        f"  hung up unanswered {receipt['cancelled']}, answered in that moment {receipt['crossed']}",
        f"  talking {receipt['talking']}, voting {receipt['voting']}",
        *unstored,
    ]


def list_lines(told: Told) -> Sequence[str]:
    """Return one line for each list of a campaign."""
    return [list_line(one) for one in told["lists"]] or ["no list has been loaded yet"]


def list_line(one: Told) -> str:
    """Return a list as one line: number, name, on or off, where its leads stand."""
    stands = ", ".join(f"{count} {status}" for status, count in one["leads"].items() if count) or "no leads"
    return f"{one['id']}  {one['name']} ({'on' if one['active'] else 'off'}): {stands}"


def _retry(name: str, rule: Told) -> str:
    return f"{name} {rule['attempts']} times every {rule['after_s']:g} s"


def _hours(windows: Sequence[Told]) -> str:
    by_day: dict[str, list[str]] = {}
    for one in windows:
        closes = "24:00" if one["closes"] == "00:00" else one["closes"]
        by_day.setdefault(WEEKDAYS[one["weekday"]], []).append(f"{one['opens']}-{closes}")
    return ", ".join(f"{day} {' '.join(spans)}" for day, spans in by_day.items()) or "never"


def _when(moment: str) -> str:
    """Show a moment to the second, with the zone of this machine's clock."""
    return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M:%S %Z}"
