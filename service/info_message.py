"""What the information message of an installation says, so that rule packs can be held to it.

Knows which text is said for which purpose, and how to tell from a text what it holds. Must not know packs.
A text is taken to hold the company or a number when it says the variable, the key when it names a lone 9,
and the purpose when it is the text of just that purpose. Every language that is spoken has to say it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from campaigns.model import Purpose
from ivr.flow.model import Messages

_VARIABLES: Final = ("company", "callback_number", "opt_out_number")
_KEY: Final = re.compile(r"(?<!\d)9(?!\d)")


def info_prompt(messages: Messages, purpose: Purpose) -> str:
    """Return the name of the text for calls of one purpose: its own where there is one, else the general."""
    own = f"info-{purpose.value}"
    return own if own in messages.prompts.names() else "info"


def told_by(messages: Messages, languages: Sequence[str]) -> Mapping[Purpose, frozenset[str]]:
    """Return what the information message says, by purpose, whatever the language
    (``campaigns.rules.message.CONTENTS``).
    """
    return {
        purpose: frozenset.intersection(*(_told(messages, purpose, language) for language in languages))
        for purpose in Purpose
    }


def _told(messages: Messages, purpose: Purpose, language: str) -> frozenset[str]:
    name = info_prompt(messages, purpose)
    text, _ = messages.prompts.find(name, language)
    told = {variable for variable in _VARIABLES if f"{{{variable}}}" in text}
    if _KEY.search(text):
        told.add("key_opt_out")
    if name != "info":
        told.add("purpose")
    return frozenset(told)
