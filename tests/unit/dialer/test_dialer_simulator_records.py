"""The network's records: read exactly, refused when broken, and a half-written last line left for later."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dialer.simulator.records import BadRecord, Record, RecordKind, parse, read_records, records

LINE = "1795300312.839996|arrived|+12022114000|+12025550100|9e8d7fbc-7786|att-1\n"
RECORD = Record(
    datetime(2026, 11, 21, 22, 31, 52, 839996, tzinfo=UTC),
    RecordKind.ARRIVED,
    "+12022114000",
    "+12025550100",
    "9e8d7fbc-7786",
    "att-1",
)


def test_a_line_is_read_to_the_microsecond() -> None:
    assert parse(LINE) == RECORD


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1795300312.839996|arrived|a|b|c",
        "1795300312.839996|arrived|a|b|c|d|e",
        "1795300312|arrived|a|b|c|d",
        "1795300312.8399|arrived|a|b|c|d",
        "now.839996|arrived|a|b|c|d",
        "1795300312.839996|landed|a|b|c|d",
    ],
)
def test_a_broken_line_is_an_error(line: str) -> None:
    with pytest.raises(BadRecord):
        parse(line)


def test_a_line_that_is_being_written_waits() -> None:
    assert list(records([LINE, LINE[:30]])) == [RECORD]
    with pytest.raises(BadRecord):
        list(records([LINE[:30] + "\n", LINE]))


def test_a_file_is_read_in_the_order_of_time(tmp_path: Path) -> None:
    path = tmp_path / "records"
    assert read_records(path) == []
    later = LINE.replace("312.", "313.")
    path.write_text(later + LINE, encoding="utf-8")
    assert read_records(path) == [RECORD, parse(later)]
