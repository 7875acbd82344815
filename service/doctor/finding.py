"""What one look of the doctor found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One part, whether it can do its work, and what was seen; ``remedy`` says what to do about a fault.

    A remedy is followed to the letter by somebody who knows nothing else: it must end in ``ok``.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
