"""What do-not-call lists must hold by entries of this version and of older ones."""

from campaign_cases import utc

from campaigns.ledger import Kind, Note, kept, number_digest, sealed
from campaigns.ledger_barring import ListedPerson, ListsCheck
from campaigns.ledger_notes import begun, suppressed, suppression_made, unsuppressed
from campaigns.suppression import SuppressedNumber, SuppressionKind, SuppressionList

NOW = utc("2026-11-21 16:00")
KEY = b"k" * 32
MADE = SuppressionList(7, "TPS", SuppressionKind.REGISTRY, None, None, False, "mona", NOW)
HERS, OTHER = "+442079460101", "+442079460102"


def checked(*notes: Note) -> ListsCheck:
    """The check after these notes, all entered at one moment."""
    check = ListsCheck()
    for n, note in enumerate(notes, 1):
        check.feed(kept(sealed(note, n, NOW, KEY), "0" * 64))
    return check


def size(check: ListsCheck, count: int, listed: int = 7) -> bool:
    return check.size_fault({listed: count}) is None


def on(*numbers: str) -> list[SuppressedNumber]:
    return [SuppressedNumber(7, number, "", "mona", NOW) for number in numbers]


def old(kind: Kind, *customers: int) -> list[Note]:
    """Entries of a single number as earlier versions wrote them: none says how many numbers."""
    return [Note(kind, customer_id=one, number=HERS, facts={"list": 7}) for one in customers]


def test_numbers_are_counted_once_however_many_have_them() -> None:
    one = suppressed(on(HERS), {HERS: (1, 2)})
    many = suppressed(on(HERS, OTHER), {HERS: (1, 2), OTHER: (3,)})
    nobody = suppressed(on(HERS), {})
    off = unsuppressed(7, HERS, (1, 2), "mona")
    made = suppression_made(MADE)
    for notes, count in (((), 0), (one, 1), (many, 2), (nobody, 1), ([*one, *off], 0), ([*one, *many], 3)):
        assert size(checked(made, *notes), count)
        assert not size(checked(made, *notes), count + 1)
    assert not size(checked(made, *unsuppressed(7, HERS, (), "mona")), 0)


def test_older_entries_about_one_holder_count_and_about_several_nobody_knows() -> None:
    made = suppression_made(MADE)
    single = checked(made, *old(Kind.SUPPRESSED, 1))
    assert size(single, 1)
    assert not size(single, 2)
    several = checked(made, *old(Kind.SUPPRESSED, 1, 2))
    assert size(several, 1)
    assert size(several, 2)


def test_a_list_from_before_the_ledger_is_compared_where_its_size_was_entered() -> None:
    assert not size(checked(begun(0, {7: 3}, 0), *suppressed(on(HERS), {})), 3)
    assert size(checked(begun(0, {7: 3}, 0), *suppressed(on(HERS), {})), 4)
    before = checked(Note(Kind.BEGUN, facts={"last_record": 4}), *suppressed(on(HERS), {}))
    assert size(before, 99)


def test_who_was_put_on_and_taken_off_and_put_on_again_is_on_it() -> None:
    ann = suppressed(on(HERS), {HERS: (1,)})
    off = unsuppressed(7, HERS, (1,), "mona")
    person = ListedPerson(1, KEY, {HERS: frozenset({7}), OTHER: frozenset()})
    gone = ListedPerson(1, KEY, {HERS: frozenset(), OTHER: frozenset({7})})
    stranger = ListedPerson(2, KEY, {HERS: frozenset()})
    for notes, fits, other in (
        (ann, person, gone),
        ([*ann, *off], gone, person),
        ([*ann, *off, *ann], person, gone),
    ):
        check = checked(suppression_made(MADE), *notes)
        assert check.person_fault([stranger, fits], [1, 7]) is None
        fault = check.person_fault([stranger, other], [1, 7])
        assert fault is not None
        assert fault.detail.startswith("do-not-call list 7: a number of customer 1 is ")
        assert number_digest(KEY, HERS) not in fault.detail
        assert HERS not in fault.detail


def test_an_entry_that_says_nothing_of_a_list_is_passed_over() -> None:
    check = checked(suppression_made(MADE), Note(Kind.SUPPRESSED, facts={"list": "7"}), Note(Kind.SUPPRESSED))
    assert (check.told, size(check, 0)) == (0, True)
