from pathlib import Path

import pytest
from flow_texts import EVERY_KIND, changed

from ivr.errors import FlowFaults
from ivr.flow.library import SHIPPED, FlowLibrary, check_file, open_flow, open_messages
from ivr.flow.load import load_flow

FAULTS = {
    "unknown target": (
        [('next = "menu"', 'next = "menue"')],
        "node hello, exit next: there is no node 'menue'",
    ),
    "unreachable": (
        [("[nodes.end]", '[nodes.island]\nkind = "say"\nprompt = "bye"\nnext = "end"\n\n[nodes.end]')],
        "node island: cannot be reached",
    ),
    "missing exit": ([(', invalid = "bye" }', " }")], "node menu, exit invalid: is missing"),
    "missing vote exit": ([(', skipped = "bye"', "")], "node vote, exit skipped: is missing"),
    "exit of another kind": (
        [('talked = "vote"', 'talked = "vote", 3 = "vote"')],
        "node agent, exit 3: is none of talked, no_agent",
    ),
    "two keys": ([('2 = "number"', '22 = "number"')], "node menu, exit 22: is neither a key (0 to 9, *)"),
    "hash": ([('2 = "number"', '"#" = "number"')], "node menu, exit #: # ends input"),
    "no key": (
        [('1 = "agent", 2 = "number", "*" = "hello", ', ""), ('labels = { 1 = "service" }\n', "")],
        "node menu: has no key to press",
    ),
    "label": ([("labels = { 1 =", "labels = { 7 =")], "node menu, label 7: there is no such key"),
    "bad scale": ([("low = 1", "low = 5")], "node vote, low: the scale 5 to 5 has no two scores"),
    "digits": (
        [("min_digits = 3", "min_digits = 6")],
        "node number, min_digits: 6 is more than max_digits 5",
    ),
    "missing prompt": (
        [('thanks = "thanks"', 'thanks = "thank"')],
        "node vote, prompt thank: there is no such",
    ),
    "unused prompt": ([('thanks = "thanks"\n', "")], "prompt thanks: is never said"),
    "endless loop": (
        [
            ('prompt = "bye"\nnext = "end"', 'prompt = "bye"\nnext = "bye2"'),
            ("[nodes.end]", '[nodes.bye2]\nkind = "say"\nprompt = "bye"\nnext = "bye"\n\n[nodes.end]'),
        ],
        "node bye: endless loop without a wait: bye -> bye2 -> bye",
    ),
    "silent caller": (
        [('no_input = "bye", invalid', 'no_input = "hello", invalid')],
        "node hello: a caller who presses nothing never gets out: hello -> menu -> hello",
    ),
    "no end": (
        [
            ('next = "away"', 'next = "jam"'),
            (
                '[nodes.away]\nkind = "end"\noutcome = "no_agent"',
                '[nodes.jam]\nkind = "agent"\nqueue = "x"\nexits = { talked = "jam", no_agent = "jam" }',
            ),
        ],
        "node jam: leads to no end",
    ),
    "gate without a way": (
        [("[nodes.sorry]", '[nodes.gate]\nkind = "caller"\nexits = { known = "agent" }\n\n[nodes.sorry]')],
        "node gate, exit unknown: is missing",
    ),
    "gate that leads back": (
        [
            ('next = "menu"', 'next = "gate"'),
            (
                "[nodes.sorry]",
                '[nodes.gate]\nkind = "caller"\nexits = { known = "menu", unknown = "hello" }\n[nodes.sorry]',
            ),
        ],
        "node hello: endless loop without a wait: hello -> gate -> hello",
    ),
    "reserved outcome": (
        [('outcome = "no_agent"', 'outcome = "gone"')],
        "node away, outcome: 'gone' is the engine",
    ),
    "undeclared variable": (
        [("{company}", "{compny}")],
        "prompt hello (en): {compny} is not among the flow's",
    ),
    "unused variable": ([('["company"]', '["company", "weather"]')], "variables: 'weather' is never said"),
    "twice": ([('["company"]', '["company", "company"]')], "variables: 'company' is there twice"),
    "brace": ([("Goodbye.", "Goodbye }.")], "prompt bye (en): has a brace without its partner"),
    "only abroad": (
        [("[prompts.es]", '[prompts.es]\nbye = "Adiós."\nhola = "Hola."')],
        "prompt hola (es): is missing in 'en'",
    ),
    "language code": ([("[prompts.es]", "[prompts.spanish]")], "prompts spanish: is not a language code"),
    "language without texts": (
        [('language = "en"', 'language = "fr"')],
        "prompts: there are none in the flow's language",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_fault_is_found_with_its_place(case: str) -> None:
    changes, wanted = FAULTS[case]
    with pytest.raises(FlowFaults) as caught:
        load_flow(changed(*changes))
    assert any(str(fault).startswith(wanted) for fault in caught.value.faults), str(caught.value)


def test_a_faultless_flow_has_no_faults(tmp_path: Path) -> None:
    file = tmp_path / "every.toml"
    file.write_text(EVERY_KIND)
    assert check_file(file) == []
    assert open_flow(file).name == "every"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_flow_is_faultless_and_complete_in_every_language(path: Path) -> None:
    assert check_file(path) == []
    found = open_messages(path) if path.stem == "messages" else open_flow(path)
    for language, texts in found.prompts.texts.items():
        assert set(texts) == found.prompts.names(), language


def test_a_file_under_another_name_or_not_to_be_read_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "other.toml"
    file.write_text(EVERY_KIND)
    assert [str(fault) for fault in check_file(file)] == ["name: is 'every', but the file is called 'other'"]
    file.write_bytes(b"\xff\xfe\x00")
    assert check_file(file)[0].place == "file"
    assert check_file(tmp_path / "none.toml")[0].problem.startswith("cannot be read")


def test_a_flow_is_no_message_file_and_the_reverse() -> None:
    with pytest.raises(FlowFaults, match="holds messages, not a flow"):
        open_flow(SHIPPED / "messages.toml")
    with pytest.raises(FlowFaults, match="holds a flow, not messages"):
        open_messages(SHIPPED / "vote.toml")


def test_own_flows_go_before_shipped_ones(tmp_path: Path) -> None:
    own = (SHIPPED / "vote.toml").read_text().replace("high = 5", "high = 4")
    (tmp_path / "vote.toml").write_text(own)
    library = FlowLibrary.read(tmp_path)
    assert library.flow("vote").version != FlowLibrary.read().flow("vote").version
    assert [flow.name for flow in library.flows()] == ["hotline", "revisit", "test-call", "vote"]
    assert library.messages.name == "messages"
    with pytest.raises(FlowFaults, match="flow nothing: there is none of that name; known: hotline"):
        library.flow("nothing")


def test_a_library_names_the_faults_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "one.toml").write_text("name = 3")
    (tmp_path / "two.toml").write_text("nonsense")
    with pytest.raises(FlowFaults) as caught:
        FlowLibrary.read(tmp_path)
    assert {fault.place.partition(":")[0] for fault in caught.value.faults} == {"one.toml", "two.toml"}
