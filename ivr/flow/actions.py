"""What a session wants done on the line. A step is any number of ``Play``, then one wait or the end."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Play:
    """Play a prompt. ``skippable``: a key breaks it off and counts for the question that follows."""

    prompt: str
    skippable: bool


@dataclass(frozen=True, slots=True)
class Ask:
    """Play a prompt and take keys until ``#``, ``max_digits`` of them, or ``timeout_s`` without one."""

    prompt: str
    timeout_s: float
    max_digits: int


@dataclass(frozen=True, slots=True)
class Connect:
    """Find an agent of a queue within ``wait_s`` seconds and let the two talk."""

    queue: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Finish:
    """The flow is over."""

    outcome: str


Action = Play | Ask | Connect | Finish
