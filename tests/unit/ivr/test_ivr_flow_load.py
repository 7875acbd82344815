import pytest
from flow_texts import EVERY_KIND, changed

from ivr.errors import FlowFaults, PromptError
from ivr.flow.load import load_flow, load_messages
from ivr.flow.model import Agent, End, Gather, Menu, Say, Vote


def places(text: str) -> list[str]:
    with pytest.raises(FlowFaults) as caught:
        load_flow(text)
    return [str(fault) for fault in caught.value.faults]


def test_every_field_of_every_kind_is_read() -> None:
    flow = load_flow(EVERY_KIND)
    assert (flow.name, flow.title, flow.start) == ("every", "Every kind of node", "hello")
    assert flow.variables == ("company",)
    assert flow.nodes["hello"] == Say("hello", "hello", {"next": "menu"})
    assert flow.nodes["menu-once"] == Say("menu-once", "once", {"next": "vote"}, skippable=False)
    exits = {"1": "agent", "2": "number", "*": "hello", "no_input": "bye", "invalid": "bye"}
    assert flow.nodes["menu"] == Menu("menu", "menu", exits, {"1": "service"}, 4.0, 2, "wrong", "silent")
    exits = {"done": "agent", "no_input": "menu-once", "invalid": "bye"}
    assert flow.nodes["number"] == Gather("number", "number", exits, "customer_number", 3, 5, 3.0, 2)
    exits = {"voted": "end", "skipped": "bye"}
    assert flow.nodes["vote"] == Vote("vote", "score", exits, 1, 5, 5.0, 2, "wrong", "", "thanks")
    exits = {"talked": "vote", "no_agent": "sorry"}
    assert flow.nodes["agent"] == Agent("agent", "hotline", exits, 20.0)
    assert (flow.nodes["end"], flow.nodes["away"]) == (End("end"), End("away", "no_agent"))


def test_all_faults_come_at_once_each_with_its_place() -> None:
    text = changed(
        ('start = "hello"', 'start = "nowhere"\ncolour = "red"'),
        ("timeout_s = 4", "timeout_s = 400"),
        ("tries = 2", "tries = 0"),
        ('1 = "agent"', '1 = "agnet"'),
        ('name = "customer_number"\n', ""),
        ("skippable = false", 'skippable = "no"'),
        ("high = 5", "high = 11"),
        ('queue = "hotline"', 'queue = "Hot Line"'),
        ('silent = "Nothing came."', "silent = 3"),
    )
    found = places(text)
    for wanted in (
        "start: there is no node 'nowhere'",
        "colour: is not known here",
        "node menu, timeout_s: must be a number from 0.5 to 30, not 400",
        "node menu, tries: must be a whole number from 1 to 10, not 0",
        "node menu, exit 1: there is no node 'agnet'",
        "node number, name: is missing",
        "node menu-once, skippable: must be true or false, not 'no'",
        "node vote, high: must be a whole number from 0 to 9, not 11",
        "node agent, queue: 'Hot Line' is not a name (small letters, digits, - and _)",
        "prompts, en silent: must be a text, not 3",
    ):
        assert wanted in found


def test_a_node_that_cannot_be_read_is_one_fault_and_not_ten() -> None:
    text = changed(('[nodes.agent]\nkind = "agent"', '[nodes.agent]\nkind = "agnet"'))
    assert [place for place in places(text) if place.startswith("node ")] == [
        "node agent, kind: 'agnet' is none of say, menu, gather, vote, agent, caller, end"
    ]


@pytest.mark.parametrize("kind", ["say", "menu", "gather", "vote", "agent"])
def test_a_node_with_nothing_but_its_kind_names_what_it_needs(kind: str) -> None:
    found = places(f'name = "x"\nlanguage = "en"\nstart = "a"\n[nodes.a]\nkind = "{kind}"\n')
    field = "queue" if kind == "agent" else "prompt"
    assert f"node a, {field}: is missing" in found


def test_a_key_written_twice_is_named_with_its_line() -> None:
    (fault,) = places(changed(('prompt = "menu"', 'prompt = "menu"\nprompt = "menu"')))
    assert fault.startswith("file: is not TOML: Cannot overwrite a value (at line 16")


@pytest.mark.parametrize(
    "text", ["", "nodes = 3", 'name = "x"\nnodes = ["a"]', "prompts = 1", "[nodes]\na = 5"]
)
def test_texts_that_are_no_flow_are_refused(text: str) -> None:
    assert places(text)


def test_the_version_is_that_of_the_content() -> None:
    version = load_flow(EVERY_KIND).version
    assert load_flow("# a comment\n" + EVERY_KIND.replace("wait_s = 20", "wait_s  =  20")).version == version
    assert load_flow(changed(("wait_s = 20", "wait_s = 21"))).version != version
    assert load_flow(changed(("Goodbye.", "Good bye."))).version != version


def test_a_prompt_falls_back_to_the_parent_language_and_then_to_the_flow_s() -> None:
    prompts = load_flow(EVERY_KIND).prompts
    assert prompts.find("hello", "es-MX") == ("Hola de {company}.", "es")
    assert prompts.find("bye", "es-MX") == ("Goodbye.", "en")
    with pytest.raises(PromptError, match="no prompt 'nothing'"):
        prompts.find("nothing", "en")


def test_messages_are_texts_without_nodes() -> None:
    text = 'name = "messages"\nlanguage = "en"\nvariables = ["who"]\n[prompts.en]\ninfo = "It was {who}."\n'
    messages = load_messages(text)
    assert messages.prompts.find("info", "en") == ("It was {who}.", "en")
    with pytest.raises(FlowFaults, match=r"nodes: is not known here"):
        load_messages(text + '[nodes.a]\nkind = "end"\n')
