"""``dialer verdict``: asks named rule packs about one call, without database, campaign or house.

Knows the arguments and files of that command. Must not judge: the one verdict does.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from campaigns.errors import InvalidInput
from campaigns.model import (
    Campaign,
    CampaignStatus,
    Consent,
    Customer,
    CustomerClass,
    Disposition,
    HoursWindow,
    Lead,
    LeadStatus,
    PastContact,
    Purpose,
    zone,
)
from campaigns.packs_folder import book_of, load_packs
from campaigns.rules import phone
from campaigns.rules.address import country_code, state_code
from campaigns.rules.calendars import subdivisions
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.jurisdiction import place_of_number
from campaigns.rules.packs import Pack, RuleBook
from campaigns.verdicts import Verdict
from service.errors import BadQuestion

COMPANY: Final = "our company"
"""In whose name the call would be placed; past contacts count as its own unless they name another."""

_ALWAYS: Final = tuple(HoursWindow(day, time(0), time(0)) for day in range(7))
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEYOND: Final = datetime(2100, 1, 1, tzinfo=UTC)
"""Between these there are calendars; a rule that counts months or years away stays in range as well."""
_FIELDS: Final = frozenset({"at", "number", "purpose", "company", "disposition", "outcome", "placed"})


@dataclass(frozen=True, slots=True)
class Question:
    """One question, as it was typed. ``dates`` are fields of the lead, such as ``expiry=2026-12-31``."""

    number: str
    purpose: str
    packs: str
    at: str
    zone: str = ""
    consent: str = "none"
    history: Path | None = None
    appointment: str = ""
    country: str = ""
    region: str = ""
    dates: Sequence[str] = ()
    automated: bool = False
    agent_ready: bool = False
    packs_dir: Path | None = None


def answer(question: Question) -> Verdict:
    """Judge the named packs alone; raises ``BadQuestion`` with a line for each argument that cannot be read.

    Whatever would change nothing because nobody knows it is refused too: an answer that leaves an argument
    out would be the answer to another question.
    """
    faults = _Faults()
    number = faults.read(lambda: _number(question.number), "")
    purpose = faults.read(lambda: _purpose(question.purpose), Purpose.MARKETING)
    moment = faults.read(lambda: _moment(question.at, "--at"), datetime.min.replace(tzinfo=UTC))
    packs = faults.read(lambda: _packs(question.packs_dir), _NO_PACKS)
    book = faults.read(lambda: _book(packs, question.packs), RuleBook({}))
    appointment = None
    if question.appointment:
        appointment = faults.read(lambda: _moment(question.appointment, "--appointment"), moment)
    evidence = Evidence(
        consents=faults.read(lambda: _consents(question.consent, purpose), ()),
        past=faults.read(lambda: _history(question.history, number, purpose), ()),
        appointment=appointment,
        agent_reserved=question.agent_ready,
        automated=question.automated,
    )
    zones = faults.read(lambda: _zones(question.zone, number), _NO_ZONES)
    country = faults.read(lambda: _country(question.country), "")
    region = faults.read(lambda: _region(question.region, country, number, packs), "")
    dates = dict(faults.read(partial(_date, text, packs), ("", "")) for text in question.dates)
    if faults.found:
        raise BadQuestion("\n".join(faults.found))
    customer = _customer(number, zones, country, region)
    return verdict(_lead(number, dates), customer, evidence, _campaign(purpose), moment, book)


T = TypeVar("T")

_NO_PACKS: Final[Mapping[str, Pack]] = {}
_NO_ZONES: Final[tuple[str, ...]] = ()


class _Faults:
    """Gathers what cannot be read, so that all of it is told at once."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def read(self, reader: Callable[[], T], otherwise: T) -> T:
        """Return what is read, or ``otherwise`` where that is a fault."""
        try:
            return reader()
        except BadQuestion as fault:
            self.found.append(str(fault))
            return otherwise


def in_words(found: Verdict) -> str:
    """Return a verdict as a line for people."""
    if found.allowed:
        return f"allowed: {found.pack} in {', '.join(found.zones)}"
    when = "never" if found.next_at is None else f"not before {found.next_at:%Y-%m-%d %H:%M:%S} UTC"
    return f"refused ({found.rule}): {found.reason}; {when}"


def as_json_object(found: Verdict) -> dict[str, Any]:
    """Return a verdict as the one object that scripts read."""
    return {
        "allowed": found.allowed,
        "rule": found.rule,
        "pack": found.pack,
        "version": found.version,
        "reason": found.reason,
        "next_allowed": None if found.next_at is None else found.next_at.isoformat().replace("+00:00", "Z"),
        "zones": list(found.zones),
    }


def _number(text: str) -> str:
    _given("--number", text)
    try:
        return phone.normalise(text)
    except ValueError as fault:
        # A number outside its country's plan still has a country: packs can be asked about it.
        if phone.is_e164(text.strip()):
            return text.strip()
        raise BadQuestion(f"--number {text!r}: {fault}") from None


def _given(option: str, text: str) -> None:
    if not text.strip():
        raise BadQuestion(f"{option} is missing")


def _packs(directory: Path | None) -> Mapping[str, Pack]:
    try:
        return load_packs(directory)
    except InvalidInput as refusal:
        raise BadQuestion("; ".join(map(str, refusal.faults))) from None


def _book(packs: Mapping[str, Pack], named: str) -> RuleBook:
    """Return the rule book of the named packs; an empty one where no packs could be read."""
    _given("--pack", named)
    if not packs:
        return RuleBook({})
    try:
        return book_of(packs, [name.strip() for name in named.split(",") if name.strip()])
    except InvalidInput as refusal:
        raise BadQuestion("; ".join(f"--pack: {fault.problem}" for fault in refusal.faults)) from None


def _purpose(text: str) -> Purpose:
    _given("--purpose", text)
    if text not in tuple(Purpose):
        raise BadQuestion(f"--purpose {text!r}: write one of {', '.join(Purpose)}")
    return Purpose(text)


def _moment(text: str, option: str) -> datetime:
    _given(option, text)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadQuestion(f"{option} {text!r}: write it like 2026-03-31T09:30:00+02:00") from None
    if moment.tzinfo is None:
        raise BadQuestion(f"{option} {text!r}: say the offset too, as in 2026-03-31T09:30:00+02:00 or …Z")
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        moment = _BEYOND
    if not _FIRST <= moment < _BEYOND:
        raise BadQuestion(f"{option} {text!r}: is not between {_FIRST.year} and {_BEYOND.year}")
    return moment


def _zones(text: str, number: str) -> tuple[str, ...]:
    if not text:
        return phone.zones_of(number)
    names = [name.strip() for name in text.split(",")]
    try:
        return tuple(zone(name).key for name in names)
    except ValueError as fault:
        raise BadQuestion(f"--zone: {fault}; write it like Europe/Madrid") from None


def _consents(word: str, purpose: Purpose) -> tuple[Consent, ...]:
    if word == "none":
        return ()
    if word not in ("given", "refused"):
        raise BadQuestion(f"--consent {word!r}: write given, refused or none")
    return (Consent(purpose, word == "given", None, "said on the command line"),)


def _country(text: str) -> str:
    """Read the country of an address as lists are read."""
    if not text.strip():
        return ""
    try:
        return country_code(text.strip())
    except ValueError as fault:
        raise BadQuestion(f"--country: {fault}; write the two letters of ISO 3166") from None


def _region(text: str, country: str, number: str, packs: Mapping[str, Pack]) -> str:
    """Read the region of an address, or of the number's country where that is not said.

    Only one that a calendar or a pack knows can change an answer.
    """
    word, where = text.strip(), country or place_of_number(number).country
    if not word or not where:
        return ""  # a country that is not known is a fault, or an answer, of its own
    try:
        code = state_code(word, where) or word
    except ValueError:
        code = word
    states = {state for pack in packs.values() if where in pack.countries for state in pack.states}
    known = sorted({*subdivisions(where), *states})
    for one in known:
        if one.casefold() == code.casefold():
            return one
    there = f"there are {', '.join(known)}" if known else "none is known, so leave it out"
    raise BadQuestion(f"--region {text!r}: no calendar or rule pack of {where} knows it; {there}")


def _date(text: str, packs: Mapping[str, Pack]) -> tuple[str, str]:
    """Read one date of the file, of those that packs ask for."""
    name, mark, day = (part.strip() for part in text.partition("="))
    if not mark or not name:
        raise BadQuestion(f"--date {text!r}: write it like expiry=2026-12-31")
    rules = (rules for pack in packs.values() for rules in pack.purposes.values())
    known = sorted({one.anchor.anchor.field for one in rules if one.anchor is not None})
    if packs and name not in known:
        there = f"there are {', '.join(known)}" if known else "none asks for any"
        raise BadQuestion(f"--date {text!r}: no rule pack asks for {name!r}; {there}")
    try:
        return name, date.fromisoformat(day).isoformat()
    except ValueError:
        raise BadQuestion(f"--date {text!r}: write it like {name}=2026-12-31") from None


def _history(file: Path | None, number: str, purpose: Purpose) -> tuple[PastContact, ...]:
    """Read past contacts, newest first; what a line leaves out is as for the call in question."""
    if file is None:
        return ()
    try:
        lines = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as fault:
        raise BadQuestion(f"--history {file}: {fault}") from None
    if not isinstance(lines, list):
        raise BadQuestion(f"--history {file}: must be a list of past contacts")
    contacts = [_contact(file, at, line, number, purpose) for at, line in enumerate(lines, start=1)]
    return tuple(sorted(contacts, key=lambda contact: contact.at, reverse=True))


def _contact(file: Path, position: int, line: Any, number: str, purpose: Purpose) -> PastContact:
    place = f"--history {file}: contact {position}"
    if not isinstance(line, dict) or "at" not in line:
        raise BadQuestion(f"{place}: must be an object with at least the moment, as at")
    unknown = sorted(set(line) - _FIELDS)
    if unknown:
        raise BadQuestion(
            f"{place}: no such field {', '.join(unknown)}; there are {', '.join(sorted(_FIELDS))}"
        )
    placed = line.get("placed", True)
    if not isinstance(placed, bool):
        raise BadQuestion(f"{place}: placed must be true or false")
    said = {name: _text(place, line, name) for name in _FIELDS - {"placed"}}
    try:
        return PastContact(
            at=_moment(said["at"], "at"),
            number=_number(said["number"]) if said["number"] else number,
            purpose=_purpose(said["purpose"]) if said["purpose"] else purpose,
            campaign_id=0,
            company=said["company"] or COMPANY,
            disposition=_disposition(said["disposition"]),
            outcome=said["outcome"],
            placed=placed,
        )
    except BadQuestion as fault:
        raise BadQuestion(f"{place}: {fault}") from None


def _text(place: str, line: Mapping[str, Any], name: str) -> str:
    value = line.get(name)
    if value is not None and not isinstance(value, str):
        raise BadQuestion(f"{place}: {name} must be a text")
    return value or ""


def _disposition(text: str) -> Disposition | None:
    if text and text not in tuple(Disposition):
        raise BadQuestion(f"disposition {text!r}: write one of {', '.join(Disposition)}")
    return Disposition(text) if text else None


def _campaign(purpose: Purpose) -> Campaign:
    """Return a campaign that forbids nothing, so that only the packs speak."""
    return Campaign(
        id=0,
        name="question",
        template="",
        template_version="",
        purpose=purpose,
        status=CampaignStatus.RUNNING,
        company=COMPANY,
        caller_id="",
        callback_number="",
        flow="",
        hours=_ALWAYS,
        retries={},
        max_attempts=1,
        anchor=None,
        ring_timeout_s=0,
        connect_limit_s=0,
        wrap_up_s=0,
        max_channels=1,
        calls_per_second=1,
        created_at=datetime.min.replace(tzinfo=UTC),
    )


def _customer(number: str, zones: tuple[str, ...], country: str, region: str) -> Customer:
    return Customer(
        id=0,
        ref="",
        name="",
        title="",
        language="",
        customer_class=CustomerClass.ORDINARY,
        zones=zones,
        numbers=(number,),
        country=country,
        region=region,
    )


def _lead(number: str, fields: Mapping[str, str]) -> Lead:
    return Lead(
        id=0,
        campaign_id=0,
        customer_id=0,
        number=number,
        status=LeadStatus.CLAIMED,
        due_at=datetime.min.replace(tzinfo=UTC),
        fields=fields,
    )
