"""Rule packs on disk: reads the ready-made ones and an operator's own, and makes the rule book.

Knows folders, which packs may stand in for which, and what an operator may choose. Must not know what a rule
means. The ready-made files lie in the folder ``packs`` beside this module.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from campaigns.errors import Fault, InvalidInput
from campaigns.model import HoursWindow, Purpose
from campaigns.rules.law import After, Block
from campaigns.rules.pack_text import parse_pack
from campaigns.rules.packs import HOUSE, Pack, RuleBook
from campaigns.rules.periods import Period, Unit

REPLACEABLE: Final = frozenset({"carrier"})
"""Ready-made packs that an operator's own may stand in for: their numbers are his contract's."""

DEFAULT_TRADES: Final = ("service-centre",)


@dataclass(frozen=True, slots=True)
class Choices:
    """What an operator chooses. None of it can take a country's law away.

    ``added`` packs bind every call. ``trades`` are the operator's lines of business, which decide between
    packs of one country. ``house_hours``, ``house_on_holidays`` and ``house_gap_minutes`` (between calls to
    one number or person for different leads, 0 for none) stand in for those of the pack ``house``, None
    keeps them.
    """

    added: tuple[str, ...] = ()
    trades: tuple[str, ...] = DEFAULT_TRADES
    house_hours: tuple[HoursWindow, ...] | None = None
    house_on_holidays: bool | None = None
    house_gap_minutes: int | None = None

    @property
    def house(self) -> tuple[object, ...]:
        """Everything that stands in for something of the pack ``house``."""
        return self.house_hours, self.house_on_holidays, self.house_gap_minutes


def load_packs(directory: Path | None = None) -> Mapping[str, Pack]:
    """Return the ready-made packs, and those of an operator's folder, by name.

    Raises ``InvalidInput`` with the faults of all files, each place beginning with the file's name, when
    one of them is no sound pack or takes the name of a ready-made one that it may not stand in for.
    """
    faults: list[Fault] = []
    found = _ready_made()
    own = dict(_read(directory, faults)) if directory is not None else {}
    faults += [
        Fault(f"{name}.toml: name", f"{name} is a ready-made pack: choose another name")
        for name in own
        if name in found and name not in REPLACEABLE
    ]
    if faults:
        raise InvalidInput(faults)
    return {**found, **own}


def rule_book(
    packs: Mapping[str, Pack],
    choices: Choices | None = None,
    told: Mapping[Purpose, frozenset[str]] | None = None,
) -> RuleBook:
    """Return the rule book of an installation; raises ``InvalidInput`` for choices that name nothing.

    ``told`` is what its information message says, by purpose.
    """
    chosen = choices or Choices()
    faults = [Fault("packs", f"there is no rule pack {name!r}") for name in chosen.added if name not in packs]
    trades = {pack.trade for pack in packs.values() if pack.trade}
    faults += [
        Fault("trades", f"no rule pack is for {name!r}; there are {', '.join(sorted(trades))}")
        for name in chosen.trades
        if name not in trades
    ]
    if HOUSE not in packs:
        faults.append(Fault("packs", f"the pack {HOUSE!r} is missing"))
    if faults:
        raise InvalidInput(faults)
    house = _courtesy(packs[HOUSE], chosen)
    always = tuple(dict.fromkeys((*chosen.added, HOUSE)))
    return RuleBook({**packs, HOUSE: house}, always=always, trades=frozenset(chosen.trades), told=told)


def book_of(packs: Mapping[str, Pack], names: Sequence[str]) -> RuleBook:
    """Return a rule book that judges the named packs alone; raises ``InvalidInput`` for unknown names."""
    unknown = [name for name in names if name not in packs]
    if unknown or not names:
        there = ", ".join(sorted(packs))
        asked = ", ".join(map(repr, unknown)) or "nothing"
        raise InvalidInput([Fault("pack", f"there is no rule pack {asked}; there are {there}")])
    return RuleBook(packs, always=(), alone=tuple(dict.fromkeys(names)))


def _courtesy(house: Pack, chosen: Choices) -> Pack:
    """Return the house pack with the operator's own courtesy; its version then tells them apart."""
    if all(choice is None for choice in chosen.house):
        return house
    purposes = {}
    for purpose, rules in house.purposes.items():
        hours = rules.hours
        assert hours is not None, "the ready-made house has hours for every purpose"
        if chosen.house_hours is not None:
            hours = replace(hours, week=chosen.house_hours)
        if chosen.house_on_holidays is not None:
            hours = replace(hours, on_holidays=chosen.house_on_holidays)
        blocks = rules.blocks
        if chosen.house_gap_minutes is not None:
            blocks = tuple(_with_gap(blocks, chosen.house_gap_minutes))
        purposes[purpose] = replace(rules, hours=hours, blocks=blocks)
    said = repr(chosen.house).encode()
    version = f"{house.version}+own-{hashlib.sha256(said).hexdigest()[:8]}"
    return replace(house, version=version, purposes=purposes)


def _with_gap(blocks: Sequence[Block], minutes: int) -> Iterator[Block]:
    """Yield blocks with another silence between calls to one number or person for different leads."""
    for block in blocks:
        if block.after is not After.OTHER_LEAD:
            yield block
        elif minutes:
            yield replace(block, period=Period(minutes, Unit.MINUTES))


@cache
def _ready_made() -> Mapping[str, Pack]:
    """Return the ready-made packs. They come with the program: nobody changes them while it runs."""
    faults: list[Fault] = []
    found = dict(_read(None, faults))
    if faults:
        raise InvalidInput(faults)
    return MappingProxyType(found)


def _read(directory: Path | None, faults: list[Fault]) -> Iterator[tuple[str, Pack]]:
    for file_name, text in _texts(directory, faults):
        try:
            pack = parse_pack(text)
        except InvalidInput as refusal:
            faults += [Fault(f"{file_name}: {fault.place}", fault.problem) for fault in refusal.faults]
            continue
        if f"{pack.name}.toml" != file_name:
            faults.append(Fault(f"{file_name}: name", f"must be the file's own name, not {pack.name!r}"))
        yield pack.name, pack


def _texts(directory: Path | None, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    folder = files("campaigns").joinpath("packs") if directory is None else directory
    try:
        entries = sorted(folder.iterdir(), key=lambda item: item.name)
        for entry in entries:
            if entry.name.endswith(".toml"):
                yield entry.name, entry.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        faults.append(Fault(str(directory), f"cannot be read: {fault}"))
