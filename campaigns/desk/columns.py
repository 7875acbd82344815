"""Which column of a list is which: obvious names in any spelling, mapped to the names of the trade.

Knows names only. Must not know rows or values.
"""

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from campaigns.desk.sheet import OUR_COLUMNS
from campaigns.errors import Fault, InvalidInput
from campaigns.text import shown, unfit

# The first spelling that a list has wins; the others then stay free columns under their own names.
SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    column: tuple(spellings.split())
    for column, spellings in {
        "ref": "ref reference customer_id customer_ref customer_no customer_number id cliente_id 客户编号 "
        "код_клиента id_клиента номер_клиента код_клієнта id_клієнта номер_клієнта",
        "name": "name customer_name full_name customer nombre 客户姓名 姓名 фио имя піб ім_я",
        "title": "title salutation form_of_address tratamiento 称谓",
        "phone": "phone number phone_number mobile mobile_number mobile_phone telephone telephone_number "
        "tel cell cell_phone telefono movil 电话 手机 手机号 "
        "telefon telefonnummer telefonnr telefon_nr rufnummer handy handynummer handynr mobil mobilnummer "
        "mobilnr mobiltelefon numero_de_telephone numero_telephone n_de_telephone n_telephone portable gsm "
        "telephone_portable numero_de_telefono numero_telefono telefono_movil celular numero_de_celular "
        "numero_di_telefono cellulare numero_di_cellulare "
        "telefone numero_de_telefone numero_telefone telemovel "
        "telefoon telefoonnummer mobiel mobiele_telefoon mobiel_nummer "
        "numer_telefonu nr_telefonu telefon_komorkowy komorka "
        "dianhua dianhua_haoma shouji shouji_hao shouji_haoma "
        "durbhash durbhash_number durbhash_sankhya phone_sankhya mobile_sankhya "
        "телефон номер_телефона мобильный мобильный_телефон номер_мобильного номер_мобильного_телефона "
        "сотовый сотовый_телефон номер_сотового контактный_телефон тел моб моб_телефон моб_тел "
        "номер_телефону мобільний мобільний_телефон номер_мобільного номер_мобільного_телефону "
        "контактний_телефон телефонен_номер мобилен_телефон мобилен мобилни_телефон мобилни",
        "phone_kind": "phone_kind phone_type number_type kind_of_phone 电话类型",
        "phone_2": "phone_2 second_phone phone2 other_phone alternative_phone telefono_2 备用电话 телефон_2",
        "phone_2_kind": "phone_2_kind phone_2_type phone2_kind phone2_type",
        "phone_3": "phone_3 third_phone phone3 telefono_3 телефон_3",
        "phone_3_kind": "phone_3_kind phone_3_type phone3_kind phone3_type",
        "language": "language lang idioma 语言",
        "class": "class customer_class clase 客户类别",
        "zone": "zone timezone time_zone tz zona_horaria 时区",
        "country": "country country_code pais land 国家",
        "state": "state province state_code provincia bundesland 省份",
        "owner": "owner account_owner customer_owner agent_owner 负责人",
        "consent": "consent consent_given opt_in consentimiento 同意",
        "consent_date": "consent_date consent_at opt_in_date fecha_consentimiento 同意日期",
        "consent_evidence": "consent_evidence consent_source opt_in_source 同意凭证",
        "appointment": "appointment appointment_at call_at preferred_time cita 预约时间",
        "service": "service service_name item servicio 服务",
        "service_date": "service_date date_of_service serviced_on fecha_servicio 服务日期",
    }.items()
}
"""Every known column with the spellings it goes by, most telling first."""

_FURTHER: Final = ("phone_2", "phone_3")
_PHONES: Final = frozenset({"phone", *_FURTHER})
_NUMBER_WORDS: Final = frozenset({"no", "nr", "num", "nro", "number", "nummer", "numero", "numer", "номер"})
"""What may stand anywhere in the name of a column of telephone numbers: ``Mobile No.``, ``Nr. Telefon``."""

LEAD_COLUMNS: Final = frozenset({"service", "service_date"})
"""Columns that are kept with the lead, as are those that only a template knows; others are the customer's."""


@dataclass(frozen=True, slots=True)
class Columns:
    """How a list's header reads: header name by known column, and the names of free columns."""

    known: Mapping[str, str]
    free: tuple[str, ...]

    def shown(self, column: str) -> str:
        """Return a known column as the list itself calls it, for faults."""
        return self.known.get(column, column)


def map_columns(
    header: Sequence[str], required: Sequence[str], given: Mapping[str, str] | None = None
) -> Columns:
    """Find the known columns in a header; ``required`` ones may also be free names, matched by spelling.

    ``given`` says which column of the header is which, and goes before every guess; an empty name says that
    the list has no such column. Two columns may be read from one. Raises ``InvalidInput`` naming every
    missing column and everything wrong with ``given``, or that there is no header line at all.
    """
    known = _given(header, required, given or {})
    settled = set(given or ())
    taken = set(known.values())
    names = [name for name in header if name not in taken]
    for column in dict.fromkeys((*SPELLINGS, *required)):
        if column in settled:
            continue
        found = guessed(column, names)
        if found is not None:
            known[column] = found
    if "phone" not in known and "phone" not in settled:
        _call_further(known, settled)
    unreadable = [f"the name {shown(name)!r} {why}" for name in header if (why := unfit(name)) is not None]
    if unreadable:
        raise InvalidInput([Fault("header", problem) for problem in unreadable])
    missing = [column for column in required if column not in known]
    if missing and not known:
        problem = "no header line: the first line must name the columns"
        raise InvalidInput([Fault("header", f"{problem} ({', '.join(required)})")])
    if missing:
        raise InvalidInput([Fault("header", _missing(column)) for column in missing])
    taken = set(known.values()) | OUR_COLUMNS
    return Columns(known, tuple(name for name in header if name not in taken))


def _call_further(known: dict[str, str], settled: Collection[str]) -> None:
    """Take a further number for the one to be called, in a list that has no other."""
    for further in _FURTHER:
        if further in known and further not in settled:
            known["phone"] = known.pop(further)
            if f"{further}_kind" in known and "phone_kind" not in known:
                known["phone_kind"] = known.pop(f"{further}_kind")
            return


def guessed_phone(names: Sequence[str]) -> str | None:
    """Return which of these names is the column of numbers, a further number's where there is no other."""
    return next(filter(None, (guessed(column, names) for column in ("phone", *_FURTHER))), None)


def _given(header: Sequence[str], required: Sequence[str], given: Mapping[str, str]) -> dict[str, str]:
    """Check a mapping against a header; header names are matched as loosely as everywhere."""
    by_key = {spelling_key(name): name for name in reversed(header)}
    known, faults = {}, []
    for column, name in given.items():
        if column not in SPELLINGS and column not in required:
            faults.append(Fault("mapping", f"there is no column {column!r} to map to"))
        elif name and spelling_key(name) not in by_key:
            faults.append(Fault("mapping", f"the list has no column {name!r} ({column})"))
        elif name:
            known[column] = by_key[spelling_key(name)]
    if faults:
        raise InvalidInput(faults)
    return known


def guessed(column: str, names: Sequence[str]) -> str | None:
    """Return which of these names is a column, by its spellings; None where nobody would say so."""
    spellings = SPELLINGS.get(column, (column,))
    for key_of in (spelling_key, _phone_key) if column in _PHONES else (spelling_key,):
        by_key = {key_of(name): name for name in reversed(names)}
        for key in map(key_of, spellings):
            if key in by_key:
                return by_key[key]
    return None


def spelling_key(name: str) -> str:
    """Return a column name as it is compared: no case, no accents, any separator an underscore."""
    plain = unicodedata.normalize("NFKD", name.casefold()).casefold()  # the sign for number becomes capital
    letters = "".join(char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return "_".join(letters.split())


def _phone_key(name: str) -> str:
    """Return the key of a name without the words that say number, unless it has no others."""
    words = spelling_key(name).split("_")
    return "_".join([word for word in words if word not in _NUMBER_WORDS] or words)


def _missing(column: str) -> str:
    others = [spelling for spelling in SPELLINGS.get(column, ())[1:4] if spelling.isascii()]
    return f"column {column} is missing" + (f" (also known as {', '.join(others)})" if others else "")
