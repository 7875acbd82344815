"""Do-not-call lists as lines for a terminal, from the API's own JSON. Knows how answers are laid out."""

from collections.abc import Mapping, Sequence
from typing import Any

Told = Mapping[str, Any]


def list_lines(told: Told) -> Sequence[str]:
    """Return one line for each list: number, name, kind, what it counts for, whom it bars, its size."""
    return [
        f"{one['id']}  {one['name']} ({one['kind']}): {scope_of(one)}, bars"
        f" {'all numbers of a person' if one['whole_person'] else 'just the number'},"
        f" {one['size']} numbers"
        for one in told["lists"]
    ]


def scope_of(one: Told) -> str:
    """Return what a list counts for."""
    parts = []
    if one["purpose"]:
        parts.append(f"{one['purpose']} calls")
    if one["campaign_id"]:
        parts.append(f"campaign {one['campaign_id']}")
    return " of ".join(parts) or "everything"


def unread_lines(told: Told) -> Sequence[str]:
    """Return one line for each opt-out that bars nobody, or that there is none."""
    lines = [f"{one['shown']}: {one['reason']}, {one['at']}" for one in told["entries"]]
    return lines or ["Every opt-out has a number."]


def barred_lines(told: Told) -> Sequence[str]:
    """Return which calls to a number are barred, and below them what the entries say."""
    return [
        told["number"],
        *(f"  {_calls(one)}: {_barred(one)}" for one in told["calls"]),
        *(f"{one['list_name']} ({scope_of(one)}): {_words(one)}" for one in told["entries"]),
    ]


def _calls(one: Told) -> str:
    if one["campaign_id"] is None:
        return f"{one['purpose']} calls"
    return f"campaign {one['campaign_id']} {one['campaign']}"


def _barred(one: Told) -> str:
    return f"barred by {', '.join(one['by'])}" if one["barred"] else "on no list"


def _words(one: Told) -> str:
    whose = ", ".join(holder["ref"] for holder in one["holders"])
    through = f", for {one['number']}, which {whose} has too" if whose else ""
    return f"{one['reason']}, by {one['by']}, {one['at']}{through}"


def loaded_lines(told: Told) -> Sequence[str]:
    """Return how a file of numbers was read and what came of it."""
    counts = ", ".join(f"{name} {told[name]}" for name in ("rows", "added", "known", "faulty"))
    return [f"Read as {told['form']}, column {told['column']}.", counts]
