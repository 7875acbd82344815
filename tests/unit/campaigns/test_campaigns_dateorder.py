"""Dates in every order: read where they have one reading, or where somebody or all others say which."""

import io
from datetime import date

import openpyxl
import pytest
from campaign_cases import utc
from read_lists import read

from campaigns.desk.dateorder import DateOrder, OrderGuess, date_order_named, read_date

DMY, MDY, YMD = DateOrder.DMY, DateOrder.MDY, DateOrder.YMD
LATE = date(2026, 11, 22)
HEADER = "ref,name,phone,service,service_date,consent,consent_date,consent_evidence,appointment\n"


@pytest.mark.parametrize("order", [None, *DateOrder])
@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22", "2026/11/22", "2026.11.22", "20261122", "22.11.2026", "22. 11. 2026", "22/11/2026",
        "22-11-2026", "22 11 2026", "11/22/2026", "11-22-2026", "22.11.2026 00:00:00", "22/11/2026, 09:30",
    ],
)  # fmt: skip
def test_a_date_with_one_reading_is_read_whatever_anybody_says(text: str, order: DateOrder | None) -> None:
    assert read_date(text, order) == LATE
    assert read_date("05/05/2026", order) == date(2026, 5, 5)


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("3/4/2026", DMY, date(2026, 4, 3)),
        ("03-04-2026", MDY, date(2026, 3, 4)),
        ("3.4.2026", None, date(2026, 4, 3)),
        ("3.4.2026", YMD, date(2026, 4, 3)),
        ("3.4.2026", MDY, date(2026, 3, 4)),
    ],
)
def test_a_date_with_two_readings_takes_the_order_that_is_said(
    text: str, order: DateOrder | None, day: date
) -> None:
    assert read_date(text, order) == day


@pytest.mark.parametrize("order", [None, YMD])
def test_without_an_order_both_readings_are_told(order: DateOrder | None) -> None:
    with pytest.raises(ValueError, match=r"may be 2026-04-03 or 2026-03-04: .*date_order: dmy or mdy"):
        read_date("03/04/2026", order)


@pytest.mark.parametrize("text", ["22.11.26", "11/22/26", "1-2-26", "22.11.26 10:00"])
def test_two_figures_are_no_year(text: str) -> None:
    with pytest.raises(ValueError, match="has a year of two figures: write all four"):
        read_date(text, DMY)


def test_an_order_goes_by_its_name() -> None:
    assert (date_order_named(" DMY "), date_order_named("")) == (DMY, None)
    with pytest.raises(ValueError, match="'day first' is none of dmy, mdy, ymd"):
        date_order_named("day first")


@pytest.mark.parametrize(
    ("texts", "order", "is_asked"),
    [
        (["03/04/2026", "22/11/2026"], DMY, True),
        (["11/22/2026", "03/04/2026", "", "n/a"], MDY, True),
        (["03/04/2026", "04/05/2026"], None, True),
        (["22/11/2026", "11/22/2026"], None, True),
        (["22.11.2026", "2026-11-22", "20261122", "31/31/2026", "22/11/26"], None, False),
    ],
)
def test_all_dates_together_say_what_comes_first(
    texts: list[str], order: DateOrder | None, is_asked: bool
) -> None:
    guess = OrderGuess()
    for text in texts:
        guess.feed(text)
    assert (guess.order, guess.is_asked) == (order, is_asked)


def rows(*dates: str) -> str:
    return HEADER + "".join(
        f"C-{n},Ann Lee,+1202555{n:04},Brakes,{day},yes,{day},form {n},\n" for n, day in enumerate(dates)
    )


def test_one_date_far_below_settles_those_above() -> None:
    moment = utc("2026-11-13 16:00")
    found = read(rows(*["12/11/2026"] * 1_500, "13/11/2026"), moment=moment)
    assert (found.faulty, len(found.good), found.form) == (0, 1_501, "utf-8, comma, dates day first")
    assert found.good[0].fields["service_date"] == "2026-11-12"
    assert found.good[0].consent is not None
    assert found.good[0].consent.at == utc("2026-11-12 00:00")


def test_dates_that_contradict_each_other_settle_nothing() -> None:
    moment = utc("2026-11-13 16:00")
    found = read(rows("12/11/2026", "13/11/2026", "11/13/2026"), moment=moment)
    assert (found.form, found.faulty) == ("utf-8, comma", 1)
    assert [fault.place for fault in found.faults] == [
        "row 1, column service_date", "row 1, column consent_date",
    ]  # fmt: skip


def test_what_is_said_goes_before_what_others_would_settle() -> None:
    moment = utc("2026-12-11 16:00")
    assert read(rows("12/11/2026"), moment=moment).faulty == 1
    found = read(rows("12/11/2026"), moment=moment, date_order=MDY)
    assert found.form == "utf-8, comma, dates month first"
    assert found.good[0].fields["service_date"] == "2026-12-11"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("22.11.2026 14:30", "2026-11-22 19:30"),
        ("22/11/2026 9:05", "2026-11-22 14:05"),
        ("22.11.2026, 14:30:15", "2026-11-22 19:30:15"),
        ("22.11.2026 14:30+01:00", "2026-11-22 13:30"),
        ("22.11.2026", "2026-11-22 05:00"),
        ("2026/11/22 14:30", "2026-11-22 19:30"),
    ],
)
def test_an_appointment_is_written_in_as_many_ways(text: str, moment: str) -> None:
    row = f'C-1,Ann Lee,+12025550123,Brakes,20.11.2026,,,,"{text}"\n'
    assert read(HEADER + row).good[0].appointment_at == utc(moment)


def test_dates_typed_as_text_into_a_workbook_are_read_beside_real_ones() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    days = ["12/11/2026", date(2026, 11, 13), "13/11/2026", "11.11.2026", "11.11.26"]
    sheet.append(["ref", "name", "phone", "service", "service_date"])
    for n, day in enumerate(days):
        sheet.append([f"C-{n}", "Ann Lee", f"+1202555{n:04}", "Brakes", day])
    out = io.BytesIO()
    book.save(out)
    found = read(out.getvalue(), moment=utc("2026-11-13 16:00"))
    assert [row.fields["service_date"][-2:] for row in found.good] == ["12", "13", "13", "11"]
    assert found.form == "XLSX, sheet Sheet, dates day first"
    assert [fault.place for fault in found.faults] == ["row 6, column service_date"]
