"""Whoever was talked to is not called on another of his numbers for the same campaign."""

from datetime import timedelta
from typing import Any

import pytest
from rule_cases import HOMES, ask, contact, lead, local

from campaigns.model import Disposition
from campaigns.verdicts import Verdict

NUMBER, ZONE = HOMES["GB"]
TALKED_AT = local("2026-03-02 10:00", ZONE)
TALK: dict[str, Any] = {
    "lead_id": 77,
    "customer_id": lead().customer_id,
    "campaign_id": lead().campaign_id,
    "disposition": Disposition.CONNECTED,
    "outcome": "satisfied",
}


def after(**changes: Any) -> Verdict:
    """Judge him three days after a call for another lead of his."""
    past = contact(TALKED_AT, "+442079460999", **{**TALK, **changes})
    return ask("house", "GB", TALKED_AT + timedelta(days=3), past=(past,))


@pytest.mark.parametrize("outcome", ["satisfied", "callback", "not_interested", ""])
def test_a_talk_on_one_number_is_enough(outcome: str) -> None:
    found = after(outcome=outcome)
    assert (found.allowed, found.rule, found.next_at) == (False, "talked", None)
    assert found.reason == "was talked to on another number"


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "wrong_person"},
        {"outcome": "machine"},
        {"disposition": Disposition.NO_ANSWER, "outcome": ""},
        {"disposition": Disposition.ABANDONED, "outcome": ""},
        {"campaign_id": 9},
        {"customer_id": 9},
        {"lead_id": lead().id},
        {"lead_id": 0},
    ],
)
def test_what_was_no_talk_with_him_about_this_binds_nothing(changes: dict[str, Any]) -> None:
    assert after(**changes).allowed
