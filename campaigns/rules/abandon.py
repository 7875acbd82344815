"""What rule packs say about calling ahead of agents: how many answered calls may find nobody.

Knows the abandon limits, minimum rings and connect limits of the packs that bind a campaign's leads, and puts
them together: the strictest of everything counts, over all places that leads lie in. Must not know pacing
or how anybody counts. A lead whose limits are not among those of its campaign must wait until they are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from campaigns.rules.law import AbandonKind, AbandonLimit
from campaigns.rules.packs import Binding
from campaigns.rules.periods import Period

OUR_MIN_RING_S: Final = 15.0
"""How long we let a phone ring before we give a call up, where no pack says so: about four rings."""

_Key = tuple[AbandonKind, float, Period, str]


@dataclass(frozen=True, slots=True)
class PackLimit:
    """One abandon limit and the packs that set it."""

    packs: str
    limit: AbandonLimit

    @property
    def label(self) -> str:
        """The limit as an operator reads it."""
        if self.limit.kind is AbandonKind.ZERO:
            return f"{self.packs}: no abandoned call"
        per = "campaign" if self.limit.per == "campaign" else "call centre"
        alarm = "alarm at " if self.limit.kind is AbandonKind.ALARM else ""
        return f"{self.packs}: {alarm}{self.limit.rate * 100:g} % in {self.limit.period} per {per}"


@dataclass(frozen=True, slots=True)
class AbandonTerms:
    """What binds calls without a reserved agent.

    ``min_ring_s``: no call is given up before it rang so long. ``connect_limit_s``: the shortest that any
    pack sets, None where none does; counted from the answer.
    """

    limits: tuple[PackLimit, ...] = ()
    min_ring_s: float = OUR_MIN_RING_S
    connect_limit_s: float | None = None
    _keys: frozenset[_Key] = field(default=frozenset(), repr=False)

    @property
    def forbids(self) -> PackLimit | None:
        """The limit that lets no call start without a reserved agent, if there is one."""
        return next((one for one in self.limits if one.limit.kind is AbandonKind.ZERO), None)

    def covers(self, binding: Binding) -> bool:
        """Say whether a call to this place may start without a reserved agent as far as these terms go."""
        limits = [limit for rules in binding.rules for limit in rules.conduct.abandon]
        return all(limit.kind is not AbandonKind.ZERO and _key(limit) in self._keys for limit in limits)


def terms_of(bindings: Iterable[Binding]) -> AbandonTerms:
    """Return the terms of all places that leads lie in; a place without packs is never called."""
    found: dict[_Key, tuple[dict[str, None], AbandonLimit]] = {}
    min_ring_s, connect_limits = 0.0, []
    for binding in bindings:
        for pack, rules in zip(binding.packs, binding.rules, strict=True):
            min_ring_s = max(min_ring_s, rules.conduct.min_ring_s)
            if rules.conduct.connect is not None:
                connect_limits.append(rules.conduct.connect.seconds)
            for limit in rules.conduct.abandon:
                names, _ = found.setdefault(_key(limit), ({}, limit))
                names[pack.name] = None
    limits = tuple(PackLimit(", ".join(names), limit) for names, limit in found.values())
    return AbandonTerms(
        limits, min_ring_s or OUR_MIN_RING_S, min(connect_limits, default=None), frozenset(found)
    )


def _key(limit: AbandonLimit) -> _Key:
    return limit.kind, limit.rate, limit.period, limit.per
