"""The sample list of the demo: a list as a company has it, whose numbers show every outcome."""

import csv
import io
from datetime import UTC, datetime

from campaigns.model import CustomerClass, zone
from campaigns.rules.phone import is_e164, zones_of
from campaigns.templates import load_templates
from dialer.simulator.numbers import Outcome, Press, behaviour_of
from service.demo_list import BEHAVIOURS, sample_list

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def test_every_row_is_one_that_a_campaign_can_take() -> None:
    rows = list(csv.DictReader(io.StringIO(sample_list(NOON.date()))))
    assert len(rows) == 30
    required = load_templates()["revisit"].required_columns
    assert all(row[column] for row in rows for column in required)
    assert len({row["ref"] for row in rows}) == len({row["phone"] for row in rows}) == 30
    assert {row["class"] for row in rows} <= set(CustomerClass)
    for row, behaviour in zip(rows, BEHAVIOURS, strict=True):
        assert is_e164(row["phone"])
        assert behaviour_of(row["phone"]).outcome is behaviour.outcome
        assert zone(row["zone"]).key in zones_of(row["phone"])
        assert row["service_date"] == "2026-11-18"


def test_the_demo_shows_every_outcome_and_every_score() -> None:
    assert {one.outcome for one in BEHAVIOURS} == set(Outcome)
    scores = {Press.SCORE_1, Press.SCORE_2, Press.SCORE_3, Press.SCORE_4, Press.SCORE_5}
    assert scores <= {one.press for one in BEHAVIOURS if one.outcome is Outcome.PERSON}


def test_the_list_is_the_same_every_day_but_for_its_date() -> None:
    today, later = sample_list(NOON.date()), sample_list(NOON.date().replace(day=19))
    assert today.replace("2026-11-18", "2026-11-19") == later
