"""The part of docs/rule-packs.md that shows the packs, made from the packs themselves.

``python tests/unit/campaigns/rule_pack_page.py`` writes it anew; the test compares.
"""

from collections.abc import Iterator
from pathlib import Path

from campaigns.model import Purpose
from campaigns.packs_folder import load_packs
from campaigns.rules.calendars import Regions
from campaigns.rules.law import Conduct, Hours, Note, PurposeRules
from campaigns.rules.packs import Pack
from campaigns.templates import WEEKDAYS, format_hours

PAGE = Path(__file__).parents[3] / "docs" / "rule-packs.md"
BEGINS = "<!-- packs: made from campaigns/packs by tests/unit/campaigns/rule_pack_page.py -->\n"


_REGIONS = {
    Regions.NONE: "",
    Regions.MOST: ", with those of his region; while nobody knows it, those of at least half of the regions",
    Regions.ALL: ", with those of his region; while nobody knows it, those of all regions",
}


def pack_sections() -> str:
    """Return a section for every pack: where it holds, its rules with their sources, its caveats."""
    return "\n".join("\n".join(_section(pack)) for pack in load_packs().values())


def write() -> None:
    """Put the sections into the page, after everything that is written by hand."""
    by_hand = PAGE.read_text(encoding="utf-8").split(BEGINS)[0]
    PAGE.write_text(f"{by_hand}{BEGINS}\n{pack_sections()}", encoding="utf-8")


def _section(pack: Pack) -> Iterator[str]:
    yield f"### `{pack.name}`: {pack.label}"
    yield ""
    version = pack.version.partition("+")[0]
    yield f"{_holds(pack)} Version {version}, in force since {pack.effective}, owner {pack.owner}."
    if pack.calendar is not None:
        where = "the customer's country" if pack.calendar.country == "customer" else pack.calendar.country
        extra = _REGIONS[pack.calendar.regions]
        yield f"Public holidays of {where}{extra}."
    yield ""
    yield "| purpose | rule | what it says | sources | caveat |"
    yield "| --- | --- | --- | --- | --- |"
    for purposes, rules in _grouped(pack):
        for rule, says, note in _rules(rules):
            sources = ", ".join(note.sources) if note else ""
            yield f"| {purposes} | {rule} | {says} | {sources} | {note.caveat if note else ''} |"
    yield ""
    yield from (f"- {caveat}" for caveat in pack.caveats)
    yield ""
    for key, source in pack.sources.items():
        yield f"- {key} ({source.sure}): {source.says}. {source.url}".rstrip()
    yield ""


def _holds(pack: Pack) -> str:
    if not pack.countries:
        return (
            "Binds every call." if pack.name == "house" else "Binds where an operator or a campaign adds it."
        )
    where = ", ".join(pack.states or pack.countries)
    for_whom = f", operators whose trade is {pack.trade}" if pack.trade else ""
    return f"Binds calls to {where}{for_whom}."


def _grouped(pack: Pack) -> Iterator[tuple[str, PurposeRules]]:
    """Yield purposes that share their rules together."""
    seen: list[tuple[list[str], PurposeRules]] = []
    for purpose in Purpose:
        rules = pack.purposes[purpose]
        for names, same in seen:
            if same == rules:
                names.append(purpose.value)
                break
        else:
            seen.append(([purpose.value], rules))
    for names, rules in seen:
        yield ", ".join(names), rules


def _rules(rules: PurposeRules) -> Iterator[tuple[str, str, Note | None]]:
    if rules.forbidden:
        yield "forbidden", rules.forbidden, rules.note
    if rules.unbound:
        yield "none", rules.unbound, rules.note
    if rules.hours:
        yield "hours", _hours(rules.hours), rules.hours.note
    for cap in rules.caps:
        counted = f" of {', '.join(cap.counts)} calls" if cap.counts else ""
        yield "cap", f"{cap.count}{counted} per {cap.scope.value} within {cap.period}", cap.note
    for block in rules.blocks:
        unless = ", unless an agent is reserved" if block.unless_agent else ""
        yield (
            "block",
            f"{block.period} after {block.after.value}, per {block.scope.value}{unless}",
            block.note,
        )
    if rules.consent:
        who = "automated calls" if rules.consent.automated_only else "every call"
        since = f", from {rules.consent.since}" if rules.consent.since else ""
        yield "consent", f"{who}{since}; evidence: {', '.join(rules.consent.evidence)}", rules.consent.note
    if rules.anchor:
        anchor = rules.anchor.anchor
        yield (
            "anchor",
            f"{anchor.field}: days {anchor.earliest_days} to {anchor.latest_days}",
            rules.anchor.note,
        )
    yield from _conduct(rules.conduct)


def _conduct(conduct: Conduct) -> Iterator[tuple[str, str, Note | None]]:
    if conduct.min_ring_s:
        yield "ring", f"at least {conduct.min_ring_s:g} s", conduct.min_ring_note
    if conduct.connect:
        clock = conduct.connect.clock.value
        yield "connect", f"within {conduct.connect.seconds:g} s of: {clock}", conduct.connect.note
    for limit in conduct.abandon:
        yield "abandon", f"{limit.kind.value}: {limit.rate:.0%} per {limit.per} in {limit.period}", limit.note
    if conduct.message:
        yield "message", ", ".join(conduct.message.contents), conduct.message.note
    if conduct.machine:
        errors = (
            "its errors count as abandoned" if conduct.machine.errors_count else "its errors do not count"
        )
        message = "" if conduct.machine.message else "; no recorded message"
        yield (
            "machine",
            f"{'allowed' if conduct.machine.allowed else 'forbidden'}; {errors}{message}",
            conduct.machine.note,
        )
    for kept in conduct.retention:
        least = f"{kept.days} days" if kept.days else "no length known"
        most = f", {kept.most_days} days at most" if kept.most_days else ""
        yield "retention", f"{kept.what}: {least}{most}", kept.note


def _hours(hours: Hours) -> str:
    week = format_hours(hours.week)
    spans = "; ".join(f"{day} {week.get(day, 'closed')}" for day in WEEKDAYS)
    if len({*week.values()}) == 1 and len(week) == 7:
        spans = f"daily {week['mon']}"
    notes = [
        "on holidays too" if hours.on_holidays else "not on holidays",
        *(["an appointment widens them"] if hours.wish else []),
        *(["a proven consent lifts them"] if hours.waived_by_consent else []),
    ]
    return f"{spans}; {', '.join(notes)}"


if __name__ == "__main__":
    write()
