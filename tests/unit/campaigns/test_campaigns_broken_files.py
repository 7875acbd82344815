"""Broken files of every kind: nothing is lost, nothing is invented, nothing falls over.

Each row that is not blank is good, a repeat, or in the reject file with a reason; the numbers add up.
"""

import csv
import io
import tempfile
from pathlib import Path

import pytest
from campaign_cases import NEW_YORK, campaign, utc, windows
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from campaigns.desk.opening import open_sheet
from campaigns.desk.reading import ReadJob, read_file
from campaigns.desk.rejects import FORMULA_SIGNS
from campaigns.desk.seen import MemorySeenRows
from campaigns.errors import InvalidInput

ANY_TIME = campaign(hours=windows(range(7), "00:00-00:00"))
HEADER = "ref,phone,name,plate,country,consent\n"
CELL = st.text(max_size=12) | st.sampled_from(
    [
        "C-1", "C-2", "+12025550123", "+34612345678.0", "3.46E+10", "0034612345678", "=1+1", "@x", "-1",
        "\t", "\r", '"', '"a, b"', "''", "'=x", "ES", "Atlantis", "yes", "perhaps", NEW_YORK, "\x1b[31m",
        "客户", "a\nb", "x" * 2_001, "\x1f", "\ud800",
    ]
)  # fmt: skip
LINE = st.lists(CELL, max_size=8).map(",".join)
SIGNS = (b'"', b"\n", b",", b'"\n"', b"\xff", b"\0")
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "gb18030", "utf-32", "cp037")


def outcome_of(content: bytes) -> None:
    """Read a file to its end and hold it to what every file must keep."""
    with tempfile.TemporaryDirectory() as folder:
        path, rejects = Path(folder) / "list", Path(folder) / "rejects.csv"
        path.write_bytes(content)
        job = ReadJob(path, rejects, ANY_TIME, ("ref", "phone"), {}, "US", utc("2026-11-21 16:00"))
        try:
            batches = list(read_file(job, MemorySeenRows()))
        except InvalidInput as refusal:
            refused = refusal.faults
        else:
            refused = None
        if refused is not None:
            assert refused
            assert all(fault.place and fault.problem for fault in refused)
            return
        there = [row.number for row in open_sheet(path).rows()]
        text = rejects.read_text("utf-8-sig", errors="surrogateescape") if rejects.exists() else ""
    good = [row for batch in batches for row in batch.rows]
    duplicate = sum(batch.duplicate for batch in batches)
    faulty = sum(batch.faulty for batch in batches)
    assert len(there) == sum(batch.read for batch in batches) == len(good) + duplicate + faulty
    header, *told = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    place = header.index("_row") if told else 0
    named, loaded = {int(row[place]) for row in told}, {row.row for row in good}
    assert all(row[place + 1] for row in told)
    assert named | loaded <= {*there}
    assert not named & loaded
    # What is in neither repeats another row word for word: counted, and not worth a line.
    assert len({*there} - named - loaded) == faulty + duplicate - len(named)
    assert faulty <= len(named) <= faulty + duplicate
    assert not [cell for row in told for cell in row if cell.startswith(FORMULA_SIGNS)]
    assert len({(row.ref, row.number) for row in good}) == len(good)
    for row in good:
        assert row.ref
        assert row.zones
        assert row.number.startswith("+")
        assert row.number[1:].isdigit()


@examples(120)
@given(st.lists(LINE, max_size=12), st.sampled_from(ENCODINGS), st.sampled_from(["\n", "\r\n", "\r"]))
def test_rows_of_any_sort_in_any_encoding(rows: list[str], encoding: str, end: str) -> None:
    text = end.join([HEADER.strip(), "C-9,+12025550199,Ann,x,US,yes", *rows, "C-8,+12025550198,Bo,,,"])
    outcome_of(text.encode(encoding, "replace"))


@examples(80)
@given(st.data())
def test_a_good_file_with_bytes_changed_cut_or_doubled(data: st.DataObject) -> None:
    content = bytearray(
        HEADER.encode() + b"".join(b"C-%d,+120255501%02d,N\xc3\xa9,p,,\n" % (n, n) for n in range(40))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 40))
        insert = data.draw(st.binary(max_size=20) | st.sampled_from(SIGNS))
        content[at : at + length] = insert
    outcome_of(bytes(content))


@examples(80)
@given(st.binary(max_size=600))
def test_any_bytes_at_all(content: bytes) -> None:
    outcome_of(content)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x05\x06" + b"\0" * 18,  # an archive with nothing in it
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
        b"<html><table><tr><td>ref</td></tr></table></html>",
        b'{"ref": "1", "phone": "+12025550123"}\n',
        b"ref\tphone\n" + b"\t" * 500 + b"\n",
        b"ref,phone\n" + b'"' * 1001 + b"\n1,+12025550123\n",
        b"ref,phone\n" + b",\n" * 1000,
        b"\xff\xfer\0e\0f\0,\0p\0h\0o\0n\0e\0\n\0" + b"1\0",
    ],
)
def test_things_that_people_upload_by_mistake(content: bytes) -> None:
    outcome_of(content)
