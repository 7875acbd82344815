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


def loaded_lines(told: Told) -> Sequence[str]:
    """Return how a file of numbers was read and what came of it."""
    counts = ", ".join(f"{name} {told[name]}" for name in ("rows", "added", "known", "faulty"))
    return [f"Read as {told['form']}, column {told['column']}.", counts]
