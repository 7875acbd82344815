"""Entries: the same bytes for the same entry, chained, with nobody in them by name or number."""

import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from campaigns.ledger import (
    NO_HASH,
    Entry,
    Kind,
    Note,
    actor,
    body_of,
    chained,
    kept,
    moment,
    number_digest,
    person_digest,
    sealed,
    text_digest,
)

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY, OTHER = b"k" * 32, b"o" * 32
NOTE = Note(
    Kind.ATTEMPT_OPENED,
    "mia",
    7,
    "att-1",
    customer_id=42,
    number="+4930555010",
    facts={"packs": ("uk 1", "house 2"), "agent": None, "outside": False},
    private={"evidence": "signed on paper by José", "reason": ""},
)


def test_an_entry_is_the_same_text_whatever_order_its_facts_came_in() -> None:
    entry = Entry(3, NOON, Kind.BEGUN, "system", facts={"b": 1, "a": {"z": [1, "ü"], "y": None}})
    turned = Entry(3, NOON, Kind.BEGUN, "system", facts={"a": {"y": None, "z": (1, "ü")}, "b": 1})
    assert body_of(entry) == body_of(turned)
    assert body_of(entry) == (
        '{"at":"2026-11-22T12:00:00.000000Z","by":"system","facts":{"a":{"y":null,"z":[1,"ü"]},"b":1},'
        '"kind":"ledger begun","n":3,"v":1}'
    )


def test_a_hash_is_over_the_one_before_it_and_the_text() -> None:
    entry = kept(sealed(NOTE, 2, NOON, KEY), NO_HASH)
    assert entry.hash == hashlib.sha256((NO_HASH + "\n" + entry.body).encode()).hexdigest()
    assert entry.hash != chained("1" * 64, entry.body)
    assert (entry.kind, entry.attempt_id) == ("attempt opened", "att-1")


def test_a_person_is_in_an_entry_only_as_digests_under_his_key() -> None:
    entry = sealed(NOTE, 1, NOON, KEY)
    body = body_of(entry)
    assert "555010" not in body
    assert "José" not in body
    assert "42" not in json.dumps({**json.loads(body), "person": "", "number": "", "facts": {}})
    assert (entry.person, entry.number) == (person_digest(KEY, 42), number_digest(KEY, "+4930555010"))
    assert entry.facts["evidence"] == text_digest(KEY, "evidence", "signed on paper by José")
    assert "reason" not in entry.facts  # nothing was said
    other = sealed(NOTE, 1, NOON, OTHER)
    assert not {entry.person, entry.number} & {other.person, other.number}


def test_without_a_key_nothing_about_the_person_enters() -> None:
    told = json.loads(body_of(sealed(NOTE, 1, NOON, None)))
    assert not {"person", "number"} & told.keys()
    assert told["facts"].keys() == {"packs", "agent", "outside"}
    assert (told["attempt"], told["campaign"], told["by"]) == ("att-1", 7, "mia")


def test_a_number_without_a_customer_stays_out() -> None:
    told = json.loads(body_of(sealed(Note(Kind.SUPPRESSED, number="+4930555010"), 1, NOON, KEY)))
    assert told.keys() == {"at", "by", "facts", "kind", "n", "v"}


@pytest.mark.parametrize("facts", [{"a": 1.0}, {"a": {"b": [1, 2.5]}}, {"a": (float("nan"),)}])
def test_floating_point_numbers_are_refused(facts: Any) -> None:
    with pytest.raises(TypeError, match="floating-point"):
        body_of(Entry(1, NOON, Kind.BEGUN, "system", facts=facts))


def test_a_moment_is_told_in_utc_to_the_microsecond() -> None:
    there = datetime(2026, 11, 22, 13, 30, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert moment(there) == "2026-11-22T12:30:00.000005Z"
    with pytest.raises(ValueError, match="no time zone"):
        moment(NOON.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("by", "named"),
    [
        ("", "system"),
        ("service", "system"),
        ("customer", "key press"),
        ("mia", "mia"),
        ("agent 7", "agent 7"),
    ],
)
def test_who_did_it_has_one_name(by: str, named: str) -> None:
    assert actor(by) == named
