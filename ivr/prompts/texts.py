"""From a prompt's name to the words that are spoken: language, variables, digits. Pure.

Must not know how words become sound (``speaker``) or where sounds lie (``library``).
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from ivr.errors import PromptError
from ivr.flow.model import Flow, Messages
from ivr.ports import Utterance

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_NUMBER = re.compile(r"\+?\d(?:[\d ().-]*\d)?")
_SPOKEN_AS_NUMBER = 4


def utterance(source: Flow | Messages, prompt: str, variables: Mapping[str, str], language: str) -> Utterance:
    """Return what is said for a prompt of a flow or message file.

    Raises ``PromptError`` when there is no such prompt, or a variable has no value.
    """
    text, spoken_in = source.prompts.find(prompt, language)
    return Utterance(f"{source.name}-{prompt}", fill(text, variables), spoken_in)


def utterances(
    source: Flow | Messages, variables: Mapping[str, str], language: str
) -> Iterator[tuple[str, Utterance]]:
    """Yield every prompt of a flow or message file in one language, by the prompt's own name."""
    for prompt in sorted(source.prompts.names()):
        yield prompt, utterance(source, prompt, variables, language)


def fill(text: str, variables: Mapping[str, str]) -> str:
    """Put values in the place of ``{variables}``; raises ``PromptError`` naming those without a value."""
    return _filled(text, tuple(variables.items()))


@lru_cache(maxsize=1_024)
def _filled(text: str, values: tuple[tuple[str, str], ...]) -> str:
    """Fill a text. A campaign's calls say the same words with the same names, between answer and agent."""
    variables = dict(values)
    missing = sorted({name for name in _PLACEHOLDER.findall(text) if not variables.get(name)})
    if missing:
        raise PromptError(f"no value for {', '.join(missing)} in the prompt {text!r}")
    return _PLACEHOLDER.sub(lambda found: spoken(variables[found[1]]), text)


def spoken(value: str) -> str:
    """Return a value as it is said: a telephone number digit by digit, anything else as it is.

    A voice would read ``+12025550100`` as twelve billion; ``2 0 2`` is what a caller can write down.
    Numbers of up to four digits (a street, a year) are left to the voice.
    """
    if not _NUMBER.fullmatch(value):
        return value
    digits = [sign for sign in value if sign.isdigit()]
    if len(digits) <= _SPOKEN_AS_NUMBER:
        return value
    return _grouped(digits)


def _grouped(digits: list[str]) -> str:
    """Digits in threes, the last group up to five, with a short pause (comma) between groups."""
    groups: list[str] = []
    while len(digits) > 5:
        groups.append(" ".join(digits[:3]))
        digits = digits[3:]
    groups.append(" ".join(digits))
    return ", ".join(groups)
