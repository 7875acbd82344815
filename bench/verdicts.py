"""How many verdicts a second one core gives, beside a bare comparison of clock times in a zone.

    .venv/bin/python -m bench.verdicts [--leads 20000] [--json]

The leads are a mix as a list brings it: numbers in five countries and many zones, some with a past and with
consents, at moments over two days, so that about half are refused. Each is judged by the packs that bind it
in earnest, house included. The bare comparison converts the same moments to the same zones and compares the
clock with one opening and one closing time: the least that any answer costs. Time is the processor's, of
this one thread.
"""

import argparse
import json
import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any
from zoneinfo import ZoneInfo

from bench.plain_campaign import plain_campaign
from campaigns.model import (
    Campaign,
    Consent,
    Customer,
    CustomerClass,
    Disposition,
    HoursWindow,
    Lead,
    LeadStatus,
    PastContact,
    Purpose,
)
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.areas import STATE_OF_AREA
from campaigns.rules.eligibility import verdict
from campaigns.rules.evidence import Evidence
from campaigns.rules.phone import zones_of

START = datetime(2026, 6, 9, 0, 0, tzinfo=UTC)
WANTED = 30_000
ROUNDS = 5
NEVER = datetime.min.replace(tzinfo=UTC)


def campaign_of(purpose: Purpose) -> Campaign:
    week = tuple(HoursWindow(day, clock(8), clock(21)) for day in range(7))
    return plain_campaign(id=1, purpose=purpose, hours=week, max_attempts=4, created_at=START)


def numbers(dice: random.Random, count: int) -> list[str]:
    areas = sorted(STATE_OF_AREA)
    made = []
    for _ in range(count):
        line = dice.randrange(2_000_000, 10_000_000)
        made.append(
            dice.choice(
                (
                    f"+1{dice.choice(areas)}{line}",
                    f"+1{dice.choice(areas)}{line}",
                    f"+34{dice.randrange(910_000_000, 930_000_000)}",
                    f"+33{dice.randrange(140_000_000, 150_000_000)}",
                    f"+44{dice.randrange(2_070_000_000, 2_080_000_000)}",
                    f"+91{dice.randrange(9_800_000_000, 9_900_000_000)}",
                )
            )
        )
    return made


def past_of(dice: random.Random, number: str) -> tuple[PastContact, ...]:
    """Return a past for one in three: a few calls within a month."""
    if dice.random() > 1 / 3:
        return ()
    ages = sorted(dice.uniform(0.1, 30) for _ in range(dice.randrange(1, 5)))
    outcome = "refused" if dice.random() < 0.05 else ""
    return tuple(
        PastContact(
            START - timedelta(days=age), number, Purpose.SERVICE, 1, "Acme", Disposition.NO_ANSWER, outcome
        )
        for age in ages
    )


def cases(count: int) -> list[tuple[Any, ...]]:
    dice = random.Random(7)
    lead = Lead(1, 1, 1, "", LeadStatus.CLAIMED, NEVER, {})
    customer = Customer(1, "", "", "", "en", CustomerClass.ORDINARY, (), ())
    campaigns = [campaign_of(purpose) for purpose in Purpose]
    made = []
    for number in numbers(dice, count):
        campaign = dice.choice(campaigns)
        consents = (Consent(campaign.purpose, True, START, "form"),) if dice.random() < 0.5 else ()
        evidence = Evidence(consents=consents, past=past_of(dice, number))
        who = replace(customer, zones=zones_of(number))
        moment = START + timedelta(minutes=dice.randrange(2 * 1440))
        made.append((replace(lead, number=number), who, evidence, campaign, moment))
    return made


def bare(made: list[tuple[Any, ...]]) -> float:
    """Return seconds for one comparison in each zone of each case."""
    opens, closes = clock(8), clock(21)
    zones = {name: ZoneInfo(name) for case in made for name in case[1].zones}
    began = time.process_time()
    for case in made:
        moment = case[4]
        for name in case[1].zones:
            opens <= moment.astimezone(zones[name]).time() < closes  # noqa: B015
    return time.process_time() - began


def judged(made: list[tuple[Any, ...]], rules: Any) -> tuple[float, int]:
    began = time.process_time()
    allowed = 0
    for lead, customer, evidence, campaign, moment in made:
        allowed += verdict(lead, customer, evidence, campaign, moment, rules).allowed
    return time.process_time() - began, allowed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leads", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rules = rule_book(load_packs())
    made = cases(given.leads)
    cold, allowed = judged(made, rules)
    warm = min(judged(made, rules)[0] for _ in range(ROUNDS))
    least = min(bare(made) for _ in range(ROUNDS))
    figures = {
        "leads": len(made),
        "allowed": allowed,
        "refused": len(made) - allowed,
        "cold_per_s": round(len(made) / cold),
        "per_s": round(len(made) / warm),
        "bare_per_s": round(len(made) / least),
        "ratio_to_bare": round(warm / least, 1),
        "wanted_per_s": WANTED,
    }
    print("\n".join(f"{name:>14} {value}" for name, value in figures.items()))
    if given.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
