"""Templates: kinds of campaigns, read from TOML into ``Template`` with every fault named at once.

Knows the layout of a template file and of a week of calling hours as text. Must not know campaigns that
run, lists or customers. The ready-made files lie in the folder ``templates`` beside this module.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import time
from importlib.resources import files
from pathlib import Path
from typing import Final

from campaigns.errors import Fault, InvalidInput
from campaigns.model import (
    Anchor,
    CreditKind,
    Disposition,
    HoursWindow,
    Purpose,
    RetryRule,
    Script,
    Template,
)
from campaigns.reading import Table

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The names of weekdays in a table of hours, Monday first."""

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")  # of a template or a flow: also a file's name
_SCALE_LIMITS = (0, 9)  # a vote is one key
_VERSION_DIGITS = 16
_DAY_MINUTES = 24 * 60


def load_templates(directory: Path | None = None) -> Mapping[str, Template]:
    """Return the templates of a folder (default: the ready-made ones) by name, in order of name.

    Raises ``InvalidInput`` with the faults of all files, each place beginning with the file's name.
    """
    found: dict[str, Template] = {}
    faults: list[Fault] = []
    for file_name, text in _texts(directory):
        try:
            template = parse_template(text)
        except InvalidInput as refusal:
            faults += [Fault(f"{file_name}: {fault.place}", fault.problem) for fault in refusal.faults]
            continue
        if f"{template.name}.toml" != file_name:
            faults.append(Fault(f"{file_name}: name", f"must be the file's own name, not {template.name!r}"))
        found[template.name] = template
    if faults:
        raise InvalidInput(faults)
    return found


def parse_template(text: str) -> Template:
    """Read one template; raises ``InvalidInput`` with every fault and its place (``retries.busy.after_s``).

    ``version`` is taken over the text itself, so that a change of wording is a new version too.
    ``anchor`` and ``retries`` may be left out: due at once, and never tried again.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise InvalidInput([Fault("file", f"not TOML: {fault}")]) from fault
    faults: list[Fault] = []
    top = Table(document, "", faults)
    template = Template(
        name=top.text("name", pattern=_NAME),
        version=hashlib.sha256(text.encode()).hexdigest()[:_VERSION_DIGITS],
        label=top.text("label"),
        purpose=Purpose(top.choice("purpose", tuple(Purpose)) or Purpose.MARKETING),
        flow=top.text("flow", pattern=_NAME),
        hours=_hours(top),
        retries=_retries(top.table("retries")) if top.has("retries") else {},
        max_attempts=top.whole("max_attempts", 1, 100),
        anchor=_anchor(top),
        ring_timeout_s=top.number("ring_timeout_s", 5, 120),
        connect_limit_s=top.number("connect_limit_s", 0.5, 30),
        wrap_up_s=top.number("wrap_up_s", 0, 3600),
        vote_scale=_scale(top),
        outcomes=_outcomes(top.table("outcomes")),
        script=_script(top.table("script")),
        required_columns=_required_columns(top),
        credits=_credits(top.table("credits")) if top.has("credits") else {},
    )
    top.no_more()
    strange = [code for code in template.credits if code not in template.outcomes]
    faults += [Fault(f"credits.{code}", "is none of the outcomes") for code in strange]
    if template.anchor is not None and template.anchor.field not in template.required_columns:
        faults.append(Fault("anchor.field", f"{template.anchor.field!r} is not in required_columns"))
    if faults:
        raise InvalidInput(faults)
    return template


def parse_hours(days: Mapping[str, str], place: str = "hours") -> tuple[HoursWindow, ...]:
    """Read a week like ``{"mon": "09:00-12:00, 14:00-18:30"}`` into windows, Monday first.

    A day that is left out, empty or ``closed`` is closed. 24:00 and 00:00 at the end mean midnight. A window
    over midnight is written as two, one on each day. Raises ``InvalidInput`` with every fault, placed
    at ``<place>.<day>``.
    """
    faults = [
        Fault(f"{place}.{day}", f"not a weekday: write one of {', '.join(WEEKDAYS)}")
        for day in days
        if day not in WEEKDAYS
    ]
    windows: list[HoursWindow] = []
    for weekday, day in enumerate(WEEKDAYS):
        try:
            windows += _windows(weekday, days.get(day, ""))
        except ValueError as fault:
            faults.append(Fault(f"{place}.{day}", str(fault)))
    if not windows and not faults:
        faults.append(Fault(place, "no calling hours on any day"))
    if faults:
        raise InvalidInput(faults)
    return tuple(windows)


def format_hours(windows: tuple[HoursWindow, ...]) -> dict[str, str]:
    """Return windows as the text ``parse_hours`` reads; days without any are left out."""
    week: dict[str, str] = {}
    for weekday, day in enumerate(WEEKDAYS):
        spans = [f"{w.opens:%H:%M}-{w.closes:%H:%M}" for w in windows if w.weekday == weekday]
        if spans:
            week[day] = ", ".join(spans)
    return week


def _texts(directory: Path | None) -> Iterator[tuple[str, str]]:
    folder = files("campaigns").joinpath("templates") if directory is None else directory
    if not folder.is_dir():
        raise InvalidInput([Fault(str(folder), "is no directory")])
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".toml"):
            continue
        try:
            yield entry.name, entry.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as fault:
            raise InvalidInput([Fault(entry.name, f"cannot be read: {fault}")]) from fault


def _windows(weekday: int, text: str) -> Iterator[HoursWindow]:
    if text.strip().casefold() in {"", "closed"}:
        return
    last_closes, last = 0, ""
    for opens, closes, span in sorted(_span(part.strip()) for part in text.split(",")):
        if opens < last_closes:
            raise ValueError(f"{span!r} overlaps {last!r}")
        last_closes, last = closes, span
        yield HoursWindow(weekday, _clock(opens), _clock(closes))


def _span(text: str) -> tuple[int, int, str]:
    """Return opening and closing in minutes of the day, and the text itself."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a window like 09:00-12:00")
    opens, closes = _minutes(match[1], match[2]), _minutes(match[3], match[4]) or _DAY_MINUTES
    if opens == _DAY_MINUTES:
        raise ValueError(f"{text!r} opens at the end of the day")
    if closes <= opens:
        raise ValueError(
            f"{text!r} closes before it opens; a window over midnight is written as two: "
            "until 00:00 on this day, from 00:00 on the next"
        )
    return opens, closes, text


def _minutes(hour: str, minute: str) -> int:
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > _DAY_MINUTES:
        raise ValueError(f"there is no {hour}:{minute}")
    return total


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _hours(top: Table) -> tuple[HoursWindow, ...]:
    raw = top.table("hours")
    days = {day: raw.text(day, empty=True) for day in raw.names()}
    if not raw.given:
        return ()
    try:
        return parse_hours(days)
    except InvalidInput as refusal:
        top.faults += refusal.faults
        return ()


def _retries(table: Table) -> Mapping[Disposition, RetryRule]:
    rules: dict[Disposition, RetryRule] = {}
    for code in table.names():
        entry = table.table(code)
        rule = RetryRule(entry.number("after_s", 0, 31 * 86_400), entry.whole("attempts", 1, 100))
        entry.no_more()
        if code not in tuple(Disposition):
            table.fault(code, f"no such disposition; there are {', '.join(Disposition)}")
        elif code == Disposition.CONNECTED:
            table.fault(code, "a customer who was talked to is not called again by a retry rule")
        else:
            rules[Disposition(code)] = rule
    return rules


def _anchor(top: Table) -> Anchor | None:
    if not top.has("anchor"):
        return None
    table = top.table("anchor")
    anchor = Anchor(
        field=table.text("field", pattern=_CODE),
        earliest_days=table.whole("earliest_days", -3660, 3660),
        latest_days=table.whole("latest_days", -3660, 3660),
    )
    table.no_more()
    if anchor.latest_days < anchor.earliest_days:
        table.fault("latest_days", "is before earliest_days")
    return anchor


def _scale(top: Table) -> tuple[int, int]:
    values = top.wholes("vote_scale")
    low, high = _SCALE_LIMITS
    if len(values) == 2 and low <= values[0] < values[1] <= high:
        return values[0], values[1]
    top.fault("vote_scale", f"must be two keys, the lower first, between {low} and {high}")
    return low, high


def _outcomes(table: Table) -> Mapping[str, str]:
    outcomes = {code: table.text(code) for code in table.names()}
    for code in outcomes:
        if _CODE.fullmatch(code) is None:
            table.fault(code, "a code is small letters, digits and _, beginning with a letter")
    if table.given and not outcomes:
        table.fault("", "no outcomes")
    return outcomes


def _credits(table: Table) -> Mapping[str, CreditKind]:
    kinds = {code: table.choice(code, tuple(CreditKind)) for code in table.names()}
    return {code: CreditKind(kind) for code, kind in kinds.items() if kind}


def _script(table: Table) -> Script:
    script = Script(
        opening=table.text("opening"),
        questions=table.texts("questions", least=0),
        closing_satisfied=table.text("closing_satisfied"),
        closing_dissatisfied=table.text("closing_dissatisfied"),
    )
    table.no_more()
    return script


def _required_columns(top: Table) -> tuple[str, ...]:
    columns = top.texts("required_columns")
    for name in ("ref", "phone"):
        if name not in columns:
            top.fault("required_columns", f"must hold {name!r}: no lead is known without it")
    return columns
