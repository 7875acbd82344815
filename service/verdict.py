"""``dialer verdict``: asks named rule packs about one call, without database, campaign or house.

Knows the arguments and files of that command. Must not judge: the one verdict does.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

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
    Verdict,
    zone,
)
from campaigns.packs_folder import book_of, load_packs
from campaigns.rules import phone
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from service.errors import BadQuestion

COMPANY: Final = "our company"
"""In whose name the call would be placed; past contacts count as its own unless they name another."""

_ALWAYS: Final = tuple(HoursWindow(day, time(0), time(0)) for day in range(7))
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
    """Judge the named packs alone; raises ``BadQuestion`` with one line for whatever cannot be read."""
    for option, given in (
        ("--number", question.number),
        ("--purpose", question.purpose),
        ("--pack", question.packs),
        ("--at", question.at),
    ):
        if not given.strip():
            raise BadQuestion(f"{option} is missing")
    number = _number(question.number)
    purpose = _purpose(question.purpose)
    moment = _moment(question.at, "--at")
    names = [name.strip() for name in question.packs.split(",") if name.strip()]
    try:
        book = book_of(load_packs(question.packs_dir), names)
    except InvalidInput as refusal:
        raise BadQuestion("; ".join(map(str, refusal.faults))) from None
    evidence = Evidence(
        consents=_consents(question.consent, purpose),
        past=_history(question.history, number, purpose) if question.history else (),
        appointment=_moment(question.appointment, "--appointment") if question.appointment else None,
        agent_reserved=question.agent_ready,
        automated=question.automated,
    )
    customer = _customer(number, _zones(question.zone, number), question.country, question.region)
    lead = _lead(number, _dates(question.dates))
    return verdict(lead, customer, evidence, _campaign(purpose), moment, book)


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
    try:
        return phone.normalise(text)
    except ValueError as fault:
        # A number outside its country's plan still has a country: packs can be asked about it.
        if phone.is_e164(text.strip()):
            return text.strip()
        raise BadQuestion(f"--number {text!r}: {fault}") from None


def _purpose(text: str) -> Purpose:
    if text not in tuple(Purpose):
        raise BadQuestion(f"--purpose {text!r}: write one of {', '.join(Purpose)}")
    return Purpose(text)


def _moment(text: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadQuestion(f"{option} {text!r}: write it like 2026-03-31T09:30:00+02:00") from None
    if moment.tzinfo is None:
        raise BadQuestion(f"{option} {text!r}: say the offset too, as in 2026-03-31T09:30:00+02:00 or …Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadQuestion(f"{option} {text!r}: out of range") from None


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


def _dates(texts: Sequence[str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for text in texts:
        name, mark, day = text.partition("=")
        if not mark or not name.strip():
            raise BadQuestion(f"--date {text!r}: write it like expiry=2026-12-31")
        fields[name.strip()] = day.strip()
    return fields


def _history(file: Path, number: str, purpose: Purpose) -> tuple[PastContact, ...]:
    """Read past contacts, newest first; what a line leaves out is as for the call in question."""
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
