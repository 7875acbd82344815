"""Detection of answering machines: what the packs allow, and the figures with which a switch judges.

Knows the three ways and the law's say on each. Must not know switches or how a verdict arrives. Detection has
a price, whoever decides: time before a person of ours speaks, and people taken for machines.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from campaigns.model import AmdMode, Campaign
from campaigns.rules.law import Clock, ConnectLimit
from campaigns.rules.packs import Binding, Objection, Pack

LONGEST_S: Final = 1.7
"""The most that human-first listens, in seconds from the answer."""

MARGIN_S: Final = 0.3
"""What human-first leaves of the connect limit, for the agent to be found and bridged."""

SHORTEST_S: Final = 1.2
"""Below this human-first could judge nobody: no greeting with the silence after it fits in."""

STRICT_S: Final = 3.0
"""The most that strict listens."""

STRICT_SILENCE_S: Final = 0.5
"""The silence by which strict knows that a greeting is over."""


@dataclass(frozen=True, slots=True)
class Screening:
    """How one call is screened.

    ``arguments`` are app_amd's, joined by ``:``: initial silence, greeting, silence after it, total, shortest
    word, silence between words (ms), most words, silence threshold (of 32768), longest word (ms). ``limit_s``
    is when the information message plays at the latest, from the answer; ``after_s`` what remains of the
    limit from the verdict on, None when it just goes on.
    """

    arguments: str
    limit_s: float
    after_s: float | None


def screening(mode: AmdMode, connect_limit_s: float) -> Screening | None:
    """Return how calls are screened under a connect limit; None when they are not.

    Human-first never takes silence for a machine: its initial silence is its whole time. Strict listens
    longer; its limit counts from the greeting's end, so what is left after a verdict is the limit less the
    silence by which the end was known. Figures by ``bench/amd.py``.
    """
    if mode is AmdMode.OFF:
        return None
    if mode is AmdMode.STRICT:
        after_s = round(connect_limit_s - STRICT_SILENCE_S, 3)
        arguments = _arguments(STRICT_S, 1.8, STRICT_SILENCE_S)
        return Screening(arguments, round(STRICT_S + after_s, 3), after_s)
    total_s = min(LONGEST_S, round(connect_limit_s - MARGIN_S, 3))
    return Screening(_arguments(total_s, 1.3, 0.3), connect_limit_s, None)


def _arguments(total_s: float, greeting_s: float, silence_after_s: float) -> str:
    """Return app_amd's arguments. Words are not counted: "Hello? Who is there?" is more than one."""
    total, greeting, silence = (round(1000 * each) for each in (total_s, greeting_s, silence_after_s))
    return f"{total}:{greeting}:{silence}:{total}:100:50:10:400:5000"


def objection(campaign: Campaign, binding: Binding) -> Objection | None:
    """Return the first objection to a campaign's detection of machines and its message; None without any."""
    if campaign.amd is AmdMode.OFF:
        return None
    for pack, rules in zip(binding.packs, binding.rules, strict=True):
        machine = rules.conduct.machine
        if machine is not None and not machine.allowed:
            return Objection(pack, "machine", f"{pack.label} forbids detection of answering machines")
        if machine is not None and campaign.machine_message and not machine.message:
            return Objection(pack, "machine", f"{pack.label} forbids recorded messages to machines")
    if campaign.amd is AmdMode.STRICT:
        return _strict(binding)
    return _human_first(campaign, binding)


def _strict(binding: Binding) -> Objection | None:
    """Strict needs limits that count from the greeting's end: at least one, and no other."""
    for pack, limit in _limits(binding):
        if limit.clock is not Clock.GREETING_ENDS:
            counts = "answer" if limit.clock is Clock.ANSWER else "beginning of the greeting"
            return Objection(pack, "connect", f"{pack.label} counts its connect limit from the {counts}")
        if limit.seconds <= STRICT_SILENCE_S:
            return Objection(pack, "connect", f"{pack.label} leaves {limit.seconds:g} s after the greeting")
    if not any(_limits(binding)):
        return Objection(
            None, "connect", "no rule pack here counts a connect limit from the end of the greeting"
        )
    return None


def _human_first(campaign: Campaign, binding: Binding) -> Objection | None:
    """Human-first must fit in the shortest limit, counted from the answer."""
    least_s = SHORTEST_S + MARGIN_S
    for pack, limit in _limits(binding):
        if limit.seconds < least_s:
            return Objection(
                pack, "connect", f"detection does not fit in the {limit.seconds:g} s of {pack.label}"
            )
    if campaign.connect_limit_s < least_s:
        return Objection(
            None, "connect", f"detection does not fit in a connect limit of {campaign.connect_limit_s:g} s"
        )
    return None


def _limits(binding: Binding) -> Iterator[tuple[Pack, ConnectLimit]]:
    for pack, rules in zip(binding.packs, binding.rules, strict=True):
        if rules.conduct.connect is not None:
            yield pack, rules.conduct.connect
