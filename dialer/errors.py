"""The error tree of this room.

DialerError
├── TelephonyError
│   ├── NotSent         certainly nothing reached the switch
│   │   ├── Unsendable  a value that cannot be sent at all; trying again will not help
│   │   └── NotBooted   logged in, but FullyBooted did not come: it is starting, or we may not hear it
│   ├── Refused         the switch answered with an error
│   ├── Unproven        written, and no answer came: it may have happened
│   └── WrongSecret     the switch refused the login; not tried again
├── NotAllowedNow       the agent's or campaign's state does not permit what was asked (409)
├── NotSettled          what an agent had before the start is not known yet (503)
├── NotCounted          the pacer was given a limit on abandoned calls without its counts
└── NotKnown            no such agent, call or campaign here (404)
"""


class DialerError(Exception):
    """Base of this room's errors; never raised itself."""


class TelephonyError(DialerError):
    """The switch did not do what it was asked."""


class NotSent(TelephonyError):
    """Certainly nothing reached the switch."""


class Unsendable(NotSent):
    """A value that cannot be sent at all: a line end in it, or too long; trying again will not help."""


class NotBooted(NotSent):
    """Logged in, but FullyBooted did not come: Asterisk is still starting, or the user may not hear it."""


class Refused(TelephonyError):
    """The switch answered with an error."""


class Unproven(TelephonyError):
    """It was written and no answer came: it may have happened."""


class WrongSecret(TelephonyError):
    """The switch refused the login; it is not tried again."""


class NotAllowedNow(DialerError):
    """The state of the agent or campaign does not permit what was asked."""


class NotSettled(DialerError):
    """The service has just started: what an agent had before is not known yet; asking again later helps."""


class NotKnown(DialerError):
    """There is no such agent, call or campaign here."""


class NotCounted(DialerError, ValueError):
    """The rules have a limit on abandoned calls whose counts are missing: nothing would ever stop at it."""
