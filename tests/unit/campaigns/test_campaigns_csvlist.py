"""Bytes to rows: delimiters, encodings, quotes; what spoils a row leaves its neighbours alone."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from campaign_cases import UNHURRIED
from hypothesis import given
from hypothesis import strategies as st

from campaigns.desk import csvlist, sheet
from campaigns.desk.csvlist import CsvSheet, open_csv
from campaigns.desk.encoding import NAMES, encoding_named
from campaigns.desk.sheet import Row
from campaigns.errors import InvalidInput


@contextmanager
def opened(content: bytes, said: str = "", region: str | None = None) -> Iterator[CsvSheet]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        path.write_bytes(content)
        yield open_csv(path, said, region)


def read(content: bytes, said: str = "") -> tuple[tuple[str, ...], list[Row]]:
    with opened(content, said) as found:
        return found.header, list(found.rows())


def rows_of(content: bytes, said: str = "") -> list[tuple[int, dict[str, str] | str]]:
    header, rows = read(content, said)
    return [(row.number, row.problem or dict(zip(header, row.cells, strict=True))) for row in rows]


def fault_of(content: bytes, said: str = "", region: str | None = None) -> str:
    with pytest.raises(InvalidInput) as refusal, opened(content, said, region):
        pass
    return "; ".join(map(str, refusal.value.faults))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_common_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(cells) for cells in (["ref", "name"], ["1", "Ann"], ["2", "Bo"]))
    assert rows_of(text.encode()) == [(1, {"ref": "1", "name": "Ann"}), (2, {"ref": "2", "name": "Bo"})]


def test_delimiters_inside_quotes_of_the_header_do_not_count() -> None:
    with opened(b'"ref, or: a, b, c";name\n1;Ann\n') as found:
        assert (found.delimiter, found.header) == (";", ("ref, or: a, b, c", "name"))


def test_a_spreadsheet_may_name_its_delimiter() -> None:
    assert rows_of(b"sep=;\nref;full,name\n1;Ann\n") == [(1, {"ref": "1", "full,name": "Ann"})]


@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [
        ("utf-8", b"", "utf-8"),
        ("utf-8", b"\xef\xbb\xbf", "utf-8"),
        ("utf-16-le", b"\xff\xfe", "utf-16-le"),
        ("utf-16-be", b"\xfe\xff", "utf-16-be"),
        ("utf-16-le", b"", "utf-16-le"),
        ("utf-16-be", b"", "utf-16-be"),
        ("cp1252", b"", "latin-1"),
    ],
)
def test_encodings(encoding: str, mark: bytes, said: str) -> None:
    content = mark + "ref,name\n1,Hélène Müller\n2,Zoë – née Núñez\n".encode(encoding)
    with opened(content) as found:
        assert found.encoding == said
    assert rows_of(content) == [
        (1, {"ref": "1", "name": "Hélène Müller"}),
        (2, {"ref": "2", "name": "Zoë – née Núñez"}),
    ]


@pytest.mark.parametrize("encoding", ["gb18030", "cp1251", "shift_jis", "big5"])
def test_an_encoding_nobody_can_tell_is_refused_rather_than_garbled(encoding: str) -> None:
    names = {"cp1251": "Иван Петров"}
    content = f"ref,name\n1,{names.get(encoding, '王小明東京')}\n".encode(encoding)
    assert fault_of(content) == (
        "file: neither UTF-8, UTF-16 nor Latin-1: name its encoding (such as gb18030 or cp1251), or save the "
        f"sheet as CSV in UTF-8; the first byte that is not UTF-8 is {content[11]:#04x} in line 2"
    )


CHINESE = "ref,name\n1,王小明\n2,欧阳婷\n3,张伟\n"
OTHERS = [
    ("cp1251", "ref,name\n1,ИВАН ПЕТРОВ\n2,Анна Иванова\n"),
    ("cp949", "ref,name\n1,홍길동\n2,김철수\n"),
    ("cp950", "ref,name\n1,王小明\n2,陳大文\n"),
    ("cp932", "ref,name\n1,山田太郎\n2,スズキ\n"),
    ("cp1256", "ref,name\n1,محمد علي\n2,فاطمة\n"),
    ("cp1253", "ref,name\n1,ΓΙΩΡΓΟΣ\n2,Μαρία\n"),
]


@pytest.mark.parametrize(("name", "codec"), NAMES.items())
def test_an_encoding_that_is_said_is_read(name: str, codec: str) -> None:
    names = {"gb18030": "王小明", "big5": "陳大文", "shift-jis": "山田太郎", "euc-kr": "홍길동"}
    names |= {"euc-jp": "山田太郎", "cp1251": "Иван", "koi8-r": "Иван"}
    names |= {"cp1253": "Μαρία", "cp1255": "דוד", "cp1256": "محمد"}
    person = names.get(name, "Müller")
    content = f"ref,name\n1,{person}\n".encode(codec)
    assert rows_of(content, name) == [(1, {"ref": "1", "name": person})]


def test_what_is_none_of_the_encoding_that_is_said_costs_its_row() -> None:
    content = CHINESE.encode("gb18030") + b"4,\xff\xff\n5,Ann\n"
    found = rows_of(content, "gb18030")
    assert [cells["name"] for _, cells in found[:3]] == ["王小明", "欧阳婷", "张伟"]  # type: ignore[index]
    assert found[3:] == [(4, "holds bytes that are not GB18030"), (5, {"ref": "5", "name": "Ann"})]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xef\xbb\xbfref,name\n1,Ann\n", "gb18030"),
        (b"\xff\xfe" + "ref,name\n1,Ann\n".encode("utf-16-le"), "utf-8"),
        ("ref,name\n1,Ann\n".encode("utf-16-le"), "cp1251"),
    ],
)
def test_what_is_said_must_not_contradict_the_file(content: bytes, said: str) -> None:
    assert fault_of(content, said).endswith(": say utf-16" if b"\0" in content else ": say utf-8")


def test_utf_16_is_read_where_it_is_said() -> None:
    for content in (CHINESE.encode("utf-16"), CHINESE.encode("utf-16-le"), CHINESE.encode("utf-16-be")):
        assert len(rows_of(content, "utf-16")) == 3


def test_chinese_is_recognised_by_its_header_or_where_the_list_comes_from() -> None:
    named = "客户编号,姓名,手机号\n1,Zoe,1\n".encode("gb18030")
    assert rows_of(named) == [(1, {"客户编号": "1", "姓名": "Zoe", "手机号": "1"})]
    with opened(CHINESE.encode("gb18030"), region="CN") as found:
        assert (found.encoding, found.form) == ("gb18030", "gb18030, comma")
        assert [row.cells[1] for row in found.rows()] == ["王小明", "欧阳婷", "张伟"]
    for region in (None, "ES", "TW"):
        assert "name its encoding" in fault_of(CHINESE.encode("gb18030"), region=region)


@pytest.mark.parametrize(("codec", "text"), OTHERS)
@pytest.mark.parametrize("region", [None, "ES", "RU", "KR"])
def test_nothing_else_is_taken_for_chinese(codec: str, text: str, region: str | None) -> None:
    assert "name its encoding" in fault_of(text.encode(codec), region=region)


@pytest.mark.parametrize("region", [None, "ES", "CN"])
def test_western_names_never_become_chinese(region: str | None) -> None:
    text = "ref,name\n1,Hélène Müller\n2,Zoë Núñez\n3,José Peña\n4,Jürgen Groß\n"
    with opened(text.encode("cp1252"), region=region) as found:
        assert found.encoding == "latin-1"


def test_encodings_go_by_many_names() -> None:
    for name, ours in (("GBK", "gb18030"), ("Windows-1250", "cp1250"), ("shift_jis", "shift-jis"), ("", "")):
        assert encoding_named(name) == ours
    with pytest.raises(ValueError, match="'ebcdic' is none of utf-8, utf-16, latin-1, gb18030"):
        encoding_named("ebcdic")


def test_broken_bytes_in_utf8_are_one_rows_fault() -> None:
    content = "ref,name\n1,Hélène\n".encode() + b"2,Zo\xeb\n" + "3,José Núñez\n".encode()
    assert rows_of(content) == [
        (1, {"ref": "1", "name": "Hélène"}),
        (2, "holds bytes that are not UTF-8"),
        (3, {"ref": "3", "name": "José Núñez"}),
    ]


@pytest.mark.parametrize("stray", [b"Jos\xe9", b"\xed\xa0\x80", b"\x81", "Иван".encode("cp1251")])
@pytest.mark.parametrize("others", [["Ann", "Müller"], ["Ann", "Bo"], ["Ann"] * 19 + ["Zoë"]])
def test_one_row_in_another_encoding_costs_that_row_wherever_it_stands(
    stray: bytes, others: list[str]
) -> None:
    good = [f"{n},{name}".encode() for n, name in enumerate(others, 2)]
    for place in range(len(good) + 1):
        lines = [b"ref,name", *good[:place], b"1," + stray, *good[place:], b""]
        read = rows_of(b"\n".join(lines))
        if stray == b"Jos\xe9" and "Ann" in others and all(name.isascii() for name in others):
            assert (place + 1, {"ref": "1", "name": "José"}) in read  # all of it is Latin-1
        else:
            assert [row for row in read if isinstance(row[1], str)] == [
                (place + 1, "holds bytes that are not UTF-8")
            ]
        assert len(read) == len(good) + 1


def test_a_list_with_many_rows_in_another_encoding_is_refused_and_the_first_of_them_named() -> None:
    rows = ["Ann", "Bo", "Иван", "Анна", "Пётр"]
    content = "\n".join(["ref,name", *(f"{n},{name}" for n, name in enumerate(rows, 1))]).encode("cp1251")
    assert fault_of(content).endswith("the first byte that is not UTF-8 is 0xc8 in line 4")
    assert "in line 1" in fault_of("номер,name\n1,Ann\n2,Bo\n3,Cy\n".encode("cp1251"))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("row", ["2,\0Ann", "2\0", '2,"Ann\0, jr."', "\0", "2,José\0" * 3])
def test_a_nul_spoils_its_own_row(encoding: str, row: str) -> None:
    rows = [f"{n},Zoë" for n in range(3, 90)]
    assert rows_of("\n".join(["ref,name", "1,José", row, *rows]).encode(encoding)) == [
        (1, {"ref": "1", "name": "José"}),
        (2, "holds a NUL byte"),
        *((n, {"ref": str(n), "name": "Zoë"}) for n in range(3, 90)),
    ]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "file: the file is empty"),
        (b"\xef\xbb\xbf", "file: the file is empty"),
        (b"\n\r\n  \n,,,\n", "file: the file is empty"),
        (b"sep=;\n", "file: the file is empty"),
        (b"ref,na\0me\n" + b"1,Ann\n" * 9, "header: holds a NUL byte"),
        (b"\0\0\0\0\x12\0\0" * 9, "NUL bytes"),
        ("ref,name\n1,Ann\n".encode("utf-16-le")[:-1], "looks like UTF-16 but is broken near byte"),
        (b"PK\x03\x04\x00\x00", "NUL bytes"),
        (b"\xff\xfea", "broken near byte"),
        (b"\xff\xfe" + "ref\0,name\n1,2".encode("utf-16-le"), "header: holds a NUL byte"),
        (b"ref,name,Ref\n1,Ann,2\n", "header: column 'Ref' is there twice"),
        (b"ref,,name\n1,2,3\n", "header: column 2 has no name"),
        (b'ref,"name\n1,Ann\n', "header: a quote is opened and never closed"),
        (b",".join(b"c%d" % n for n in range(201)) + b"\n1\n", "header: more than 200 columns"),
    ],
)
def test_what_spoils_the_whole_file(content: bytes, problem: str) -> None:
    assert problem in fault_of(content)


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with path.open("wb") as file:
        file.truncate(sheet.MAX_BYTES + 1)  # takes no room on the disk
    with pytest.raises(InvalidInput, match="larger than 512 MB"):
        open_csv(path)


def test_a_line_without_an_end_is_one_row_and_never_in_memory_as_a_whole() -> None:
    long = b"x" * (3 * csvlist.MAX_LINE)
    found = rows_of(b"ref,name\n1,Ann\n" + long + b"\n3,Cy\n")
    assert found == [
        (1, {"ref": "1", "name": "Ann"}),
        (2, f"is longer than {csvlist.MAX_LINE} characters"),
        (3, {"ref": "3", "name": "Cy"}),
    ]


def test_quotes_hold_delimiters_quotes_and_line_ends() -> None:
    content = b'ref,name\n1,"Lee, ""Ann"""\n2, "two\nlines"\n3,5" pipe\n'
    assert rows_of(content) == [
        (1, {"ref": "1", "name": 'Lee, "Ann"'}),
        (2, {"ref": "2", "name": "two\nlines"}),
        (3, {"ref": "3", "name": '5" pipe'}),
    ]


@pytest.mark.parametrize("below", [b"2,Bo", b'2,"Bo"', b'2,"Bo, jr."', b'2,""'])
def test_an_open_quote_costs_one_row(below: bytes) -> None:
    found = rows_of(b'ref,name\n1,"Ann\n' + below + b"\n3,Cy\n")
    assert [number for number, _ in found] == [1, 2, 3]
    assert "quote" in str(found[0][1])
    assert isinstance(found[1][1], dict)
    assert found[2] == (3, {"ref": "3", "name": "Cy"})


def test_an_open_quote_swallows_no_row_however_long_the_list() -> None:
    content = b'ref,name\n0,"Ann\n' + b"".join(b"%d,Bo\n" % n for n in range(1, 200)) + b'200,"Cy"\n'
    found = rows_of(content)
    assert found[0] == (1, "a quote is opened and never closed")
    assert [cells["ref"] for _, cells in found[1:]] == [str(n) for n in range(1, 201)]  # type: ignore[index]


def test_ragged_rows_are_told_and_empty_cells_at_the_right_forgiven() -> None:
    content = b"ref,name,,\n1,Ann,,\n2\n3,Cy\n4,Di,x\n,,\n6,Flo,,,,,\n"
    assert rows_of(content) == [
        (1, {"ref": "1", "name": "Ann"}),
        (2, "has 1 cells where the header has 2"),
        (3, {"ref": "3", "name": "Cy"}),
        (4, "has 3 cells where the header has 2"),
        (6, {"ref": "6", "name": "Flo"}),  # the blank row keeps its number
    ]


def test_a_very_long_cell_is_told_by_its_column() -> None:
    long = b"x" * (sheet.MAX_CELL + 1)
    _, (first, second, third) = read(b'ref,name\n1,%b\n2,Bo\n3,"%b"\n' % (long, long * 40))
    assert (first.column, first.problem) == ("name", "longer than 2000 characters")
    assert list(second.cells) == ["2", "Bo"]
    assert "longer than 2000 characters" in third.problem


@UNHURRIED
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        header, rows = read(content)
    except InvalidInput:
        return  # its faults are the business of the tests above
    for row in rows:
        assert row.problem or len(row.cells) == len(header)


@UNHURRIED
@given(st.lists(st.text(alphabet='ab,;"\n\r |\t', max_size=12), min_size=1, max_size=12))
def test_garbage_in_the_middle_never_hides_the_rows_around_it(garbage: list[str]) -> None:
    """Plain rows outside the reach of a quoted cell are always read."""
    plain = [f"p{n},Ann" for n in range(60)]
    text = "\n".join(["ref,name", *plain[:30], *garbage, *plain[30:]])
    _, rows = read(text.encode())
    found = {row.cells[0] for row in rows if not row.problem}
    assert {f"p{n}" for n in range(30)} <= found
    assert {f"p{n}" for n in range(30 + csvlist.MAX_LINES_OF_A_ROW, 60)} <= found
