"""The corpus of broken files: every kind that people and programs have been seen to upload, made on the spot.

Each is a list of revisits with one thing wrong, or something else altogether. ``rows`` is how many rows that
are not blank it has and ``good`` how many of them can be called; ``refused`` is what the whole file is
refused for.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

HEADER = ("ref", "phone", "name", "service_date", "plate")
DAY = "2026-11-20"


@dataclass(frozen=True, slots=True)
class Broken:
    """One file of the corpus."""

    content: bytes
    rows: int = 0
    good: int = 0
    refused: str = ""


def line(index: int, **changes: str) -> list[str]:
    """A good row, with changes."""
    values = {
        "ref": f"C-{index}", "phone": f"+1202555{index:04}", "name": f"Ann {index}", "service_date": DAY,
        "plate": f"DX {index}",
    }  # fmt: skip
    return list({**values, **changes}.values())


def text(*lines: str | list[str], end: str = "\n", comma: str = ",") -> str:
    """A CSV text with our header, whose lines may be written by hand."""
    rows: list[str | list[str]] = [list(HEADER), *lines]
    return end.join(row if isinstance(row, str) else comma.join(row) for row in rows) + end


def plain(*lines: str | list[str], rows: int, good: int, **how: Any) -> Broken:
    """A CSV file with good rows around the broken ones."""
    encoding = how.pop("encoding", "utf-8")
    whole = text(line(1), *lines, line(2), **how)
    return Broken(whole.encode(encoding, "surrogatepass"), rows + 2, good + 2)


def refused(content: bytes | str, why: str) -> Broken:
    return Broken(content if isinstance(content, bytes) else content.encode(), refused=why)


def csv_files() -> Iterator[tuple[str, Broken]]:
    """Encodings, NULs, quotes, ragged rows, cells of all sizes, and numbers after a spreadsheet had them."""
    accents = line(3, name="José Łuczak")
    yield "utf-16 with semicolons", plain(accents, rows=1, good=1, encoding="utf-16", comma=";")
    yield "utf-16 big end first", Broken(b"\xfe\xff" + text(line(1)).encode("utf-16-be"), 1, 1)
    yield "utf-8 with a mark", plain(accents, rows=1, good=1, encoding="utf-8-sig")
    yield "windows western", plain(line(3, name="José"), rows=1, good=1, encoding="cp1252")
    yield (
        "chinese national encoding",
        refused(text(line(1, name="客户" * 9)).encode("gb18030"), "neither UTF-8"),
    )
    yield "cyrillic windows", refused(text(line(1, name="Анна Петрова")).encode("cp1251"), "neither UTF-8")
    yield "utf-16 without a mark", Broken(text(line(1)).encode("utf-16-le"), 1, 1)
    yield "utf-16 cut in the middle", refused(text(line(1)).encode("utf-16")[:-1], "broken near byte")
    yield (
        "one byte that is no utf-8",
        Broken(
            text(line(1, name="Zoë"), line(2, name="Núñez")).encode()
            + b"C-3,+12025550003,\xff,"
            + DAY.encode()
            + b",x\n",
            3,
            2,
        ),
    )
    yield "a NUL in a cell", plain(line(3, name="A\0nn"), rows=1, good=0)
    yield "line ends of an old Mac", plain(rows=0, good=0, end="\r")
    yield "line ends of Windows", plain(rows=0, good=0, end="\r\n")
    yield "line ends of all sorts", Broken((text(line(1)) + ",".join(line(2)) + "\r").encode(), 2, 2)
    yield "tabs", plain(rows=0, good=0, comma="\t")
    yield "bars", plain(rows=0, good=0, comma="|")
    yield "a line that names the separator", Broken(("sep=;\n" + text(line(1), comma=";")).encode(), 1, 1)
    yield "a quote that never closes", plain('C-3,"+12025550003,Ann,2026-11-20,x', rows=1, good=0)
    yield "a quote in the middle of a cell", plain('C-3,+12025550003,"An"n,2026-11-20,x', rows=1, good=0)
    yield "a cell with line ends in it", plain('C-3,+12025550003,"Ann\nB",2026-11-20,x', rows=1, good=1)
    yield "quotes doubled as they should be", plain('C-3,+12025550003,"A ""B""",2026-11-20,x', rows=1, good=1)
    yield "rows too short and too long", plain(line(3)[:-1], [*line(4), "more"], rows=2, good=0)
    yield "empty cells behind the last", plain([*line(3), "", ""], rows=1, good=1)
    yield "blank lines", plain("", ",,,,", "   ", line(3), rows=1, good=1)
    yield "a cell of 3,000 characters", plain(line(3, plate="x" * 3_000), rows=1, good=0)
    yield "a cell of a million characters", plain(line(3, plate="x" * 1_000_000), rows=1, good=0)
    yield (
        "a quoted cell of a million characters",
        plain(line(3, plate='"' + "x" * 10**6 + '"'), rows=1, good=0),
    )
    yield "20,000 columns", refused(text([f"c{n}" for n in range(20_000)])[len(text()) :], "more than 200")
    yield "200 columns more in one row", plain([*line(3), *("x" * 200)], rows=1, good=0)
    yield "formulas", plain(line(3, name="=cmd|' /C calc'!A0", plate="@SUM(1)"), rows=1, good=1)
    yield "a formula for a number", plain(line(3, phone="=1202555000+3"), rows=1, good=0)
    yield "control characters", plain(line(3, name="An\x07n"), line(4, ref="C\x1b[31m"), rows=2, good=0)
    yield (
        "half a pair of surrogates",
        plain(line(3, name="\ud83d"), line(4, name="Zoë Łuczak ñéü"), rows=2, good=1),
    )
    many = [line(n) for n in range(10, 710)]
    yield (
        "one Chinese row in a list of plain ones",
        Broken(text(*many, line(3, name="客户客户")).encode("gb18030"), 701, 700),
    )
    yield "numbers that a spreadsheet had", plain(
        line(3, phone="12025550003.0"), line(4, phone="1.2025550004E+10"), line(5, phone="1.20E+10"),
        line(6, phone="0012025550006"), line(7, phone="'+12025550007"), rows=5, good=4,
    )  # fmt: skip
    yield "dates of all sorts", plain(
        line(3, service_date="20261119"), line(4, service_date="19/11/2026"), line(5, service_date="46345"),
        line(6, service_date="2026-02-30"), line(7, service_date="2026-11-19 10:30"), rows=5, good=3,
    )  # fmt: skip
    yield (
        "the same row twice, and with other data",
        plain(line(3), line(3), line(3, plate="y"), rows=3, good=1),
    )
    yield "one reference, two names", plain(line(3), line(3, phone="+12025550009", name="Bo"), rows=2, good=1)
    yield "one number, two people", plain(line(3), line(4, phone="+12025550003"), rows=2, good=1)
    yield "only a header", refused(text(), "no rows below the header")
    yield "nothing", refused(b"", "the file is empty")
    yield "nothing but white", refused(" \n\n\t\n", "the file is empty")
    yield "nothing but quotes", refused('"""""\n"\n', "")
    yield "a column twice", refused(text(line(1)).replace("plate", "Phone", 1), "is there twice")
    yield "a column without a name", refused(text(line(1)).replace("name", "", 1), "has no name")
    yield "no header", refused("C-1,+12025550001\nC-2,+12025550002\n", "no header line")
    yield "another list altogether", refused("colour,size\nred,3\n", "no header line")
    yield "a PDF", refused(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n", "")
    yield "a picture", refused(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "")
    yield "a web page", refused("<html><table><tr><td>ref</td></tr>\n</table></html>\n", "no header line")
    yield "JSON", refused('[\n{"ref": "C-1", "phone": "+12025550001"}\n]\n', "")
    yield "compressed", refused(b"\x1f\x8b\x08\0" + bytes(range(64)), "")


def workbook(fill: Callable[[Worksheet], Any], *, good: int = 0, rows: int = 0, why: str = "") -> Broken:
    """An XLSX file with one good row, filled further."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.append(HEADER)
    sheet.append(line(1))
    fill(sheet)
    return Broken(saved(book), 0 if why else rows + 1, 0 if why else good + 1, why)


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, change: Callable[[str, bytes], bytes | None], **more: bytes) -> bytes:
    """A workbook with its parts changed, left out (None) or added to."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = change(name, old.read(name))
            if data is not None:
                new.writestr(name, data)
        for name, data in more.items():
            new.writestr(name, data)
    return out.getvalue()


def good_workbook(count: int = 3) -> bytes:
    return workbook(lambda sheet: [sheet.append(line(n)) for n in range(2, count + 1)]).content


def xlsx_files() -> Iterator[tuple[str, Broken]]:
    """Workbooks as people have them, and archives as attackers and broken downloads have them."""
    good = good_workbook()

    def merged(sheet: Worksheet) -> None:
        for row in (line(2), line(3), line(4)):
            sheet.append(row)
        sheet.merge_cells("E3:E5")  # plates: only the first keeps its own
        sheet.merge_cells("B4:B5")  # telephones: the second has none any more

    def typed(sheet: Worksheet) -> None:
        sheet.append(["C-2", 12025550002.0, True, date(2026, 11, 19), 12.5])
        sheet.append(["C-3", "+12025550003", "Bo", datetime(2026, 11, 19, 10, 30), None])  # noqa: DTZ001
        sheet.append([4, 12025550004, "Cy", 46345.0, "x"])  # the number of a day, and nothing says so
        sheet.append(["C-5", "#N/A", "Di", DAY, "#REF!"])

    def formulas(sheet: Worksheet) -> None:
        sheet.append(["C-2", "=12025550000+2", "Bo", DAY, "x"])
        sheet.append(["C-3", "+12025550003", '=HYPERLINK("http://x";"y")', DAY, "=1+1"])

    def far_away(sheet: Worksheet) -> None:
        sheet.append(line(2))
        sheet.cell(40, 1, "C-3")
        sheet.cell(40, 2, "+12025550003")
        sheet.cell(40, 4, DAY)

    def wide(sheet: Worksheet) -> None:
        for column in range(6, 16_385):
            sheet.cell(1, column, f"c{column}")

    yield "merged cells", workbook(merged, rows=3, good=2)
    yield "booleans, dates and days as figures", workbook(typed, rows=4, good=2)
    yield "formulas in a workbook", workbook(formulas, rows=2, good=1)
    yield "a row far below", workbook(far_away, rows=2, good=2)
    yield "cells of 32,000 characters", workbook(lambda s: s.append(line(2, name="x" * 32_000)), rows=1)
    yield "every column there is", workbook(wide, why="more than 200 columns")
    yield "formats but no values", workbook(lambda s: [s.cell(9, n).number_format for n in range(1, 9)])
    yield "a name that is broken", workbook(lambda s: s.append(line(2, name="A\tn  n\nB")), rows=1, good=1)
    yield "an empty sheet first", Broken(_sheets([], [list(HEADER), line(1)]), 1, 1)
    yield (
        "a hidden sheet first",
        Broken(_sheets([["secret"], ["x"]], [list(HEADER), line(1)], hide=True), 1, 1),
    )
    yield "nothing but empty sheets", refused(_sheets([], []), "the file is empty")
    yield "only a header in a workbook", refused(_sheets([list(HEADER)]), "no rows below the header")
    for share in (0.2, 0.5, 0.9, 0.99):
        yield f"cut at {share:.0%}", refused(good[: int(len(good) * share)], "")
    yield "bytes before the archive", refused(b"junk" * 9 + good, "")
    yield "bytes behind the archive", Broken(good + b"\0" * 99, 3, 3)
    yield "an archive with nothing in it", refused(b"PK\x05\x06" + bytes(18), "")
    yield "the beginning of an archive", refused(b"PK\x03\x04", "no XLSX workbook")
    yield "a text in an archive", refused(_archive({"list.csv": text(line(1)).encode()}), "")
    yield "a Word document", refused(_archive({"word/document.xml": b"<w:document/>"}), "")
    yield "names that climb out of a folder", refused(_archive({"../../etc/passwd": b"x"}), "")
    yield "too many parts", refused(_archive({f"x{n}": b"" for n in range(2_001)}), "more than 2000 parts")
    yield (
        "a bomb",
        refused(repacked(good, _as_it_is, **{"xl/media/x": bytes(40_000_000)}), "unpacks to far more"),
    )
    yield (
        "an old workbook",
        refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "an old or a protected"),
    )
    yield "a sheet that is no XML", refused(repacked(good, _spoil("sheet1.xml", b"<<<>>>")), "")
    yield "a sheet cut in the middle", refused(repacked(good, _cut), "")
    yield "a sheet that is missing", refused(repacked(good, _without("sheet1.xml")), "")
    yield "relations that lead nowhere", refused(repacked(good, _spoil("workbook.xml.rels", b"<x/>")), "")
    yield "entities that grow", refused(repacked(good, _laughing), "")
    yield "text that is not there", refused(repacked(good, _dangling), "")


def _sheets(*sheets: list[list[str]], hide: bool = False) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for at, rows in enumerate(sheets):
        sheet = book.create_sheet(f"S{at}")
        for row in rows:
            sheet.append(row)
    if hide:
        book.worksheets[0].sheet_state = "hidden"
        book.active = 1
    return saved(book)


def _archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def _as_it_is(_name: str, data: bytes) -> bytes:
    return data


def _spoil(part: str, content: bytes) -> Callable[[str, bytes], bytes]:
    return lambda name, data: content if name.endswith(part) else data


def _without(part: str) -> Callable[[str, bytes], bytes | None]:
    return lambda name, data: None if name.endswith(part) else data


def _cut(name: str, data: bytes) -> bytes:
    return data[: len(data) * 2 // 3] if name.endswith("sheet1.xml") else data


def _laughing(name: str, data: bytes) -> bytes:
    """The billion laughs: entities of entities of entities."""
    if not name.endswith("sheet1.xml"):
        return data
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    cell = '<row r="5"><c r="A5" t="inlineStr"><is><t>&l9;</t></is></c><c r="B5"><f>1</f></c></row>'
    body = data.decode().replace("</sheetData>", f"{cell}</sheetData>")
    return f'<!DOCTYPE x [<!ENTITY l0 "ha">{entities}]>{body}'.encode()


def _dangling(name: str, data: bytes) -> bytes:
    if not name.endswith("sheet1.xml"):
        return data
    return data.replace(b"</sheetData>", b'<row r="5"><c r="A5" t="s"><v>99</v></c></row></sheetData>')


CORPUS: dict[str, Broken] = {**dict(csv_files()), **dict(xlsx_files())}


def mutated(seed: int) -> bytes:
    """A good workbook with bytes changed inside one of its parts, packed again so that only that is wrong."""
    rng = random.Random(seed)
    good = good_workbook(8)
    part = rng.choice(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
    words = [b"", b"<", b">", b'"', b"&", b"9" * 7, b"XFD", b"\0", b"</row>", b'r="A1"', b't="s"', b"\xff"]

    def change(name: str, data: bytes) -> bytes:
        if name != part:
            return data
        changed = bytearray(data)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randint(0, 12)] = rng.choice(words)
        return bytes(changed)

    return repacked(good, change)
