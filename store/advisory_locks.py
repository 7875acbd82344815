"""The keys of PostgreSQL's advisory locks: one space for the whole database, so each of ours must differ.

What they are does not matter, only that they are the same in every service of one database.
"""

from typing import Final

UPGRADE: Final = 7_305_148_221
"""Held while the schema is changed."""

LEDGER: Final = 7_305_148_222
"""Held from an entry of the ledger to its commit."""

ALONE: Final = 7_305_148_223
"""Held by the one service that works with the database, as long as it is connected."""
