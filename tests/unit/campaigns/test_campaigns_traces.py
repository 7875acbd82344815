"""What a person is found by in rows and words that others wrote."""

import pytest

from campaigns.desk.traces import Traces
from campaigns.errors import Fault

ANN = Traces.of(("C-17", "Ann  Lee-Jones"), ("+34612345678", "+12025550123", "erased:4"))
COLUMNS = {"ref": 0, "name": 1}


@pytest.mark.parametrize(
    "cell",
    [
        "+34612345678",
        "'+34612345678",
        "0034 612 345 678",
        "612-34-56-78",
        "34612345678.0",
        "3.4612345678E+10",
        "612345678 / 611222333",
        "(202) 555-0123 ext. 4",
        "٦١٢٣٤٥٦٧٨",
        "612３４５678",
    ],
)
def test_a_number_is_found_however_it_is_written(cell: str) -> None:
    assert ANN.in_row(["C-99", "Bob", "x", cell], COLUMNS)
    assert ANN.in_text(f"{cell!r} is the number of 'C-99' already")


@pytest.mark.parametrize("cell", ["61234567", "+34612345679", "", "none", "2025550124"])
def test_another_number_is_not(cell: str) -> None:
    assert not ANN.in_row(["C-99", "Bob", "x", cell], COLUMNS)


@pytest.mark.parametrize("row", [["C-17", "Bob"], ["'c-17 ", "Bob"], ["C-9", " ann LEE-jones"]])
def test_a_reference_or_a_name_is_found_in_its_column(row: list[str]) -> None:
    assert ANN.in_row(row, COLUMNS)


def test_digits_of_two_cells_are_no_number() -> None:
    assert not ANN.in_row(["C-9", "Bob", "61234", "5678"], COLUMNS)


def test_a_short_reference_is_not_looked_for_in_other_columns_and_a_name_is() -> None:
    assert not ANN.in_row(["C-9", "Bob", "C-17"], COLUMNS)
    assert not ANN.in_row(["C-17", "Bob"], {})
    assert ANN.in_row(["C-9", "Bob", "x", "Ann Lee-Jones"], COLUMNS)
    assert ANN.in_row(["Ann Lee-Jones"], {})


def test_words_about_him_are_found_and_others_are_not() -> None:
    assert ANN.in_text("+44 20 is the number of 'C-17' already")
    assert ANN.in_text("'Ann Lee-Jones' is no name")
    assert not ANN.in_text("'C-171' has another name in row 7")
    assert not Traces.of(("", ""), ()).in_text("'' is empty")


def test_faults_of_his_rows_and_faults_that_quote_him_go() -> None:
    faults = [
        Fault("row 3, phone", "'none': not a telephone number"),
        Fault("row 31, phone", "'none': not a telephone number"),
        Fault("row 4", "+12025550123 is the number of 'C-9' already"),
        Fault("header", "column 2 has no name"),
    ]
    assert ANN.out_of(faults, frozenset({3})) == (faults[1], faults[3])


def test_a_number_of_no_known_country_is_looked_for_as_a_whole() -> None:
    odd = Traces.of((), ("+999123456",))
    assert odd.in_text("999 123 456")
    assert not odd.in_text("123456")
