"""Reading what a pack says about one purpose: hours, caps, blocks, consent, conduct.

Knows the settings of every kind of rule. Must not know the pack around them. Every rule names its sources.
"""

import re

from campaigns.errors import InvalidInput
from campaigns.model import Anchor, HoursWindow, Purpose
from campaigns.reading import Table
from campaigns.rules.law import (
    AbandonKind,
    AbandonLimit,
    After,
    AnchorRule,
    Block,
    Cap,
    Clock,
    Conduct,
    ConnectLimit,
    ConsentRule,
    Hours,
    MachineRule,
    MessageRule,
    Note,
    PurposeRules,
    Retention,
    Scope,
)
from campaigns.rules.message import CONTENTS
from campaigns.rules.periods import Period, Unit, parse_period
from campaigns.templates import WEEKDAYS, parse_hours

_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NO_PERIOD = Period(1, Unit.DAYS)
_SCOPES = tuple(Scope)


class RuleReader:
    """Reads the tables of one pack; ``used`` collects the sources that its rules name."""

    def __init__(self, sources: frozenset[str]) -> None:
        self.used: set[str] = set()
        self._sources = sources

    def read(self, table: Table) -> PurposeRules:
        """Return what one purpose's table says; a table that says nothing at all is a fault."""
        rules = PurposeRules(
            forbidden=table.text("forbidden") if table.has("forbidden") else "",
            unbound=table.text("unbound") if table.has("unbound") else "",
            hours=self._hours(table),
            caps=tuple(self._cap(entry) for entry in table.tables("caps")),
            blocks=tuple(self._block(entry) for entry in table.tables("blocks")),
            consent=self._consent(table),
            anchor=self._anchor(table),
            conduct=self._conduct(table),
            note=self._note(table) if table.has("sources") else None,
        )
        table.no_more()
        bare = rules == PurposeRules(forbidden=rules.forbidden, unbound=rules.unbound, note=rules.note)
        if rules.unbound and (rules.forbidden or not bare):
            table.fault("unbound", "stands beside rules")
        if table.given and bare and not rules.forbidden and not rules.unbound:
            table.fault("", "holds no rule; say why with unbound")
        if rules.forbidden and rules.note is None:
            table.fault("sources", "is missing")
        return rules

    def _note(self, table: Table) -> Note:
        sources = table.texts("sources")
        for key in sources:
            if key not in self._sources:
                table.fault("sources", f"there is no source {key!r}")
        self.used |= set(sources)
        return Note(sources, table.text("caveat") if table.has("caveat") else "")

    def _hours(self, top: Table) -> Hours | None:
        if not top.has("hours"):
            return None
        table = top.table("hours")
        hours = Hours(
            week=_week(table),
            on_holidays=table.flag("on_holidays"),
            wish=table.flag("wish"),
            waived_by_consent=table.flag("waived_by_consent"),
            note=self._note(table),
        )
        table.no_more()
        return hours

    def _cap(self, table: Table) -> Cap:
        counts = table.texts("counts") if table.has("counts") else ()
        for purpose in counts:
            if purpose not in tuple(Purpose):
                table.fault("counts", f"{purpose!r} is none of {', '.join(Purpose)}")
        cap = Cap(
            count=table.whole("count", 1, 1_000),
            period=_period(table),
            scope=Scope(table.choice("scope", _SCOPES) or Scope.PERSON),
            counts=tuple(Purpose(one) for one in counts if one in tuple(Purpose)),
            note=self._note(table),
        )
        table.no_more()
        return cap

    def _block(self, table: Table) -> Block:
        block = Block(
            after=After(table.choice("after", tuple(After)) or After.REFUSAL),
            period=_period(table),
            scope=Scope(table.choice("scope", _SCOPES) or Scope.PERSON),
            unless_agent=table.flag("unless_agent"),
            note=self._note(table),
        )
        table.no_more()
        if block.after is After.OTHER_LEAD and block.scope is Scope.COMPANY:
            some = f"{Scope.NUMBER.value} or {Scope.PERSON.value}"
            table.fault("scope", f"must be {some} after {After.OTHER_LEAD.value}")
        return block

    def _consent(self, top: Table) -> ConsentRule | None:
        if not top.has("consent"):
            return None
        table = top.table("consent")
        consent = ConsentRule(
            automated_only=table.flag("automated_only"),
            evidence=tuple(word.casefold() for word in table.texts("evidence")),
            since=table.day("since") if table.has("since") else None,
            note=self._note(table),
        )
        table.no_more()
        return consent

    def _anchor(self, top: Table) -> AnchorRule | None:
        if not top.has("anchor"):
            return None
        table = top.table("anchor")
        anchor = Anchor(
            field=table.text("field", pattern=_FIELD),
            earliest_days=table.whole("earliest_days", -3660, 3660),
            latest_days=table.whole("latest_days", -3660, 3660),
        )
        rule = AnchorRule(anchor, self._note(table))
        table.no_more()
        if anchor.latest_days < anchor.earliest_days:
            table.fault("latest_days", "is before earliest_days")
        return rule

    def _conduct(self, top: Table) -> Conduct:
        ring = top.table("ring") if top.has("ring") else None
        conduct = Conduct(
            min_ring_s=ring.number("seconds", 1, 60) if ring else 0.0,
            min_ring_note=self._note(ring) if ring else None,
            connect=self._connect(top),
            abandon=tuple(self._abandon(entry) for entry in top.tables("abandon")),
            message=self._message(top),
            machine=self._machine(top),
            retention=tuple(self._retention(entry) for entry in top.tables("retention")),
        )
        if ring:
            ring.no_more()
        return conduct

    def _connect(self, top: Table) -> ConnectLimit | None:
        if not top.has("connect"):
            return None
        table = top.table("connect")
        limit = ConnectLimit(
            seconds=table.number("seconds", 0.5, 30),
            clock=Clock(table.choice("clock", tuple(Clock)) or Clock.ANSWER),
            note=self._note(table),
        )
        table.no_more()
        return limit

    def _abandon(self, table: Table) -> AbandonLimit:
        limit = AbandonLimit(
            rate=table.number("rate", 0, 1),
            period=_period(table),
            per=table.choice("per", ("campaign", "centre")),
            kind=AbandonKind(table.choice("kind", tuple(AbandonKind)) or AbandonKind.LEGAL),
            note=self._note(table),
        )
        table.no_more()
        if (limit.kind is AbandonKind.ZERO) != (limit.rate == 0):
            table.fault("rate", "is 0 for the kind zero, and for no other")
        if limit.period.rolling is None:
            table.fault("period", "is counted in minutes, hours or days")
        return limit

    def _message(self, top: Table) -> MessageRule | None:
        if not top.has("message"):
            return None
        table = top.table("message")
        contents = table.texts("contents")
        for flag in contents:
            if flag not in CONTENTS:
                table.fault("contents", f"{flag!r} is none of {', '.join(CONTENTS)}")
        message = MessageRule(contents, self._note(table))
        table.no_more()
        return message

    def _machine(self, top: Table) -> MachineRule | None:
        if not top.has("machine"):
            return None
        table = top.table("machine")
        message = table.flag("message") if table.has("message") else True
        rule = MachineRule(table.flag("allowed"), table.flag("errors_count"), self._note(table), message)
        table.no_more()
        return rule

    def _retention(self, table: Table) -> Retention:
        most = table.whole("most_days", 1, 36_600) if table.has("most_days") else None
        rule = Retention(table.text("what"), table.whole("days", 0, 36_600), self._note(table), most)
        table.no_more()
        if most is not None and most < rule.days:
            table.fault("most_days", "is less than days")
        return rule


def _period(table: Table) -> Period:
    text = table.text("period")
    if not text:
        return _NO_PERIOD
    try:
        return parse_period(text)
    except ValueError as fault:
        table.fault("period", str(fault))
        return _NO_PERIOD


def _week(table: Table) -> tuple[HoursWindow, ...]:
    """Read the windows: ``daily`` holds for every day that has no line of its own."""
    daily = table.text("daily", empty=True) if table.has("daily") else ""
    days = {day: table.text(day, empty=True) if table.has(day) else daily for day in WEEKDAYS}
    try:
        return parse_hours(days, place="")
    except InvalidInput as refusal:
        for fault in refusal.faults:
            table.fault(fault.place.removeprefix("."), fault.problem)
        return ()
