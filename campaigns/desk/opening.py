"""Opening an uploaded file, whatever kind of list it is.

Knows how to tell the kinds apart by their first bytes. Must not know how any of them is read.
"""

from pathlib import Path

from campaigns.desk.csvlist import open_csv
from campaigns.desk.sheet import Sheet, check_size, spoiled
from campaigns.desk.xlsxlist import open_xlsx

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def open_list(path: Path, encoding: str = "", region: str | None = None) -> Sheet:
    """Open a file as ``open_sheet`` does, and refuse one that holds nothing but a header."""
    sheet = open_sheet(path, encoding, region)
    if not sheet.has_rows:
        raise spoiled("file", "there are no rows below the header")
    return sheet


def open_sheet(path: Path, encoding: str = "", region: str | None = None) -> Sheet:
    """Open a text or an XLSX workbook; raises ``InvalidInput`` for what spoils the whole file.

    ``encoding`` is what a text is said to be written in, or empty; ``region`` is where the file comes from.
    """
    check_size(path)
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(_ZIP):
        return open_xlsx(path)
    if head == _OLD_OFFICE:
        raise spoiled("file", "an old or a protected Office file: save it as XLSX, or as CSV")
    return open_csv(path, encoding, region)
