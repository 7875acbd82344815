"""How to reach the Asterisk manager and how patient to be with it.

Knows addresses, credentials and time limits, all checked when made. Must not know about sockets.
"""

from dataclasses import dataclass, field

from dialer.ami.limits import header_bytes, shown_on_phone


@dataclass(frozen=True, slots=True)
class AmiConfig:
    """One manager account and the limits of its link; every duration is in seconds.

    A link that says nothing for ``ping_every_s`` is pinged; one that says nothing for
    ``silence_limit_s`` is lost. ``boot_limit_s`` bounds the wait for FullyBooted after a login.
    Waits between attempts to reconnect double from ``backoff_min_s`` to ``backoff_max_s``.
    ``seat_name`` and ``seat_number`` are what an agent's phone shows when he logs in. Raises
    ``ValueError`` (``Unsendable`` for text that cannot go out) with all faults of the numbers at once.
    """

    host: str
    port: int
    username: str
    secret: str = field(repr=False)
    response_timeout_s: float = 5.0
    connect_timeout_s: float = 5.0
    boot_limit_s: float = 30.0
    ping_every_s: float = 1.5
    silence_limit_s: float = 4.0
    backoff_min_s: float = 0.5
    backoff_max_s: float = 15.0
    seat_timeout_s: float = 30.0
    seat_name: str = "Dialer log-in"
    seat_number: str = "dialer"
    message_limit_bytes: int = 1 << 20
    customer_context: str = "dialer-outbound"
    agent_context: str = "dialer-agent-hold"
    agent_loop_label: str = "loop"

    def __post_init__(self) -> None:
        for name, value in (("Username", self.username), ("Secret", self.secret)):
            header_bytes(name, value)  # refuses what could not be sent
        shown_on_phone(self.seat_name, self.seat_number)
        durations = {
            "response_timeout_s": self.response_timeout_s,
            "connect_timeout_s": self.connect_timeout_s,
            "boot_limit_s": self.boot_limit_s,
            "ping_every_s": self.ping_every_s,
            "backoff_min_s": self.backoff_min_s,
            "seat_timeout_s": self.seat_timeout_s,
        }
        faults = [f"{name} must be above 0, not {value}" for name, value in durations.items() if value <= 0]
        if not self.ping_every_s < self.silence_limit_s:
            faults.append(f"silence_limit_s ({self.silence_limit_s}) must exceed ping_every_s")
        if self.backoff_max_s < self.backoff_min_s:
            faults.append(f"backoff_max_s ({self.backoff_max_s}) is below backoff_min_s")
        if not 0 < self.port < 65536:
            faults.append(f"port {self.port} is not a TCP port")
        if faults:
            raise ValueError("; ".join(faults))
