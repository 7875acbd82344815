"""Whom Asterisk reaches: our registrations at providers, and how trunks and phones are.

Pure: takes plain headers. Knows Asterisk's words for them; must not know which trunks and phones there ought
to be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dialer.ami.wire import Headers, text

REGISTERED: Final = "Registered"
"""A registration that the provider has accepted; any other word means that it has not."""

UNAVAILABLE: Final = "Unavailable"
"""An endpoint whose phone is not registered, or that left the last OPTIONS unanswered."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Asterisk's own words, by the name of the section: of each ``registration``, of each endpoint."""

    registrations: Mapping[str, str]
    endpoints: Mapping[str, str]


def registrations(answer: Sequence[Headers]) -> dict[str, str]:
    """Read the answer to PJSIPShowRegistrationsOutbound; passwords that stand in it are left there."""
    told = (each for each in answer if text(each, "event") == "OutboundRegistrationDetail")
    return {text(each, "objectname"): text(each, "status") for each in told}


def endpoints(answer: Sequence[Headers]) -> dict[str, str]:
    """Read the answer to PJSIPShowEndpoints (PJSIPShowContacts leaves out trunks, which stand in a file)."""
    told = (each for each in answer if text(each, "event") == "EndpointList")
    return {text(each, "objectname"): text(each, "devicestate") for each in told}
