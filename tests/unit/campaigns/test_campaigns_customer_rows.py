"""What few lists have: further numbers, address, owner, consent, an appointment."""

import pytest
from campaign_cases import NEW_YORK, campaign, utc
from read_lists import ALWAYS, read

from campaigns.model import NumberKind


def test_the_customer_file_is_read_whole() -> None:
    found = read(
        "ref,phone,phone_kind,phone_2,phone_2_kind,phone_3,zone,country,state,owner,consent,consent_date,"
        "consent_evidence,appointment\n"
        "1,+13055550142,mobile,+12025550123,home,+13055550142,America/New_York,usa,Florida,1001,yes,2026-01-15,"
        "form 7,2026-11-23 21:30\n",
        at=campaign(),
    )
    assert found.faults == ()
    (row,) = found.good
    assert (row.kind, row.others) == (NumberKind.MOBILE, (("+12025550123", NumberKind.HOME),))
    assert (row.own_zone, row.country, row.region, row.owner) == (NEW_YORK, "US", "FL", "1001")
    assert row.consent is not None
    assert (row.consent.given, row.consent.at, row.consent.evidence) == (
        True, utc("2026-01-15 00:00"), "form 7",
    )  # fmt: skip
    assert row.appointment_at == utc("2026-11-24 02:30")


@pytest.mark.parametrize(
    ("column", "text", "problem"),
    [
        ("country", "Atlantis", "is not a country code"),
        ("state", "Florido", "is not a state like FL"),
        ("consent", "perhaps", "neither yes nor no"),
        ("consent_date", "1/2/26", "has a year of two figures: write all four"),
        ("consent_date", "1/2/2026", "may be 2026-02-01 or 2026-01-02: say what comes first (date_order"),
        ("appointment", "1/2/2026 10:00", "may be 2026-02-01 or 2026-01-02"),
        ("appointment", "22.11.2026 25:00", "is not a moment"),
        ("consent_date", "2026-11-23", "is in the future"),
        ("consent_date", "2027-05-01", "is in the future"),
        ("phone_2", "12", "country code"),
        ("phone_kind", "pager", "none of mobile, home"),
        ("appointment", "soon", "is not a moment"),
        ("appointment", "2026-11-23 21:30", "needs an offset"),
    ],
)
def test_a_bad_cell_of_the_customer_file_is_told(column: str, text: str, problem: str) -> None:
    cells = {"ref": "1", "phone": "+18005550123", "country": "US", "consent": "yes"}
    cells |= {"consent_evidence": "form 7", column: text}
    found = read(",".join(cells) + "\n" + ",".join(cells.values()) + "\n", at=campaign(hours=ALWAYS))
    assert [fault.place for fault in found.faults] == [f"row 1, column {column}"]
    assert problem in found.faults[0].problem


@pytest.mark.parametrize(
    ("consent", "day", "evidence"),
    [("yes", "2026-11-22", "form 7"), ("no", "2026-11-20", ""), ("no", "", ""), ("", "2030-01-01", "")],
)
def test_what_need_not_be_proven_and_where_it_is_tomorrow_already(
    consent: str, day: str, evidence: str
) -> None:
    """In Auckland it is the 22nd. A refusal needs no proof; without a word the other cells are idle."""
    text = f"ref,phone,consent,consent_date,consent_evidence\n1,+12025550123,{consent},{day},{evidence}\n"
    assert read(text, at=campaign(hours=ALWAYS)).faults == ()


def test_a_consent_that_nothing_proves_is_kept_as_it_is_and_counted() -> None:
    said = "1,+12025550123,yes\n2,+12025550124,no\n3,+12025550125,\n4,+12025550126,yes\n"
    found = read(f"ref,phone,consent\n{said}", at=campaign(hours=ALWAYS))
    assert (found.faults, found.unproven) == ((), 2)
    words = [row.consent and (row.consent.given, row.consent.at, row.consent.evidence) for row in found.good]
    assert words == [(True, None, ""), (False, None, ""), None, (True, None, "")]
    proven = read("ref,phone,consent,consent_source\n1,+12025550123,yes,form\n", at=campaign(hours=ALWAYS))
    assert proven.unproven == 0
