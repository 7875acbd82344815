"""Which database a fault is about.

Knows the setting and its file. Must not repeat the address, which may hold a password.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from service.settings import DATABASE_URL, Settings
from store.errors import StoreError


@contextmanager
def database_named(settings: Settings) -> Iterator[None]:
    """Have each ``StoreError`` from within say which database it is about, and which setting names that."""
    try:
        yield
    except StoreError as fault:
        file = settings.database_file
        place = settings.database_url.partition("://")[0] if file is None else str(file)
        raise type(fault)(f"{place} (database.url, or {DATABASE_URL}): {fault}") from fault
