"""The error tree of this room. Errors of SQLAlchemy and the drivers never leave it.

StoreError
├── Unavailable         the database cannot be opened, reached or written; trying again later may help
│                       (also a ``BooksShut`` of campaigns, by which rooms below know it)
├── Closed              the store was closed; nothing was written (also a ``BooksShut``)
├── Conflict            a rule of the database forbids what was to be written, and no port names the case
├── NaiveMoment         a moment without a zone was to be stored (also a ``ValueError``)
├── BadUrl              the database's URL is not one this room can use
└── TooNew              the database was written by a newer version of this program
"""

from sqlalchemy.exc import IntegrityError, StatementError

from campaigns.errors import BooksShut


class StoreError(Exception):
    """Base of this room's errors; never raised itself."""


class Unavailable(StoreError, BooksShut):
    """The database cannot be opened, reached or written."""


class Closed(StoreError, BooksShut):
    """The store was closed before this was begun."""


class Conflict(StoreError):
    """A constraint of the database forbids what was to be written."""


class NaiveMoment(StoreError, ValueError):
    """A moment without a zone: nobody can say when it is."""


class BadUrl(StoreError):
    """The database's URL is not one this room can use."""


class TooNew(StoreError):
    """The database's schema is newer than this program; going on would damage it."""


def translated(fault: Exception) -> Exception:
    """Return what callers see instead of ``fault``; errors that are not the database's stay as they are.

    Statements and parameters are left out of the text: they hold customers' names and numbers.
    """
    if isinstance(fault, IntegrityError):
        return Conflict(str(fault.orig))
    if isinstance(fault, StatementError):
        return fault.orig if isinstance(fault.orig, StoreError) else Unavailable(str(fault.orig or fault))
    return fault
