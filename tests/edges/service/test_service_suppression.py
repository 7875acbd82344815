"""``dialer suppression`` against a console on a loopback port."""

import json
from pathlib import Path
from typing import Any

import pytest
from served_console import Served, Typist

from service.suppression_screen import unread_lines

CHINESE = "name;phone\n王;+8613800138000\n李;x\n".encode("gb18030")


class Desk(Typist):
    def told(self, *words: str) -> Any:
        result = self.invoke("suppression", *words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout.splitlines()[-1])

    def file(self, content: bytes) -> str:
        path = self.folder / "registry.csv"
        path.write_bytes(content)
        return str(path)


@pytest.fixture
def desk(tmp_path: Path, served: Served) -> Desk:
    return Desk(tmp_path / "desk", served.url)


def test_a_file_of_numbers_goes_on_a_list_by_its_name_in_the_encoding_that_is_said(desk: Desk) -> None:
    file = desk.file(CHINESE)
    refused = desk.invoke("suppression", "import", "opt-out", file)
    assert (refused.exit_code, "name its encoding" in refused.stderr) == (1, True)
    result = desk.invoke("suppression", "import", "opt-out", file, "--encoding", "gbk", "--reason", "letter")
    assert result.stdout.splitlines() == [
        "Read as gb18030, semicolon, column phone.",
        "rows 2, added 1, known 0, faulty 1",
    ]
    assert result.stderr.startswith("row 2, column phone: 'x': ")
    again = desk.told("import", "1", file, "--encoding", "gb18030")
    assert (again["added"], again["known"], again["form"]) == (0, 1, "gb18030, semicolon")
    assert [one["place"] for one in again["faults"]] == ["row 2, column phone"]


def test_the_lists_are_named_with_what_they_bar(desk: Desk) -> None:
    desk.told("import", "opt-out", desk.file(CHINESE), "--encoding", "gbk")
    assert [one["size"] for one in desk.told("lists")["lists"]] == [1]
    result = desk.invoke("suppression", "lists")
    assert result.stdout.splitlines() == [
        "1  opt-out (opt_out): everything, bars all numbers of a person, 1 numbers"
    ]


def test_who_asked_from_a_number_that_nobody_can_read_is_named(desk: Desk) -> None:
    assert desk.invoke("suppression", "unread").stdout == "Every opt-out has a number.\n"
    assert desk.told("unread") == {"entries": []}
    told = {"entries": [{"shown": "anonymous", "reason": "by key in call in-1", "by": "customer", "at": "T"}]}
    assert unread_lines(told) == ["anonymous: by key in call in-1, T"]


def test_a_number_is_told_with_every_entry_that_bars_it(desk: Desk) -> None:
    people = desk.folder / "people.csv"
    people.write_text("ref,phone,phone_2\nC-1,+4930555101,+4930555102\n", encoding="utf-8")
    assert desk.invoke("import", "1", str(people)).exit_code == 0
    desk.told("import", "1", desk.file(b"+4930555102\n+4930555103\n"), "--reason", "letter")
    lines = desk.invoke("suppression", "check", "+4930555101").stdout.splitlines()
    assert lines[:5] == [
        "+4930555101",
        "  marketing calls: barred by opt-out",
        "  service calls: barred by opt-out",
        "  complaint calls: barred by opt-out",
        "  campaign 1 One: barred by opt-out",
    ]
    assert lines[5].startswith("opt-out (everything): letter, by Mia")
    assert lines[5].endswith(", for +4930555102, which C-1 has too")
    assert desk.invoke("suppression", "check", "+4930555109", "--purpose", "service").stdout.splitlines() == [
        "+4930555109", "  service calls: on no list", "  campaign 1 One: on no list",
    ]  # fmt: skip
    told = desk.told("check", "+4930555102", "--campaign", "1")
    assert [(one["number"], one["holders"]) for one in told["entries"]] == [("+4930555102", [])]
    refused = desk.invoke("suppression", "check", "+4930555102", "--campaign", "9")
    assert (refused.exit_code, "no campaign 9" in refused.stderr) == (1, True)


def test_a_list_or_file_that_is_not_there_is_told(desk: Desk) -> None:
    refused = desk.invoke("suppression", "import", "TPS", desk.file(CHINESE))
    assert (refused.exit_code, refused.stderr) == (
        1, "there is no do-not-call list 'TPS'; there is: opt-out\n",
    )  # fmt: skip
    refused = desk.invoke("suppression", "import", "opt-out", str(desk.folder / "nowhere.csv"))
    assert (refused.exit_code, "cannot be read" in refused.stderr) == (1, True)
