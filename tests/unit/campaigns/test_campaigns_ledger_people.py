"""What the book must have of people by entries of this version and of older ones."""

from campaign_cases import utc

from campaigns.ledger import Kind, Note, kept, sealed
from campaigns.ledger_barring import ListedPerson, SaidWord
from campaigns.ledger_notes import begun, consent_said, erased, erasing_asked
from campaigns.ledger_people import PeopleCheck
from campaigns.model import Consent, Purpose

NOW = utc("2026-11-21 16:00")
KEY = b"k" * 32
HERS = "+442079460101"
YES = Consent(Purpose.SERVICE, True, NOW, "signed")
NO = Consent(Purpose.SERVICE, False, None, "")
BEGINS = begun(0, {}, 0)
OLDER = Note(Kind.BEGUN, facts={"last_record": 0})


def checked(*notes: Note) -> PeopleCheck:
    check = PeopleCheck()
    for n, note in enumerate(notes, 1):
        check.feed(kept(sealed(note, n, NOW, KEY), "0" * 64))
    return check


def fits(check: PeopleCheck, *said: Consent, first_id: int = 1, is_erased: bool = False) -> bool:
    words = tuple(SaidWord(n, HERS, one) for n, one in enumerate(said, first_id))
    return check.person_fault([ListedPerson(1, KEY, {}, words, is_erased)]) is None


def told(*said: Consent) -> list[Note]:
    return [consent_said(1, HERS, one, "mia") for one in said]


def test_each_word_is_there_as_often_as_it_was_entered() -> None:
    for words in ((), (YES,), (NO,), (YES, NO), (YES, YES), (NO, YES, NO)):
        check = checked(BEGINS, *told(*words))
        assert fits(check, *words)
        assert not fits(check, *words, YES)
        if words:
            assert not fits(check, *words[1:])


def test_words_from_before_the_ledger_are_passed_over() -> None:
    check = checked(begun(0, {}, 7), *told(NO))
    assert fits(check, YES, NO, first_id=7)
    assert not fits(check, NO, YES, first_id=7)
    assert not fits(check, YES, first_id=7)


def test_an_older_ledger_does_not_say_which_those_are() -> None:
    check = checked(OLDER, *told(NO))
    assert fits(check, YES, NO)
    assert not fits(check, YES)


def test_who_was_erased_by_an_older_entry_stands_so_while_his_key_is_kept() -> None:
    check = checked(OLDER, Note(Kind.ERASED, customer_id=1))
    assert fits(check, is_erased=True)
    assert not fits(check)
    assert check.gone == []


def test_who_was_erased_or_is_to_be_is_looked_for_without_a_key() -> None:
    check = checked(
        BEGINS, erased(3, "mia"), erasing_asked(2, "mia"), erasing_asked(4, "mia"), erased(4, "mia")
    )
    assert check.gone == [2, 3, 4]
    assert check.standing_fault({2: True}) is None
    for there in ({2: False}, {3: False}, {3: True}, {4: True}):
        assert check.standing_fault(there) is not None


def test_entries_about_other_things_tell_it_nothing() -> None:
    assert checked(BEGINS, Note(Kind.LIST_LOADED), Note(Kind.OUTCOME, customer_id=1)).told == 0
