"""Load an uploaded list: good rows in, every fault named."""

from dataclasses import dataclass

from campaigns.errors import Fault


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an upload did: ``rows`` is loaded + updated + unchanged + duplicate + faulty.

    ``faults`` are in file order, at most one per cell; rows count from 1 below the header line.
    """

    rows: int
    loaded: int
    updated: int
    unchanged: int
    duplicate: int
    faulty: int
    dry_run: bool
    faults: tuple[Fault, ...]
