"""Whose number is it: who binds a row, and whose made-up reference gives way to a list's."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from campaign_cases import list_row

from campaigns.lists import Known, LeftOut, ListRow, LoadTerms
from campaigns.model import NumberKind
from campaigns.people import is_made_up, made_up_ref
from campaigns.sharing import Holder, Sifted, asked_about, set_aside

UPDATE = LoadTerms()
SKIP = replace(UPDATE, known=Known.SKIP)
ALLOW = replace(UPDATE, known=Known.ALLOW)
MADE_UP = "N-7KQ4-2MXB"
ROW = list_row(1, ref="C-1", number="+12025550101", row=1)
NEWCOMER = Holder(MADE_UP, counts=False, unlisted=True)
LISTED = Holder("C-9", counts=False, unlisted=False)


@dataclass
class Book:
    """What is known, said by the test."""

    known: Mapping[str, Collection[str]] = field(default_factory=dict)
    told: Collection[str] = ()
    leads: Collection[str] = ()

    def is_there(self, row: ListRow) -> bool:
        return row.ref in self.leads

    def is_known(self, ref: str) -> bool:
        return ref in self.known

    def is_told(self, ref: str) -> bool:
        return ref in self.told

    def numbers_of(self, ref: str) -> Collection[str]:
        return self.known.get(ref, ())


def sifted(
    *holders: Holder, terms: LoadTerms = UPDATE, book: Book | None = None, rows: Sequence[ListRow] = (ROW,)
) -> Sifted:
    return set_aside(rows, terms, book or Book(), {ROW.number: holders})


def test_a_made_up_reference_gives_way() -> None:
    assert sifted(NEWCOMER) == Sifted([ROW], [], {MADE_UP: "C-1"})
    assert sifted(replace(NEWCOMER, counts=True)) == Sifted([ROW], [], {MADE_UP: "C-1"})


@pytest.mark.parametrize(
    ("holders", "terms", "book"),
    [
        ([NEWCOMER], SKIP, Book()),
        ([replace(NEWCOMER, ref="T-1")], UPDATE, Book()),
        ([NEWCOMER, LISTED], UPDATE, Book()),
        ([NEWCOMER], UPDATE, Book(known={"C-1": ()})),
        ([NEWCOMER], UPDATE, Book(told=[MADE_UP])),
        ([replace(NEWCOMER, unlisted=False, counts=True)], UPDATE, Book()),
    ],
    ids=["skip", "given", "two have it", "the list's is known", "the list has both", "in a list"],
)
def test_it_does_not_where_there_is_a_doubt(holders: Sequence[Holder], terms: LoadTerms, book: Book) -> None:
    assert sifted(*holders, terms=terms, book=book) == Sifted(
        [], [LeftOut(1, "C-1", ROW.number, holders[0].ref)]
    )


@pytest.mark.parametrize(
    ("holders", "terms", "book"),
    [
        ([LISTED], UPDATE, Book()),
        ([NEWCOMER], ALLOW, Book()),
        ([replace(LISTED, counts=True)], UPDATE, Book(leads=["C-1"])),
        ([Holder("C-1", counts=True, unlisted=False)], UPDATE, Book(known={"C-1": [ROW.number]})),
        ([NEWCOMER, Holder("C-1", False, False)], UPDATE, Book(known={"C-1": [ROW.number]})),
    ],
    ids=["nobody looks so far", "allow", "the lead is there", "his own", "unlisted beside him"],
)
def test_a_row_that_nobody_binds_is_loaded_as_it_is(
    holders: Sequence[Holder], terms: LoadTerms, book: Book
) -> None:
    found = sifted(*holders, terms=terms, book=book)
    assert (list(found.rows), list(found.left_out), found.renamed) == ([ROW], [], {})


def test_who_counts_binds_also_whom_the_number_is_known_by() -> None:
    book = Book(known={"C-1": [ROW.number]})
    holders = (Holder("C-1", counts=False, unlisted=False), replace(LISTED, counts=True))
    assert sifted(*holders, book=book).left_out == [LeftOut(1, "C-1", ROW.number, "C-9")]


def test_from_then_on_his_numbers_are_those_of_the_lists_reference() -> None:
    second = "+12025550102"
    rows = (
        ROW._replace(others=((second, NumberKind.HOME),)),
        ROW._replace(ref="C-2", number=second, row=2),
    )
    holders = {ROW.number: [NEWCOMER], second: [NEWCOMER, replace(LISTED, counts=True)]}
    assert set_aside(rows, UPDATE, Book(), holders) == Sifted(
        [rows[0]], [LeftOut(2, "C-2", second, "C-1")], {MADE_UP: "C-1"}
    )


def test_who_has_a_number_is_asked_whatever_the_terms_but_allow() -> None:
    rows = [ROW, list_row(2, ref="C-2", number="+12025550102", others=(("+12025550103", NumberKind.HOME),))]
    book = Book(known={"C-1": [ROW.number]}, leads=["C-1"])
    assert asked_about(rows, SKIP, book) == {"+12025550102", "+12025550103"}
    assert asked_about(rows, ALLOW, book) == set()


@pytest.mark.parametrize(
    ("ref", "made_up"),
    [
        (made_up_ref("7KQ42MXB"), True),
        ("N-7KQ4-2MXB\n", False),
        ("N-7KQ4-2MX1", False),  # 1 is read as I
        ("n-7kq4-2mxb", False),
        ("N-7KQ4-2MXB-2", False),
        ("C-1", False),
    ],
)
def test_which_references_were_made_up(ref: str, made_up: bool) -> None:
    assert is_made_up(ref) is made_up
