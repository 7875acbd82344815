"""Reading a rule pack from TOML text, with every fault named at once.

Knows the layout of a pack file and what makes one sound. Must not know folders, nor what a rule means for a
call. A pack with a fault is no pack: nobody is called by half a law.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from typing import Final

import phonenumbers

from campaigns.errors import Fault, InvalidInput
from campaigns.model import Purpose
from campaigns.reading import Table
from campaigns.rules.calendars import CalendarSpec, Regions, calendar_fault
from campaigns.rules.jurisdiction import is_state
from campaigns.rules.law import PurposeRules
from campaigns.rules.pack_rules import RuleReader
from campaigns.rules.packs import Pack, Source
from campaigns.templates import WEEKDAYS

SURENESS: Final = ("law", "report", "vendor", "ours", "unconfirmed")
"""How sure a source is: the regulator's own text, a report of it, a vendor, our choice, or unconfirmed."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_TRADE = re.compile(r"[a-z][a-z-]{0,39}|")
_URL = re.compile(r"https?://\S+|")
_HASH_DIGITS = 12


def parse_pack(text: str) -> Pack:
    """Read one pack; raises ``InvalidInput`` with every fault and its place (``marketing.caps[1].count``)."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InvalidInput([Fault("file", f"not TOML: {fault}")]) from fault
    faults: list[Fault] = []
    top = Table(document, "", faults)
    sources = _sources(top)
    reader = RuleReader(frozenset(sources))
    day = top.day("version")
    countries, states = _countries(top), _states(top)
    calendar = _calendar(top)
    pack = Pack(
        name=top.text("name", pattern=_NAME),
        label=top.text("label"),
        version=f"{day.isoformat()}+{hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS]}",
        effective=top.day("effective"),
        owner=top.text("owner"),
        caveats=top.texts("caveats", least=0) if top.has("caveats") else (),
        countries=countries,
        states=states,
        trade=top.text("trade", pattern=_TRADE, empty=True) if top.has("trade") else "",
        calendar=calendar,
        sources=sources,
        purposes=_purposes(top, reader),
    )
    top.no_more()
    _check_calendar(pack, faults)
    unused = (key for key in sources if key not in reader.used)
    faults += [Fault(f"sources.{key}", "no rule refers to it") for key in unused]
    if faults:
        raise InvalidInput(faults)
    return pack


def _sources(top: Table) -> Mapping[str, Source]:
    table = top.table("sources")
    found: dict[str, Source] = {}
    for key in table.names():
        entry = table.table(key)
        source = Source(
            url=entry.text("url", pattern=_URL, empty=True),
            sure=entry.choice("sure", SURENESS),
            says=entry.text("says"),
        )
        if not source.url and source.sure not in ("ours", "unconfirmed"):
            entry.fault("url", "only our own choice and what nobody confirmed can do without an address")
        entry.no_more()
        found[key] = source
    return found


def _countries(top: Table) -> tuple[str, ...]:
    countries = top.texts("countries", least=0)
    for country in countries:
        if _COUNTRY.fullmatch(country) is None or country not in phonenumbers.SUPPORTED_REGIONS:
            top.fault("countries", f"{country!r} is no country with telephone numbers")
    return countries


def _states(top: Table) -> tuple[str, ...]:
    if not top.has("states"):
        return ()
    states, countries = top.texts("states"), top.texts("countries", least=0)
    for state in states:
        if not all(is_state(country, state) for country in countries) or not countries:
            top.fault("states", f"nobody can tell which numbers lie in {state!r}")
    return states


def _calendar(top: Table) -> CalendarSpec | None:
    if not top.has("calendar"):
        return None
    table = top.table("calendar")
    country = table.text("country")
    fault = calendar_fault(country) if country else None
    if fault:
        table.fault("country", fault)
    spec = CalendarSpec(
        country=country,
        regions=Regions(table.choice("regions", tuple(Regions)) or Regions.ALL),
        makeup=table.flag("makeup"),
        closed=_closed(table),
        workdays=_workdays(table),
    )
    table.no_more()
    return spec


def _closed(table: Table) -> dict[date, str]:
    closed: dict[date, str] = {}
    for entry in table.tables("closed"):
        closed[entry.day("day")] = entry.text("name")
        entry.no_more()
    return closed


def _workdays(table: Table) -> dict[date, int]:
    workdays: dict[date, int] = {}
    for entry in table.tables("workdays"):
        stands_for = entry.choice("stands_for", WEEKDAYS)
        workdays[entry.day("day")] = WEEKDAYS.index(stands_for) if stands_for else 0
        entry.no_more()
    return workdays


def _purposes(top: Table, reader: RuleReader) -> Mapping[Purpose, PurposeRules]:
    """Read the three purposes; one may say that it is ``like`` another, which is then read by itself."""
    tables = {purpose: top.table(purpose.value) for purpose in Purpose}
    found: dict[Purpose, PurposeRules] = {}
    likes: dict[Purpose, Purpose] = {}
    for purpose, table in tables.items():
        if not table.has("like"):
            found[purpose] = reader.read(table)
            continue
        like = table.choice("like", [one.value for one in Purpose if one is not purpose])
        table.no_more()
        if like:
            likes[purpose] = Purpose(like)
    for purpose, other in likes.items():
        if other in found:
            found[purpose] = found[other]
        else:
            tables[purpose].fault("like", f"{other.value} has no rules of its own to follow")
    return found


def _check_calendar(pack: Pack, faults: list[Fault]) -> None:
    for purpose, rules in pack.purposes.items():
        if rules.hours is not None and not rules.hours.on_holidays and pack.calendar is None:
            faults.append(
                Fault(f"{purpose.value}.hours.on_holidays", "is false, and the pack has no calendar")
            )
