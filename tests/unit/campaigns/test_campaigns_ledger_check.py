"""Whatever is done to a chain, the check names the first entry where it shows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.ledger import (
    KEY_BYTES,
    NO_HASH,
    Entry,
    Head,
    KeptEntry,
    Kind,
    chained,
    kept,
    moment,
    number_digest,
    person_digest,
)
from campaigns.ledger_check import ChainCheck, Fault, Person, Reason, Trail, stray_fault, trail_fault

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KINDS = (Kind.BEGUN, Kind.CONSENT_GIVEN, Kind.ATTEMPT_OPENED, Kind.ATTEMPT_SETTLED, Kind.OUTCOME)


def chain(length: int = 7) -> list[KeptEntry]:
    entries: list[KeptEntry] = []
    for n in range(1, length + 1):
        entry = Entry(
            n,
            NOON + timedelta(seconds=n),
            KINDS[n % 5],
            "mia",
            n % 3,
            f"att-{n}" if n % 2 else "",
            facts={"x": n},
        )
        entries.append(kept(entry, entries[-1].hash if entries else NO_HASH))
    return entries


def first_fault(entries: Sequence[KeptEntry], expected: Head | None = None) -> Fault | None:
    check = ChainCheck(expected)
    for entry in entries:
        if (fault := check.feed(entry)) is not None:
            return fault
    return check.finish()


def test_a_chain_as_it_was_written_holds() -> None:
    entries = chain()
    check = ChainCheck()
    assert [check.feed(entry) for entry in entries] == [None] * 7
    assert check.finish() is None
    assert check.head == Head(7, entries[-1].hash)


def test_nothing_is_a_chain_too() -> None:
    assert first_fault([]) is None


def _other(text: str, place: int, by: int) -> str:
    at = place % len(text)
    return text[:at] + chr((ord(text[at]) + by) % 0xD800) + text[at + 1 :]


@given(at=st.integers(0, 6), place=st.integers(0, 400), by=st.integers(1, 500))
@pytest.mark.parametrize("column", ["kind", "body", "hash"])
def test_one_altered_character_of_any_text_is_found_and_named(
    column: str, at: int, place: int, by: int
) -> None:
    entries = chain()
    changed = _other(getattr(entries[at], column), place, by)
    entries[at] = replace(entries[at], **{column: changed})
    fault = first_fault(entries)
    assert fault is not None
    # A hash with another digit count or case is as wrong as any: it is compared as text.
    assert (fault.n, fault.reason) in {(at + 1, Reason.ALTERED), (at + 1, Reason.REORDERED)}


@given(at=st.integers(0, 6), attempt=st.none() | st.text(max_size=9))
def test_an_entry_cannot_be_hidden_from_a_search_by_its_call(at: int, attempt: str | None) -> None:
    entries = chain()
    was = entries[at].attempt_id
    entries[at] = replace(entries[at], attempt_id=attempt)
    fault = first_fault(entries)
    assert (fault is None) == (attempt == was)
    assert fault is None or (fault.n, fault.reason) == (at + 1, Reason.ALTERED)


@given(at=st.integers(0, 6), n=st.integers(-3, 40))
def test_an_altered_number_is_found(at: int, n: int) -> None:
    entries = chain()
    entries[at] = replace(entries[at], n=n)
    fault = first_fault(entries)
    assert (fault is None) == (n == at + 1)
    assert fault is None or fault.reason in {Reason.GAP, Reason.REORDERED}


@given(missing=st.sets(st.integers(0, 6), min_size=1, max_size=6))
def test_missing_entries_are_named_unless_they_are_the_last(missing: set[int]) -> None:
    entries = [entry for at, entry in enumerate(chain()) if at not in missing]
    fault = first_fault(entries)
    first = min(missing)
    if all(at in missing for at in range(first, 7)):
        assert fault is None  # only a head that was kept elsewhere tells
        told = first_fault(entries, Head(7, chain()[-1].hash))
        assert told is not None
        assert (told.n, told.reason) == (first + 1, Reason.TRUNCATED)
        assert str(told).startswith(f"entry {first + 1}: truncated: ")
    else:
        assert fault is not None
        assert (fault.n, fault.reason) == (first + 1, Reason.GAP)


@given(order=st.permutations(range(7)))
def test_another_order_is_found(order: list[int]) -> None:
    """Whether the entries come in another order or were written over each other in their places."""
    entries = chain()
    moved = [entries[at] for at in order]
    placed = [replace(entry, n=n) for n, entry in enumerate(moved, 1)]
    wrong = next((at for at, was in enumerate(order) if at != was), None)
    if wrong is None:
        assert first_fault(moved) is None
        return
    fault = first_fault(placed)
    assert fault is not None
    assert (fault.n, fault.reason) == (wrong + 1, Reason.REORDERED)
    assert first_fault(moved) is not None


def test_a_chain_written_anew_from_an_entry_on_differs_from_the_head_that_was_kept() -> None:
    entries = chain()
    told = Head(5, entries[4].hash)
    body = entries[2].body.replace("mia", "moe")
    forged = [*entries[:2], replace(entries[2], body=body)]
    forged[2] = replace(forged[2], hash=chained(entries[1].hash, body))
    for entry in entries[3:]:
        forged.append(replace(entry, hash=chained(forged[-1].hash, entry.body)))
    assert first_fault(forged) is None  # it is a chain: who may write everything can do that
    fault = first_fault(forged, told)
    assert fault is not None
    assert (fault.n, fault.reason) == (5, Reason.REPLACED)
    unnumbered = first_fault(forged, Head(0, told.hash))
    assert unnumbered is not None
    assert unnumbered.reason is Reason.TRUNCATED
    assert str(unnumbered).startswith("truncated: the head that was kept is nowhere in the chain")


@pytest.mark.parametrize("expected", [Head(7), Head(3)], ids=["last", "third"])
@pytest.mark.parametrize("numbered", [True, False])
def test_a_head_that_was_kept_is_found_in_a_chain_that_went_on(expected: Head, numbered: bool) -> None:
    entries = chain()
    head = Head(expected.n if numbered else 0, entries[expected.n - 1].hash)
    assert first_fault(entries, head) is None


def test_a_right_hash_under_a_wrong_number_is_no_head() -> None:
    entries = chain()
    fault = first_fault(entries, Head(4, entries[2].hash))
    assert fault is not None
    assert fault.reason is Reason.REPLACED


@pytest.mark.parametrize("body", ["", "{", "null", "[]", "[" * 100_000])
def test_a_text_that_cannot_be_read_is_altered(body: str) -> None:
    entries = chain()
    entries[3] = replace(entries[3], body=body)
    assert first_fault(entries) == Fault(
        4, Reason.ALTERED, "its text does not give its hash after the entry before it"
    )


def about(n: int, kind: Kind, attempt_id: str = "a-1", **facts: object) -> KeptEntry:
    entry = Entry(n, NOON, kind, "system", 1, attempt_id, facts=facts)  # type: ignore[arg-type]
    return kept(entry, NO_HASH)


KEY = bytes(KEY_BYTES)
PERSON = Person(7, "+442079460101", KEY, False)
OPENING = {"lead": 3, "trunk": "main", "agent": None, "committed_at": moment(NOON), "definition": "f00d"}
COURSE = {"ended_at": moment(NOON), "hangup_cause": 17}
OPENED = kept(
    Entry(
        2,
        NOON,
        Kind.ATTEMPT_OPENED,
        "system",
        1,
        "a-1",
        person_digest(KEY, 7),
        number_digest(KEY, PERSON.number),
        {**OPENING, "rule": "allowed"},
    ),
    NO_HASH,
)
SETTLED = about(5, Kind.ATTEMPT_SETTLED, disposition="busy", lead_is="done", due_at=None, **COURSE)
CORRECTED = about(8, Kind.ATTEMPT_CORRECTED, disposition="machine")
OUTCOME = about(6, Kind.OUTCOME, outcome="callback")
CHANGED = about(7, Kind.OUTCOME, outcome="refused")
PURGED = about(9, Kind.ATTEMPT_PURGED)
NOBODY = about(2, Kind.ATTEMPT_OPENED, **OPENING)


def trail(disposition: str | None, *entries: KeptEntry, **changes: object) -> Trail:
    course = {} if disposition is None else COURSE
    plain = Trail(1, "a-1", 1, PERSON, OPENING, course, disposition, None, entries)
    return replace(plain, **changes)  # type: ignore[arg-type]


def of(**changes: object) -> Trail:
    """A busy call whose record differs."""
    return trail("busy", OPENED, SETTLED, **changes)


@pytest.mark.parametrize(
    "right",
    [
        trail(None, OPENED),
        trail(None, OPENED, course=COURSE),
        of(),
        trail("machine", OPENED, SETTLED, CORRECTED),
        trail("busy", OPENED, SETTLED, OUTCOME, outcome="callback"),
        trail("busy", OPENED, SETTLED, OUTCOME, CHANGED, outcome="refused"),
        of(person=Person(7, "erased", None, True)),
        trail(None, NOBODY, person=Person(8, "+44", None, False)),
    ],
)
def test_a_call_that_is_told_as_it_was_is_right(right: Trail) -> None:
    assert trail_fault(right) is None


@pytest.mark.parametrize(
    ("wrong", "n", "words"),
    [
        (trail(None), 0, "attempt a-1 is opened 0 times in the ledger, 1 would be right"),
        (trail("busy", OPENED, OPENED, SETTLED), 2, "opened 2 times"),
        (trail("busy", OPENED), 0, "settled 0 times in the ledger, 1 would be right"),
        (trail("busy", OPENED, SETTLED, replace(SETTLED, n=6)), 6, "settled 2 times"),
        (trail(None, OPENED, SETTLED), 5, "settled 1 times in the ledger, 0 would be right"),
        (trail("connected", OPENED, SETTLED), 5, "ended 'busy', its record says 'connected'"),
        (trail("busy", OPENED, SETTLED, CORRECTED), 8, "ended 'machine', its record says 'busy'"),
        (trail("busy", OPENED, SETTLED, PURGED), 9, "was destroyed, and its record is there"),
        (of(campaign_id=2), 2, "another campaign"),
        *(
            (of(opening=OPENING | {name: other}), 2, f"another {name}")
            for name, other in (
                ("committed_at", moment(NOON + timedelta(seconds=1))),
                ("lead", 4),
                ("trunk", "spare"),
                ("agent", "1001"),
                ("definition", "cafe"),
            )
        ),
        (of(person=replace(PERSON, customer_id=8)), 2, "another customer"),
        (of(person=replace(PERSON, key=bytes([1] * KEY_BYTES))), 2, "another customer"),
        (of(person=replace(PERSON, key=None)), 2, "another customer, or his key is gone"),
        (of(person=replace(PERSON, number="+442079460102")), 2, "another number"),
        (of(course=COURSE | {"hangup_cause": 16}), 5, "another hangup_cause"),
        (of(course=COURSE | {"answered_at": moment(NOON)}), 5, "another answered_at"),
        (of(course={}), 5, "another ended_at"),
        (of(outcome="callback"), 0, "has the outcome None, its record says 'callback'"),
        (
            trail("busy", OPENED, SETTLED, OUTCOME, CHANGED, outcome="callback"),
            7,
            "has the outcome 'refused', its record says 'callback'",
        ),
        (trail("busy", OPENED, SETTLED, OUTCOME), 6, "its record says None"),
        (of(person=Person(7, "erased", None, True), course={}), 5, "another ended_at"),
    ],
)
def test_a_call_that_is_told_otherwise_is_named(wrong: Trail, n: int, words: str) -> None:
    fault = trail_fault(wrong)
    assert fault is not None
    assert (fault.n, fault.reason) == (n, Reason.DISAGREES)
    assert words in fault.detail


def test_an_opening_without_a_record_is_named() -> None:
    fault = stray_fault(OPENED)
    assert (fault.n, fault.reason) == (2, Reason.DISAGREES)
    assert "attempt a-1 has no record any more" in fault.detail


def test_a_kept_head_of_no_chain_holds_only_when_nothing_was_there() -> None:
    assert first_fault(chain(), Head()) is None
    fault = first_fault(chain(), Head(4, NO_HASH))
    assert fault is not None
    assert (fault.n, fault.reason) == (4, Reason.REPLACED)
