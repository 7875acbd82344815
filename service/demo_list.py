"""The sample list of the demo: customers of the simulated network whose numbers tell how they behave."""

import csv
import io
from datetime import date
from typing import Final

from dialer.simulator.numbers import Behaviour, HangUp, Outcome, Press, number_of

COLUMNS: Final = (
    "ref",
    "name",
    "title",
    "phone",
    "language",
    "class",
    "zone",
    "service",
    "service_date",
    "plate",
)

_NAMES: Final = (
    "Ana Morales", "Ben Carter", "Chloe Dubois", "Dan Fischer", "Elena Petrova", "Faisal Khan", "Grace Lee",
    "Hugo Martin", "Ines Costa", "Jack Wilson", "Keiko Sato", "Liam Murphy", "Mei Chen", "Noah Brown",
    "Olga Ivanova", "Pablo Ruiz", "Quinn Taylor", "Rosa Ferrari", "Sam Green", "Tara Singh", "Uma Patel",
    "Victor Hugo Lima", "Wendy Clark", "Xavier Roy", "Yara Haddad", "Zoe Adams", "Amir Nazari", "Beth Young",
    "Carlos Vega", "Dora Klein",
)  # fmt: skip

# Area code and the zone that it implies, in turn.
_AREAS: Final = (
    ("202", "America/New_York"),
    ("312", "America/Chicago"),
    ("303", "America/Denver"),
    ("415", "America/Los_Angeles"),
)

_SERVICES: Final = ("brake service", "inspection", "tyre change", "oil change", "bodywork")
_CLASSES: Final = ("ordinary", "member", "vip", "ordinary", "key")

PERSON: Final = Outcome.PERSON
BEHAVIOURS: Final = (
    Behaviour(PERSON, 0.5, 2, Press.SCORE_5),
    Behaviour(PERSON, 1, 1, Press.SCORE_4),
    Behaviour(Outcome.BUSY, 0.5),
    Behaviour(PERSON, 1, 3, Press.SCORE_5),
    Behaviour(PERSON, 2, 2, Press.SCORE_3),
    Behaviour(Outcome.RINGS),
    Behaviour(PERSON, 0.5, 1, Press.SCORE_2),
    Behaviour(PERSON, 1, 2, Press.WRONG_THEN_FOUR),
    Behaviour(Outcome.UNALLOCATED, 0.2),
    Behaviour(PERSON, 0.5, 3, Press.SCORE_4),
    Behaviour(PERSON, 2, 1, Press.NOTHING),
    Behaviour(Outcome.DECLINES, 1),
    Behaviour(PERSON, 0.5, 2, Press.SCORE_5),
    Behaviour(Outcome.GREETING, 1),
    Behaviour(PERSON, 1, 1, Press.SCORE_1),
    Behaviour(PERSON, 0.5, 2, Press.SCORE_5, HangUp.IN_TALK),
    Behaviour(Outcome.NETWORK_FAILURE, 0.2),
    Behaviour(PERSON, 0.2, 2, Press.SCORE_4),
    Behaviour(PERSON, 1, 1, Press.SCORE_5, HangUp.AT_VOTE),
    Behaviour(Outcome.BUSY, 1),
    Behaviour(PERSON, 0.5, 2, Press.SCORE_3),
    Behaviour(Outcome.SIP_STATUS, 0.5, sip_status=480),
    Behaviour(PERSON, 1, 3, Press.SCORE_5),
    Behaviour(PERSON, 0.5, 1, Press.SCORE_4),
    Behaviour(Outcome.RINGS),
    Behaviour(PERSON, 2, 2, Press.SCORE_5),
    Behaviour(PERSON, 0.5, 1, Press.SCORE_2),
    Behaviour(PERSON, 1, 2, Press.SCORE_4),
    Behaviour(PERSON, 0.2, 1, Press.SCORE_5),
    Behaviour(PERSON, 1, 1, Press.SCORE_3, HangUp.AFTER_PRESS),
)


def sample_list(today: date) -> str:
    """Return the list as CSV text, its services dated ``today``."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for at, (name, behaviour) in enumerate(zip(_NAMES, BEHAVIOURS, strict=True)):
        area, zone = _AREAS[at % len(_AREAS)]
        number = number_of(_serialised(behaviour, at), area)
        title = ("Ms", "Mr")[at % 2]
        service, rank = _SERVICES[at % len(_SERVICES)], _CLASSES[at % len(_CLASSES)]
        plate = f"DX-{100 + at}"
        writer.writerow(
            [f"C{1001 + at}", name, title, number, "en", rank, zone, service, today.isoformat(), plate]
        )
    return out.getvalue()


def _serialised(behaviour: Behaviour, at: int) -> Behaviour:
    """Give equal behaviours different numbers."""
    serial = at % 10 if behaviour.outcome is Outcome.SIP_STATUS else at
    return Behaviour(
        behaviour.outcome,
        behaviour.ring_s,
        behaviour.talk_s,
        behaviour.press,
        behaviour.hang_up,
        behaviour.sip_status,
        serial,
    )
