"""Questions to rule packs, in the words of the laws: a local moment, a purpose, a past."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from campaign_cases import campaign, customer, lead, windows

from campaigns.model import (
    Consent,
    Disposition,
    PastContact,
    Purpose,
)
from campaigns.packs_folder import book_of, load_packs
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.packs import RuleBook
from campaigns.verdicts import Verdict

PACKS = load_packs()
ALWAYS = windows(range(7), "00:00-00:00")
COMPANY = "Acme"

# A number and its zone for each country.
HOMES = {
    "US": ("+12125550123", "America/New_York"),
    "FL": ("+13055550123", "America/New_York"),
    "GB": ("+442079460123", "Europe/London"),
    "ES": ("+34912345678", "Europe/Madrid"),
    "FR": ("+33142685300", "Europe/Paris"),
    "IN": ("+911123456789", "Asia/Kolkata"),
    "CN": ("+8613800138000", "Asia/Shanghai"),
}


@cache
def book_alone(names: str) -> RuleBook:
    return book_of(PACKS, names.split(","))


def local(text: str, zone: str) -> datetime:
    """Read a wall clock like ``2026-03-02 09:00`` in a zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def consent(
    purpose: Purpose, given: bool = True, at: datetime | None = None, evidence: str = "form 7"
) -> Consent:
    return Consent(purpose, given, at, evidence)


def contact(at: datetime, number: str, **changes: Any) -> PastContact:
    """Return one past call of our company that nobody answered."""
    values: dict[str, Any] = {
        "purpose": Purpose.MARKETING,
        "campaign_id": 1,
        "company": COMPANY,
        "disposition": Disposition.NO_ANSWER,
        "outcome": "",
    }
    return PastContact(at=at, number=number, **{**values, **changes})


def ask(
    packs: str | RuleBook,
    home: str,
    at: str | datetime,
    purpose: Purpose = Purpose.MARKETING,
    *,
    agreed: bool = False,
    zones: tuple[str, ...] = (),
    number: str = "",
    fields: dict[str, str] | None = None,
    setting: dict[str, Any] | None = None,
    person: dict[str, Any] | None = None,
    **evidence: Any,
) -> Verdict:
    """Judge a call at a local moment; ``agreed`` adds a proven consent for its purpose."""
    home_number, zone = HOMES[home]
    moment = local(at, zone) if isinstance(at, str) else at
    if agreed:
        evidence["consents"] = (consent(purpose),)
    book = book_alone(packs) if isinstance(packs, str) else packs
    return verdict(
        lead(number=number or home_number, due_at=moment - timedelta(days=3650), fields=fields or {}),
        customer(zones=zones or (zone,), **(person or {})),
        Evidence(**evidence),
        campaign(purpose=purpose, hours=ALWAYS, company=COMPANY, **(setting or {})),
        moment,
        book,
    )
