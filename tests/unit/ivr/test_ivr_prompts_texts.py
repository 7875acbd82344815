import pytest
from flow_texts import EVERY_KIND

from ivr.errors import PromptError
from ivr.flow.load import load_flow
from ivr.ports import Utterance
from ivr.prompts.texts import fill, spoken, utterance, utterances

FLOW = load_flow(EVERY_KIND)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("+12025550100", "1 2 0, 2 5 5, 5 0 1 0 0"),
        ("+1 (202) 555-0100", "1 2 0, 2 5 5, 5 0 1 0 0"),
        ("12345", "1 2 3 4 5"),
        ("123456", "1 2 3, 4 5 6"),
        ("2026", "2026"),
        ("Acme 24", "Acme 24"),
        ("1 to 5", "1 to 5"),
        ("+", "+"),
    ],
)
def test_numbers_are_said_digit_by_digit(value: str, said: str) -> None:
    assert spoken(value) == said


def test_no_digit_is_lost_or_added() -> None:
    for length in range(5, 20):
        digits = "1234567890" * 2
        assert spoken(digits[:length]).replace(" ", "").replace(",", "") == digits[:length]


def test_variables_get_their_values() -> None:
    text = fill("This is {company}, call {number}.", {"company": "{company}", "number": "12025550100"})
    assert text == "This is {company}, call 1 2 0, 2 5 5, 5 0 1 0 0."  # a value is never filled in itself


def test_variables_without_a_value_are_all_named() -> None:
    with pytest.raises(PromptError, match=r"no value for a, b in the prompt"):
        fill("{b} {a} {c}", {"b": "", "c": "there"})


def test_an_utterance_knows_its_name_words_and_the_language_they_are_in() -> None:
    assert utterance(FLOW, "hello", {"company": "Acme"}, "es-MX") == Utterance(
        "every-hello", "Hola de Acme.", "es"
    )
    assert utterance(FLOW, "bye", {}, "es") == Utterance("every-bye", "Goodbye.", "en")
    said = dict(utterances(FLOW, {"company": "Acme"}, "en"))
    assert set(said) == FLOW.prompts.names()
