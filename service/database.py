"""The database of the settings: opening it, and naming it where something is the matter.

Knows the setting and its file. Must not repeat the address, which may hold a password.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from service.errors import CannotStart
from service.settings import Settings
from service.settings_file import DATABASE_URL
from store.errors import StoreError
from store.opening import Store, open_store


@contextmanager
def database_named(settings: Settings) -> Iterator[None]:
    """Have each ``StoreError`` from within say which database it is about, and which setting names that."""
    try:
        yield
    except StoreError as fault:
        file = settings.database_file
        place = settings.database_url.partition("://")[0] if file is None else str(file)
        raise type(fault)(f"{place} (database.url, or {DATABASE_URL}): {fault}") from fault


async def open_database(settings: Settings) -> Store:
    """Open the database for this service alone; the directory of a SQLite file is made.

    Raises ``CannotStart`` without that, and ``StoreError``.
    """
    file = settings.database_file
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise CannotStart(f"database.url: no directory for {file}: {fault}") from fault
    with database_named(settings):
        return await open_store(settings.database_url, alone=True)
