"""Why a campaign is or is not dialing, as lines for a terminal, from the API's own JSON.

Knows how the answer is laid out. Moments are shown on the clock of the zone they are about, else on this
machine's.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Told = Mapping[str, Any]


def campaign_lines(why: Told) -> list[str]:
    """Return the lines: what decides, what else there is, every lead by what holds it, the next moment."""
    return list(_campaign(why))


def _campaign(why: Told) -> Iterator[str]:
    first, *more = why["reasons"]
    yield f"{why['campaign']} ({why['status']}): {_reason(first)}"
    for reason in more:
        yield f"  also: {_reason(reason)}"
    about = "about " if why["due_estimated"] and why["due"] else ""
    yield f"{why['total']} leads, {about}{why['due']} of them due now"
    width = max((len(_count(line)) for line in why["lines"]), default=1)
    for line in why["lines"]:
        until = f", from {_when(line['next_at'], line['zone'])} on" if line["next_at"] else ""
        example = f" ({line['example']})" if line["example"] else ""
        yield f"  {_count(line):>{width}}  {line['text']}{until}{example}"
    if why["next_at"]:
        which = "the next of the others" if why["due"] else "the next lead"
        yield f"{which} may be called at {_when(why['next_at'])}"
    elif why["total"] and not why["due"]:
        yield "nothing here passes with time: only a change can let a lead be called"


def _count(line: Told) -> str:
    """How many leads; ``~`` where a sample of them was judged."""
    return f"{'~' if line['estimated'] else ''}{line['leads']}"


def _reason(reason: Told) -> str:
    since = f", since {_when(reason['since'])}" if reason["since"] else ""
    until = f", until {_when(reason['until'], reason['zone'])}" if reason["until"] else ""
    return f"{reason['text']}{since}{until}"


def customer_lines(why: Told) -> list[str]:
    """Return the lines about one customer: verdict, findings, history of each lead, and his contacts."""
    return list(_customer(why))


def _customer(why: Told) -> Iterator[str]:
    zones = ", ".join(why["zones"]) or "nobody knows his time zone"
    yield f"{why['ref']} {why['name']} in {why['campaign']}, {zones}"
    for lead in why["leads"]:
        yield from _lead(lead, why["zones"])
    zone = why["zones"][0] if len(why["zones"]) == 1 else ""
    yield f"contacts, newest first: {len(why['history'])}"
    for attempt in why["history"]:
        ended = (attempt["disposition"] or "under way").replace("_", " ")
        said = f", recorded as {attempt['outcome']}" if attempt["outcome"] else ""
        if attempt["callback_at"]:
            said += f", agreed for {_when(attempt['callback_at'], zone)}"
        yield f"  {_when(attempt['started_at'])}  {attempt['number']}  {ended}{said}"


def _lead(lead: Told, zones: list[str]) -> Iterator[str]:
    verdict, zone = lead["verdict"], zones[0] if len(zones) == 1 else ""
    if verdict["allowed"]:
        yield f"{lead['number']} ({lead['status']}): due now"
    else:
        until = f", from {_when(verdict['next_at'], zone)} on" if verdict["next_at"] else ""
        pack = f" [{verdict['pack']} {verdict['version']}]" if verdict["pack"] else ""
        yield f"{lead['number']} ({lead['status']}): {verdict['rule']}: {verdict['reason']}{until}{pack}"
    for finding in lead["findings"]:
        mark = "yes" if finding["allows"] else "NO "
        until = f", until {_when(finding['until'], zone)}" if finding["until"] else ""
        pack = f" [{finding['pack']}]" if finding["pack"] else ""
        yield f"  {mark}  {finding['rule']}: {finding['text']}{until}{pack}"
    for consent in lead["consents"]:
        word = "agreed to" if consent["given"] else "refused"
        since = f" at {_when(consent['at'])}" if consent["at"] else ""
        proof = f": {consent['evidence']}" if consent["evidence"] else ""
        yield f"  {word} {consent['purpose']} calls{since}{proof}"
    for change in lead["changes"]:
        what = "judged again" if change["rule"] == "again" else f"refused by {change['rule']}"
        pack = f" [{change['pack']} {change['version']}]" if change["pack"] else ""
        yield f"  {_when(change['at'])}  {what}: {change['reason']}{pack}"


def _when(moment: str, zone: str = "") -> str:
    """Show a moment to the minute, with the zone whose clock it is."""
    at = datetime.fromisoformat(moment)
    local = at.astimezone(ZoneInfo(zone)) if zone else at.astimezone()
    return f"{local:%Y-%m-%d %H:%M} {zone or local.tzname()}"
