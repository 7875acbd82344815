"""The error tree of this room (that of ``service.pbx`` is its own).

ServiceError
├── BadSettings     the settings are wrong; carries every fault with its place
├── BadQuestion     what was asked of the command line cannot be read
├── CannotStart     a part of the service could not be brought up
├── CannotWrite     what a command writes can not be written; carries every place
└── ForecastFailed  a forecast's process broke
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SettingFault:
    """One thing wrong with the settings: ``place`` is the setting's name, dotted."""

    place: str
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.problem}"


class ServiceError(Exception):
    """Base of this room's errors; never raised itself."""


class BadSettings(ServiceError):
    """The settings are wrong; ``faults`` names every place at once."""

    def __init__(self, faults: Sequence[SettingFault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = tuple(faults)


class BadQuestion(ServiceError):
    """What was asked cannot be read; the text says what and how to write it, a line for each fault."""


class CannotStart(ServiceError):
    """A part of the service could not be brought up; the text says which and why."""


class CannotWrite(ServiceError):
    """What a command writes can not be written; ``faults`` says of each place why and what to do."""

    def __init__(self, problem: str, faults: Sequence[str] = ()) -> None:
        super().__init__(problem)
        self.faults = tuple(faults)


class ForecastFailed(ServiceError):
    """A forecast's process broke; the text says how, as far as is known."""
