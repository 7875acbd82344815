"""From a file to rows of the book: every good row in, every bad one named by row and column."""

import csv
import io
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from campaign_cases import CAMPAIGN, DAILY, NEW_YORK, UNHURRIED, campaign, utc, windows
from hypothesis import given
from hypothesis import strategies as st
from read_lists import ALWAYS, NOW, REVISITS, ReadList, read

import campaigns
from campaigns.desk.duedate import due_of
from campaigns.desk.reading import BATCH, ReadJob, read_file
from campaigns.desk.seen import MemorySeenRows
from campaigns.desk.wire import batch_from_text, batch_to_text
from campaigns.errors import InvalidInput
from campaigns.model import Anchor, CustomerClass, HoursWindow

SAMPLES = Path(campaigns.__file__).parent / "samples"
HEADER = "ref,name,title,phone,language,class,zone,service,service_date,plate\n"
ANN = "C-1,Ann Lee,Ms,+12025550123,en,vip,,Brakes,2026-11-20,DC 4417"


def read_with(**cells: str) -> ReadList:
    """Read Ann's row with some cells changed."""
    names = HEADER.strip().split(",")
    values = dict(zip(names, ANN.split(","), strict=True)) | cells
    return read(HEADER + ",".join(f'"{values[name]}"' for name in names))


def test_a_good_row_is_normalised() -> None:
    found = read(HEADER + ANN)
    assert (found.faulty, found.duplicate, found.faults) == (0, 0, ())
    (row,) = found.good
    assert (row.ref, row.name, row.title, row.number) == ("C-1", "Ann Lee", "Ms", "+12025550123")
    assert (row.language, row.customer_class, row.zones) == ("en", CustomerClass.VIP, (NEW_YORK,))
    assert row.fields == {"service": "Brakes", "service_date": "2026-11-20"}
    assert row.extras == {"plate": "DC 4417"}
    assert row.due_at == utc("2026-11-20 05:00")  # when the day of the service begins in New York


@pytest.mark.parametrize(
    ("column", "text", "problem"),
    [
        ("ref", "", "is empty"),
        ("ref", "x" * 65, "longer than 64"),
        ("name", " ", "is empty"),
        ("name", "Ann\x1b[31m", "control characters"),
        ("plate", "a\x07", "control characters"),
        ("name", "Ann \u202enarroM", "U+202E, which turns text around"),
        ("plate", "\u2067a", "U+2067"),
        ("phone", "", "is empty"),
        ("name", "#N/A", "is #N/A, an error of the spreadsheet"),
        ("phone", "#REF!", "is #REF!, an error of the spreadsheet"),
        ("service_date", "#VALUE!", "is #VALUE!, an error"),
        ("phone", "202 555 0123", "country code"),
        ("phone", "1.20255E+10", "cut by a spreadsheet"),
        ("phone", "+1 202 555 0123 x5", "extension"),
        ("phone", "+441632960123", "no such range"),
        ("language", "english", "language code"),
        ("class", "platinum", "none of vip, key"),
        ("zone", "EST5PDT", "unknown time zone"),
        ("service", "", "is empty"),
        ("service_date", "", "is empty"),
        ("service_date", "11/12/2026", "may be 2026-12-11 or 2026-11-12: say what comes first (date_order"),
        ("service_date", "11.20.26", "has a year of two figures: write all four"),
        ("service_date", "31/31/2026", "no such day"),
        ("service_date", "20.13.2026", "no such day"),
        ("service_date", "20/11-2026", "not a date"),
        ("service_date", "2026-11-31", "no such day"),
        ("service_date", "46346", "not a date"),
        ("service_date", "2062-11-20", "more than a year ahead"),
        ("service_date", "2026-11-17", "2026-11-17 is older than 3 days: the revisit window has closed"),
        ("service_date", "0001-01-02", "older than 3 days"),
    ],
)
def test_a_bad_cell_is_told_by_row_and_column(column: str, text: str, problem: str) -> None:
    found = read_with(**{column: text})
    assert (found.good, found.faulty) == ((), 1)
    (fault,) = found.faults
    assert fault.place == f"row 1, column {column}"
    assert problem in fault.problem


def test_a_hash_sign_is_no_error_and_what_nobody_asks_for_may_be_one() -> None:
    (row,) = read_with(name="#1 Motors", plate="#N/A").good
    assert (row.name, row.extras["plate"]) == ("#1 Motors", "#N/A")


def test_all_faults_of_a_row_come_at_once_from_left_to_right() -> None:
    found = read_with(service_date="soon", name="", phone="1", **{"class": "gold"})
    assert found.faulty == 1
    assert [fault.place.rpartition(" ")[2] for fault in found.faults] == [
        "name",
        "phone",
        "class",
        "service_date",
    ]


@pytest.mark.parametrize("text", ["15012345678", "15012345678.0", "1.5012345678E+10"])
def test_a_figure_is_no_number_where_nobody_knows_the_country(text: str) -> None:
    """It is a mobile number of China, and one of Arkansas."""
    assert "country code" in read_with(phone=text).faults[0].problem


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("(202) 555-0123", "US", "+12025550123"),
        ("12025550123.0", "US", "+12025550123"),
        ("34612345678.0", "ES", "+34612345678"),
        ("3.4612345678E+10", "ES", "+34612345678"),
        ("3,4612345678e10", "ES", "+34612345678"),
        ("442079460018.0", "ES", "+442079460018"),
        ("442079460018", "ES", "+442079460018"),
        ("12025550123", "ES", "+12025550123"),
        ("15012345678", "CN", "+8615012345678"),
        ("00442079460018", None, "+442079460018"),
        ("0033612345678", "FR", "+33612345678"),
        ("0612345678", "FR", "+33612345678"),
        ("'+12025550123", None, "+12025550123"),
        ("020 7946 0018", "GB", "+442079460018"),
    ],
)
def test_what_spreadsheets_do_to_numbers(text: str, region: str | None, number: str) -> None:
    quoted = ANN.replace("+12025550123", f'"{text}"')
    assert read(HEADER + quoted, region).good[0].number == number


@pytest.mark.parametrize(
    "text", ["2026-11-20", "2026/11/20", "2026.11.20", "20261120", "2026-11-20 08:15", "2026-11-20T08:15:00Z"]
)
def test_dates_that_can_be_read_in_one_way(text: str) -> None:
    assert read_with(service_date=text).good[0].fields["service_date"] == "2026-11-20"


def test_the_last_day_counts_until_it_is_over_whatever_the_hours_are_now() -> None:
    last_day = HEADER + ANN.replace("2026-11-20", "2026-11-18")
    assert read(last_day, moment=utc("2026-11-22 04:59")).faulty == 0
    over = read(last_day, moment=utc("2026-11-22 05:00"))
    assert "older than 3 days" in over.faults[0].problem


def test_a_number_that_may_be_anywhere_is_kept_though_no_hour_of_today_suits_all() -> None:
    free = HEADER + ANN.replace("+12025550123", "+18005550123")
    (row,) = read(free).good
    assert len(row.zones) > 1
    assert read(free.replace("vip,,", "vip,America/Chicago,")).good[0].zones == ("America/Chicago",)


def test_a_day_that_is_over_in_one_zone_before_it_begins_in_another_is_a_fault() -> None:
    """No hours can mend that: there is no moment of that day everywhere."""
    own_day = replace(REVISITS, anchor=Anchor("service_date", 0, 0))
    apart = due_of(own_day, "2026-11-28", ("Pacific/Kiritimati", "Pacific/Pago_Pago"), NOW)
    assert (apart.column, apart.problem) == (
        "service_date",
        "2026-11-28 begins nowhere in Pacific/Kiritimati, Pacific/Pago_Pago before it is over",
    )
    assert due_of(own_day, "2026-11-28", ("America/New_York", "Europe/London"), NOW).problem == ""


def test_the_due_time_comes_from_the_list_and_not_from_the_upload() -> None:
    sooner, later = read(HEADER + ANN, moment=NOW), read(HEADER + ANN, moment=utc("2026-11-22 16:00"))
    assert sooner.good == later.good
    assert read("ref,phone\n1,+12025550123\n", at=CAMPAIGN).good[0].due_at == utc("2026-01-01 00:00")


@pytest.mark.parametrize("hours", [ALWAYS, DAILY, windows((6,), "09:00-10:00")])
def test_the_hours_of_the_upload_do_not_bind_the_due_time_since_they_may_change(
    hours: tuple[HoursWindow, ...],
) -> None:
    (row,) = read(HEADER + ANN, at=replace(REVISITS, hours=hours)).good
    assert row.due_at == utc("2026-11-20 05:00")


SATURDAYS = replace(REVISITS, hours=windows((5,), "09:00-10:00"))
LATE = "is after the last day on which he may be called"


@pytest.mark.parametrize(
    ("wish", "faults"),
    [
        ("", []),  # by today's hours nobody may be called in his days: they may be widened
        ("2026-11-23 12:00", []),
        ("2026-11-23 23:59", []),
        ("2026-11-24 00:14", []),  # a call before midnight still honours it
        ("2026-11-24 00:15", ["row 1, column appointment: " + LATE]),
        ("2026-11-21 10:45", []),  # over when the list comes
        ("2026-11-19 12:00", []),  # before he may be called
    ],
)
def test_hours_keep_no_row_out_and_a_wish_after_the_last_day_does(wish: str, faults: list[str]) -> None:
    text = HEADER.replace("plate", "appointment") + ANN.replace("DC 4417", wish)
    found = read(text, at=SATURDAYS)
    assert [str(fault) for fault in found.faults] == faults
    assert [row.due_at for row in found.good] == [utc("2026-11-20 05:00")] * (1 - len(faults))


def test_a_wish_mends_no_other_fault() -> None:
    old = HEADER.replace("plate", "appointment") + ANN.replace("DC 4417", "2026-11-21 12:00")
    (fault,) = read(old.replace("2026-11-20", "2026-11-10"), at=SATURDAYS).faults
    assert "older than 3 days" in fault.problem


def test_columns_are_known_by_obvious_names_and_the_others_kept() -> None:
    found = read(
        "Customer ID;Full Name;Teléfono;Mobile;Time-Zone;Item;Date of service;Número de placa\n"
        "9;Ann;+12025550199;+12025550123;America/Chicago;Oil;2026-11-20;X 1\n"
    )
    (row,) = found.good
    assert (row.ref, row.name, row.number, row.zones) == ("9", "Ann", "+12025550123", ("America/Chicago",))
    assert row.extras == {"Teléfono": "+12025550199", "Número de placa": "X 1"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "ref,name,service\n1,Ann,Oil\n",
            "column phone is missing (also known as number, phone_number, mobile)",
        ),
        ("1,Ann,+12025550123\n2,Bo,+12025550124\n", "no header line"),
        ("ref,na\u202eme\n1,Ann\n", "U+202E"),
        ("", "empty"),
    ],
)
def test_what_spoils_the_file_loads_nothing(text: str, problem: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(text)
    assert any(problem in str(fault) for fault in refusal.value.faults)


def test_repeated_rows_are_counted_and_a_contradiction_is_named() -> None:
    found = read("\n".join([HEADER.strip(), ANN, ANN, ANN.replace("Brakes", "Oil")]))
    assert (len(found.good), found.duplicate, found.faulty) == (1, 2, 0)
    assert [str(fault) for fault in found.faults] == [
        "row 3, column ref: repeats row 1 with other data; only that row was taken"
    ]


def test_one_reference_is_one_person() -> None:
    found = read(
        "\n".join(
            [
                HEADER.strip(),
                ANN,
                ANN.replace("Ann Lee", "Bo Lee").replace("0123", "0124"),
                ANN.replace("+12025550123", "+442079460018").replace("vip", "key"),
            ]
        )
    )
    assert [str(fault) for fault in found.faults] == ["row 2, column ref: 'C-1' has another name in row 1"]
    first, second = found.good
    assert {first.number, second.number} == {"+12025550123", "+442079460018"}
    assert (first.zones, second.zones) == ((NEW_YORK,), ("Europe/London",))  # the book puts them together
    assert first.customer_class is second.customer_class is CustomerClass.VIP


def test_a_reference_that_stands_for_somebody_erased_is_refused() -> None:
    found = read(HEADER + ANN.replace("C-1", "erased-7") + "\n" + ANN.replace("C-1", "erased-7b"))
    assert [row.ref for row in found.good] == ["erased-7b"]
    assert [str(fault) for fault in found.faults] == [
        "row 1, column ref: 'erased-7' stands for somebody who was erased: give another reference"
    ]


def test_the_example_list_is_all_good() -> None:
    found = read((SAMPLES / "revisit-example.csv").read_bytes())
    assert (len(found.good), found.faults) == (10, ())
    assert len({row.zones for row in found.good}) >= 8
    assert found.good[2].name == "Carter, Dana"


def test_the_faulty_list_names_each_fault_and_keeps_the_good() -> None:
    found = read((SAMPLES / "revisit-faulty.csv").read_bytes())
    assert [row.ref for row in found.good] == ["C-2001", "C-2008"]
    assert (found.duplicate, found.faulty) == (1, 9)
    assert [fault.place for fault in found.faults] == [
        "row 2, column phone",
        "row 3, column class",
        "row 4, column customer_id",
        "row 5, column timezone",
        "row 5, column service_date",
        "row 6, column service_date",
        "row 7",
        "row 9, column phone",
        "row 10",
        "row 12, column language",
        "row 12, column service_date",
    ]


def test_repeats_are_found_across_batches() -> None:
    lines = [f"C-{n},N {n},Ms,+1202555{n:04d},,,,Oil,2026-11-20," for n in range(BATCH + 20)]
    again = [lines[0], lines[3].replace("Oil", "Tyres"), lines[4].replace("N 4", "Other")]
    other = lines[5].replace("C-5,N 5", "X-5,X 5")
    second_number = "C-6,N 6,Dr,+442079460018,,vip,,Oil,2026-11-20,"
    found = read(HEADER + "\n".join([*lines, *again, other, second_number]))
    assert (len(found.good), found.duplicate, found.faulty) == (BATCH + 21, 3, 1)
    assert [str(fault) for fault in found.faults] == [
        f"row {BATCH + 22}, column ref: repeats row 4 with other data; only that row was taken",
        f"row {BATCH + 23}, column ref: 'C-4' has another name in row 5",
        f"row {BATCH + 24}, column phone: +12025550005 is the number of 'C-5' in row 6 already",
    ]
    last = found.good[-1]
    assert (last.title, last.customer_class) == ("Ms", None)  # as in his first row
    assert len(read(HEADER + "\n".join([*lines, other]), numbers_once=False).good) == BATCH + 21


def test_every_row_that_is_not_taken_is_in_the_reject_file_as_it_came() -> None:
    bad = '=HYPERLINK("x"),@Ann,+Ms,-1,en,vip,,Brakes,soon,\tDC'
    text = HEADER + "\n".join(
        [ANN, f'"{bad.split(",")[0].replace(chr(34), chr(34) * 2)}",' + bad.split(",", 1)[1], "short,row"]
    )
    found = read(text)
    header, first, second = list(csv.reader(io.StringIO(found.rejects)))
    assert header == [*HEADER.strip().split(","), "_row", "_fault"]
    assert first[:4] == ['\'=HYPERLINK("x")', "'@Ann", "'+Ms", "'-1"]
    assert first[10] == "2"
    assert "column phone: '-1'" in first[11]
    assert "column service_date: 'soon' is not a date" in first[11]
    assert second[:2] == ["short", "row"]
    assert second[10:] == ["3", "has 2 cells where the header has 10"]
    assert all(
        not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for row in (first, second) for cell in row
    )


def test_a_corrected_reject_file_is_a_list() -> None:
    found = read(HEADER + ANN.replace("2026-11-20", "soon").replace("Ann Lee", "=Ann"))
    mended = read(found.rejects.replace("soon", "2026-11-20", 1).replace("'+1", "+1"))
    (row,) = mended.good
    assert (row.name, row.number, row.extras) == ("=Ann", "+12025550123", {"plate": "DC 4417"})


def test_a_mapping_goes_before_every_guess() -> None:
    text = "Kunde;Handy;phone;Wer\n7;+12025550123;+12025550199;Ann\n"
    plain = campaign()
    (row,) = read(text, at=plain, mapping={"ref": "kunde", "phone": "HANDY", "name": "Wer"}).good
    assert (row.ref, row.name, row.number) == ("7", "Ann", "+12025550123")
    assert row.extras == {"phone": "+12025550199"}
    (row,) = read(text, at=plain, mapping={"ref": "Handy", "phone": "Handy", "name": ""}).good
    assert (row.ref, row.number, row.name) == ("+12025550123", "+12025550123", "")
    with pytest.raises(InvalidInput) as refusal:
        read(text, at=plain, mapping={"ref": "Kundennummer", "colour": "Wer"})
    assert [fault.problem for fault in refusal.value.faults] == [
        "the list has no column 'Kundennummer' (ref)",
        "there is no column 'colour' to map to",
    ]


def test_a_batch_survives_the_wire() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_text(
            "ref,phone,phone_2,consent,consent_date,appointment,plate,zone\n"
            "1,+13055550142,+12025550123,no,2026-01-15,2026-11-23T21:30+01:00,Ünï,\n2,x,,,,,,\n"
            "3,+13055550143,,yes,,,,\n",
            encoding="utf-8",
        )
        job = ReadJob(path, Path(folder) / "r", campaign(), ("ref", "phone"), {}, None, NOW)
        (batch,) = read_file(job, MemorySeenRows())
    assert batch.rows[0].extras
    assert batch.faults
    assert batch.unproven == 1
    assert batch_from_text(batch_to_text(batch)) == batch


CELL = st.text(max_size=15) | st.sampled_from(
    ["+12025550123", "C-1", "2026-11-20", "vip", "en", NEW_YORK, '"', "=1+1", "1e9"]
)


@UNHURRIED
@given(st.lists(st.lists(CELL, min_size=8, max_size=11).map(",".join), min_size=1, max_size=6))
def test_any_rows_add_up_and_good_ones_are_sound(rows: list[str]) -> None:
    text = HEADER + "\n".join([ANN, *rows])
    try:
        found = read(text.encode("utf-8", "replace"))
    except InvalidInput:
        assert "\0" in text
        return
    assert found.good[0] == read(HEADER + ANN).good[0] or found.good[0].ref == "C-1"
    assert found.faulty == 0 or found.faults
    for row in found.good:
        assert row.ref
        assert row.zones
        assert row.number.startswith("+")
