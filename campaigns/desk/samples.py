"""Sample lists: for each template one that shows every column it takes, ready to be filled in.

Knows columns and templates. Must not know any customer: the people in it are made up, their numbers are of
the ranges that are kept for fiction.
"""

import csv
import io
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from campaigns.errors import NotFound
from campaigns.model import Anchor, Template

_DAY: Final = date(2026, 11, 20)
_PEOPLE: Final = (
    {
        "ref": "C-1001", "name": "Ann Lee", "title": "Ms", "phone": "+12025550123", "phone_kind": "mobile",
        "phone_2": "+12025550199", "phone_2_kind": "home", "language": "en", "class": "vip", "zone": "",
        "country": "US", "state": "DC", "owner": "", "consent": "yes", "consent_date": "2026-01-15",
        "consent_evidence": "order form 118, page 2", "appointment": "", "service": "Brake service",
        "service_date": "2026-11-20",
    },
    {
        "ref": "C-1002", "name": "Bruno Ortiz", "title": "Mr", "phone": "+442079460018", "phone_kind": "work",
        "phone_2": "", "phone_2_kind": "", "language": "es", "class": "member", "zone": "Europe/London",
        "country": "GB", "state": "", "owner": "", "consent": "", "consent_date": "", "consent_evidence": "",
        "appointment": "2026-11-21 18:30", "service": "Oil change", "service_date": "2026-11-20",
    },
)  # fmt: skip


def _day_in(anchor: Anchor) -> str:
    """Return a date whose due window is open on the day of the other dates, or begins the day after."""
    ahead = 0 if anchor.latest_days > 0 else -anchor.earliest_days // 2
    return (_DAY + timedelta(days=ahead)).isoformat()


def sample(name: str, templates: Mapping[str, Template]) -> str:
    """Return a sample list of a template as CSV text; raises ``NotFound``.

    Columns that only this template knows are there as well, with a date where its window counts from one.
    """
    template = templates.get(name)
    if template is None:
        raise NotFound(f"no template {name!r}")
    only_its = [column for column in template.required_columns if column not in _PEOPLE[0]]
    out = io.StringIO()
    writer = csv.DictWriter(out, [*_PEOPLE[0], *only_its], restval="")
    writer.writeheader()
    for person in _PEOPLE:
        row = dict(person)
        if template.anchor is not None:
            row[template.anchor.field] = _day_in(template.anchor)
        writer.writerow({column: row.get(column, "") for column in [*_PEOPLE[0], *only_its]})
    return out.getvalue()
