"""`dialer import` against a console on a loopback port: counts, reject file, mapping, refusals."""

import json
import stat
from pathlib import Path

import pytest
from click.testing import Result
from served_console import Served, Typist

LIST = "ref,name,phone\nC-1,Ada,+4930555101\nC-2,Bob,none\nC-3,Cem,+4930555103\n"


class Desk(Typist):
    def run(self, file: Path, *options: str, campaign: str = "1") -> Result:
        return self.invoke("import", campaign, str(file), *options)

    def file(self, text: str, name: str = "november.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def desk(tmp_path: Path, served: Served) -> Desk:
    return Desk(tmp_path / "desk", served.url)


def last_line(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    told: dict[str, object] = json.loads(result.stdout.splitlines()[-1])
    return told


def test_a_list_is_loaded_and_the_reject_file_lies_beside_it(desk: Desk, served: Served) -> None:
    file = desk.file(LIST)
    result = desk.run(file, "--json")
    reject_file = desk.folder / "november.rejects.csv"
    assert last_line(result) == {
        "rows": 3, "loaded": 2, "updated": 0, "unchanged": 0, "duplicate": 0, "faulty": 1,
        "unproven": 0, "dry_run": False, "reject_file": str(reject_file), "form": "utf-8, comma",
    }  # fmt: skip
    assert "row 2, column phone" in result.stderr
    assert "C-2,Bob,none,2," in reject_file.read_text(encoding="utf-8-sig")
    again = last_line(desk.run(file, "--json"))
    assert (again["loaded"], again["unchanged"]) == (0, 2)
    assert len(served.world.campaigns.loaded[1]) == 2


def test_how_a_list_was_read_is_told_so_that_a_wrong_guess_is_seen(desk: Desk) -> None:
    file = desk.file("")
    file.write_bytes("ref;phone;name\nC-1;+4930555101;José\n".encode("cp1252"))
    result = desk.run(file, "--dry-run")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[0] == "Read as latin-1, semicolon."
    assert result.stdout.splitlines()[-1].startswith("rows 1, loaded 1")
    assert last_line(desk.run(file, "--json"))["form"] == "latin-1, semicolon"


def test_the_encoding_may_be_said(desk: Desk) -> None:
    file = desk.file("")
    file.write_bytes("ref;phone;name\n1;+8613800138000;王小明\n".encode("gb18030"))
    refused = desk.run(file)
    assert refused.exit_code == 1
    assert "name its encoding (such as gb18030" in refused.stderr
    assert last_line(desk.run(file, "--encoding", "gbk", "--json"))["form"] == "gb18030, semicolon"
    unknown = desk.run(file, "--encoding", "ebcdic", "--json")
    assert (unknown.exit_code, "encoding: 'ebcdic' is none of utf-8" in unknown.stderr) == (1, True)


def test_a_dry_run_stores_nothing_and_a_good_list_has_no_reject_file(desk: Desk, served: Served) -> None:
    told = last_line(desk.run(desk.file("ref,phone\n1,+4930555101\n"), "--dry-run", "--json"))
    assert (told["loaded"], told["dry_run"], told["reject_file"]) == (1, True, None)
    assert served.world.campaigns.loaded[1] == []
    assert not (desk.folder / "november.rejects.csv").exists()


def test_a_reject_file_that_is_there_is_never_overwritten(desk: Desk) -> None:
    """Somebody may have corrected rows in it, or it is no reject file at all."""
    file, usual = desk.file(LIST), desk.file("mine", "november.rejects.csv")
    first = desk.run(file, "--json")
    second = desk.folder / "november.rejects-2.csv"
    assert last_line(first)["reject_file"] == str(second)
    assert f"{usual} is not of this upload and stays as it is" in first.stderr
    assert last_line(desk.run(file, "--json"))["reject_file"] == str(second)  # it says just the same
    second.write_text(second.read_text(encoding="utf-8").replace("none", "+4930555102"), encoding="utf-8")
    corrected = second.read_bytes()
    assert last_line(desk.run(file, "--json"))["reject_file"] == str(desk.folder / "november.rejects-3.csv")
    assert (usual.read_text(encoding="utf-8"), second.read_bytes()) == ("mine", corrected)
    assert stat.S_IMODE((desk.folder / "november.rejects-3.csv").stat().st_mode) == 0o600
    assert not list(desk.folder.glob(".rejects-*"))


def test_a_reject_file_of_an_earlier_upload_is_told_after_a_clean_one(desk: Desk) -> None:
    file = desk.file(LIST)
    assert "not of this upload" not in desk.run(file).stderr
    desk.file(LIST.replace("none", "+4930555102"))
    clean = desk.run(file, "--json")
    assert last_line(clean)["reject_file"] is None
    assert f"{desk.folder / 'november.rejects.csv'} is not of this upload and stays as it is" in clean.stderr


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_a_list_of_which_every_row_is_faulty_fails(desk: Desk, options: list[str]) -> None:
    """A script that loads lists at night must not go on to start the campaign."""
    file = desk.file("ref,phone\n1,none\n2,neither\n")
    sentence = "nothing was taken: every row is faulty (2)"
    result = desk.run(file, *options, "--save-mapping", "bad")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, sentence)
    assert result.stdout.splitlines()[-1].startswith("rows 2, loaded 0, updated 0, unchanged 0, ")
    assert (desk.folder / "november.rejects.csv").exists()
    told = json.loads(desk.run(file, *options, "--json").stdout.splitlines()[-1])
    assert (told["error"], told["rows"], told["faulty"]) == (sentence, 2, 2)
    assert "no mapping 'bad'" in desk.run(file, "--mapping", "bad").stderr


def test_a_list_with_one_good_row_that_says_nothing_new_is_no_failure(desk: Desk) -> None:
    assert last_line(desk.run(desk.file("ref,phone\n1,+4930555101\n"), "--json"))["loaded"] == 1
    told = last_line(desk.run(desk.file("ref,phone\n1,+4930555101\n2,none\n"), "--json"))
    assert (told["loaded"], told["unchanged"], told["faulty"], "error" in told) == (0, 1, 1, False)


def test_a_mapping_comes_from_a_file(desk: Desk) -> None:
    strange = desk.file("Kunde;Handy\n7;+4930555107\n")
    assert desk.run(strange).exit_code == 1
    mapping = desk.file('{"ref": "Kunde", "phone": "Handy"}', "mapping.json")
    told = last_line(desk.run(strange, "--mapping", str(mapping), "--list", "german", "--json"))
    assert told["loaded"] == 1


def test_a_saved_mapping_is_named(desk: Desk, served: Served) -> None:
    strange = desk.file("Kunde;Handy\n7;+4930555107\n")
    refused = desk.run(strange, "--mapping", "crm")
    assert (refused.exit_code, "crm" in refused.stderr) == (1, True)
    served.save_mapping("crm", {"ref": "Kunde", "phone": "Handy"})
    assert last_line(desk.run(strange, "--mapping", "crm", "--json"))["loaded"] == 1


def test_a_mapping_and_an_encoding_are_saved_for_the_next_export(desk: Desk) -> None:
    export = desk.file("")
    export.write_bytes("Kunde;Handy;name\n7;+8613800138000;王小明\n".encode("gb18030"))
    mapping = desk.file('{"ref": "Kunde", "phone": "Handy"}', "mapping.json")
    said = ("--mapping", str(mapping), "--encoding", "gbk")
    assert desk.run(export, *said, "--save-mapping", "crm", "--dry-run").exit_code == 0
    told = last_line(desk.run(export, "--mapping", "crm", "--json"))
    assert (told["loaded"], told["form"]) == (1, "gb18030, semicolon")
    export.write_bytes("Kunde;Handy;name\n8;+4930555108;Müller\n".encode("cp1252"))
    told = last_line(
        desk.run(export, "--mapping", "crm", "--encoding", "latin-1", "--save-mapping", "old", "--json")
    )
    assert (told["loaded"], told["form"]) == (1, "latin-1, semicolon")
    told = last_line(desk.run(export, "--mapping", "old", "--json"))
    assert (told["unchanged"], told["form"]) == (1, "latin-1, semicolon")


def test_a_mapping_that_is_not_saved_does_not_hide_that_the_list_was_taken(
    desk: Desk, served: Served
) -> None:
    refused = desk.run(desk.file(LIST), "--save-mapping", "x" * 121)
    assert refused.exit_code == 1
    assert "the list was taken, but its mapping was not saved" in refused.stderr
    assert "name: longer than 120 characters" in refused.stderr
    assert len(served.world.campaigns.loaded[1]) == 2


def test_a_fault_is_told_once(desk: Desk) -> None:
    result = desk.run(desk.file("1,2\n3,4\n"))
    assert result.stderr.count("no header line") == 1


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("1,2\n3,4\n", [], "no header line"),
        ("", [], "the file is empty"),
        (LIST, ["--known", "perhaps"], "known"),
        (LIST, ["--mapping", "nowhere.json"], "nowhere.json: no mapping can be read"),
    ],
)
def test_what_is_refused_is_told_in_a_line_or_two(
    desk: Desk, text: str, options: list[str], said: str
) -> None:
    result = desk.run(desk.file(text), *options)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""
    told = json.loads(desk.run(desk.file(text), *options, "--json").stdout.splitlines()[-1])
    assert said in " ".join([told["error"], *told["faults"]])
    assert set(told) == {"error", "faults"}


def test_a_file_or_campaign_that_is_not_there(desk: Desk) -> None:
    assert "cannot be read" in desk.run(desk.folder / "nowhere.csv").stderr
    assert "no campaign 9" in desk.run(desk.file(LIST), campaign="9").stderr
