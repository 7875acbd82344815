"""Which column of a list is which: obvious names in any spelling, mapped to the names of the trade.

Knows names only. Must not know rows or values.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.errors import Fault, InvalidInput

# The first spelling that a list has wins; the others then stay free columns under their own names.
SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    column: tuple(spellings.split())
    for column, spellings in {
        "ref": "ref reference customer_id customer_ref customer_no customer_number id cliente_id 客户编号",
        "name": "name customer_name full_name customer nombre 客户姓名 姓名",
        "title": "title salutation form_of_address tratamiento 称谓",
        "phone": "phone number phone_number mobile mobile_number mobile_phone telephone telephone_number "
        "tel cell cell_phone telefono movil 电话 手机 手机号",
        "language": "language lang idioma 语言",
        "class": "class customer_class clase 客户类别",
        "zone": "zone timezone time_zone tz zona_horaria 时区",
        "service": "service service_name item servicio 服务",
        "service_date": "service_date date_of_service serviced_on fecha_servicio 服务日期",
    }.items()
}
"""Every known column with the spellings it goes by, most telling first."""

PERSON_COLUMNS: Final = frozenset({"ref", "name", "title", "phone", "language", "class", "zone"})
"""Columns about the customer; ``service`` and ``service_date`` are about the lead."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How a list's header reads: header name by known column, and the names of free columns."""

    known: Mapping[str, str]
    free: tuple[str, ...]

    def shown(self, column: str) -> str:
        """Return a known column as the list itself calls it, for faults."""
        return self.known.get(column, column)


def map_columns(header: Sequence[str], required: Sequence[str]) -> Columns:
    """Find the known columns in a header; ``required`` ones may also be free names, matched by spelling.

    Raises ``InvalidInput`` naming every missing column, or that there is no header line at all.
    """
    by_key = {spelling_key(name): name for name in reversed(header)}
    known: dict[str, str] = {}
    for column in dict.fromkeys((*SPELLINGS, *required)):
        spellings = SPELLINGS.get(column, (column,))
        found = next((by_key[key] for key in map(spelling_key, spellings) if key in by_key), None)
        if found is not None:
            known[column] = found
    missing = [column for column in required if column not in known]
    if missing and not known:
        problem = "no header line: the first line must name the columns"
        raise InvalidInput([Fault("header", f"{problem} ({', '.join(required)})")])
    if missing:
        raise InvalidInput([Fault("header", _missing(column)) for column in missing])
    taken = set(known.values())
    return Columns(known, tuple(name for name in header if name not in taken))


def spelling_key(name: str) -> str:
    """Return a column name as it is compared: no case, no accents, any separator an underscore."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return "_".join(letters.split())


def _missing(column: str) -> str:
    others = [spelling for spelling in SPELLINGS.get(column, ())[1:4] if spelling.isascii()]
    return f"column {column} is missing" + (f" (also known as {', '.join(others)})" if others else "")
