"""Names in the settings that must differ: trunks and phones are sections of one file of Asterisk's.

Pure, and told by the names alone: a fault elsewhere in a trunk or an agent hides no double name. Must not
know what else can be set.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from service.errors import SettingFault
from service.pbx.site import RESERVED


def trunks_fault(trunks: Sequence[str]) -> str:
    """Return which names of trunks come twice; empty when none does."""
    return _twice(trunks)


def agents_fault(agents: Sequence[str], phones: Sequence[str], trunks: Sequence[str]) -> str:
    """Return what is wrong with the names of ``agents``, of whom ``phones`` are ours to set up; or empty."""
    told = [_twice(agents)]
    if both := sorted(set(trunks) & set(phones)):
        told.append(f"{', '.join(both)} names a trunk too")
    if reserved := sorted(RESERVED & set(phones)):
        told.append(f"{', '.join(reserved)} is a name that our own files use")
    return "; ".join(filter(None, told))


def faults_of_names(values: Mapping[str, Any]) -> Iterator[SettingFault]:
    """Yield what is wrong with the names in settings that were read and not yet checked."""
    trunks = [name for name, _ in _named(values, "trunks", "name")]
    agents = _named(values, "agents", "id")
    phones = [name for name, agent in agents if not agent.get("phone")]
    if why := trunks_fault(trunks):
        yield SettingFault("trunks", why)
    if why := agents_fault([name for name, _ in agents], phones, trunks):
        yield SettingFault("agents", why)


def _named(values: Mapping[str, Any], part: str, key: str) -> list[tuple[str, Mapping[str, Any]]]:
    """Return name and lines of each block of a part that has a name; what has none is told elsewhere."""
    blocks = values.get(part)
    tables = [one for one in blocks if isinstance(one, dict)] if isinstance(blocks, list) else []
    return [(one[key], one) for one in tables if isinstance(one.get(key), str)]


def _twice(names: Sequence[str]) -> str:
    double = sorted({name for name in names if names.count(name) > 1})
    return f"{', '.join(double)} more than once" if double else ""
