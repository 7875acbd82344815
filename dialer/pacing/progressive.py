"""Progressive pacing: one call for one agent who is reserved before it is placed.

Nobody can be abandoned for want of an agent, so there is no budget to keep; what bounds the number is agents,
channels and calls per second. The decision carries its figures, so that a page can say why.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the pacer is told: counts now, and originates within the last ``rate_window_s``.

    ``evenly`` is how many calls an even spread of the rate allows now; None asks for no spread.
    """

    ready_agents: int
    waiting_inbound: int
    calls_in_flight: int
    sent_in_window: int
    evenly: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What bounds a campaign: channels at once and originates per second."""

    max_channels: int
    calls_per_second: float


@dataclass(frozen=True, slots=True)
class Decision:
    """How many calls to start now, and which bound decided."""

    calls: int
    bound: str
    snapshot: Snapshot


def rate_window_s(calls_per_second: float) -> float:
    """Return the time over which a rate is counted: a second, or longer for less than one call a second."""
    return max(1.0, 1.0 / calls_per_second)


def calls_to_start(snapshot: Snapshot, limits: Limits) -> Decision:
    """Return how many calls to start: the least of free agents, free channels and the rate left.

    Agents that waiting inbound callers will take are not free. Of a rate above one only whole calls count.
    """
    rate_left = max(1, int(limits.calls_per_second)) - snapshot.sent_in_window
    if snapshot.evenly is not None:
        rate_left = min(rate_left, snapshot.evenly)
    bounds = {
        "no ready agent": snapshot.ready_agents - snapshot.waiting_inbound,
        "channels": limits.max_channels - snapshot.calls_in_flight,
        "calls per second": rate_left,
    }
    bound = min(bounds, key=bounds.__getitem__)
    return Decision(max(0, bounds[bound]), bound, snapshot)
