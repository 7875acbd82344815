"""A flow as data: named nodes, what each says and where its exits lead.

Knows what a flow is made of. Must not know how it is written (``load``), judged (``check``) or run
(``session``), nor anything of lines and files. Times are seconds; ``tries`` counts how often a question
is put in all.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.errors import PromptError

KEYS = "0123456789*"
"""Keys a caller can choose with. ``#`` ends input and is never a choice."""

LEAVE_ME_ALONE = "leave_me_alone"
"""The label of a menu key that asks never to be called again. Whose number is not known cannot be promised
that, so for him such a key has no meaning."""

GONE = "gone"
LIMIT = "limit"
RESERVED_OUTCOMES = frozenset({GONE, LIMIT})
"""Outcomes that the engine itself gives: the caller left, or the flow ran into its limits."""


@dataclass(frozen=True, slots=True)
class Say:
    """Says something and goes on. ``skippable``: a key pressed meanwhile goes to the question after it."""

    id: str
    prompt: str
    exits: Mapping[str, str]  # next
    skippable: bool = True


@dataclass(frozen=True, slots=True)
class Menu:
    """Asks for one key. Exits: one per key, ``no_input`` and ``invalid`` once the tries are used up.

    ``labels`` names what a key means, for reports and for the rules that act on a choice.
    """

    id: str
    prompt: str
    exits: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 5.0
    tries: int = 3
    invalid_prompt: str = ""
    silent_prompt: str = ""


@dataclass(frozen=True, slots=True)
class Gather:
    """Asks for several digits, ended by ``#``, by their number or by silence."""

    id: str
    prompt: str
    exits: Mapping[str, str]  # done, no_input, invalid
    name: str = ""
    min_digits: int = 1
    max_digits: int = 1
    timeout_s: float = 5.0
    tries: int = 3
    invalid_prompt: str = ""
    silent_prompt: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """Asks for a score from ``low`` to ``high``, one key."""

    id: str
    prompt: str
    exits: Mapping[str, str]  # voted, skipped
    low: int = 1
    high: int = 5
    timeout_s: float = 5.0
    tries: int = 2
    invalid_prompt: str = ""
    silent_prompt: str = ""
    thanks: str = ""


@dataclass(frozen=True, slots=True)
class Agent:
    """Looks for an agent of a queue for at most ``wait_s`` seconds and lets the two talk."""

    id: str
    queue: str
    exits: Mapping[str, str]  # talked, no_agent
    wait_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Parts callers whose number is known from those whose number is not; says nothing, never waits."""

    id: str
    exits: Mapping[str, str]  # known, unknown


@dataclass(frozen=True, slots=True)
class End:
    """The end of the flow; ``outcome`` says to the shell how it ended."""

    id: str
    outcome: str = "finished"

    @property
    def exits(self) -> Mapping[str, str]:
        """An end leads nowhere."""
        return {}


Node = Say | Menu | Gather | Vote | Agent | Caller | End
Question = Menu | Gather | Vote
KINDS: Mapping[str, type[Node]] = {
    "say": Say,
    "menu": Menu,
    "gather": Gather,
    "vote": Vote,
    "agent": Agent,
    "caller": Caller,
    "end": End,
}


@dataclass(frozen=True, slots=True)
class Prompts:
    """Named texts per language. ``language`` is the one that has them all."""

    language: str
    texts: Mapping[str, Mapping[str, str]]

    def find(self, name: str, language: str) -> tuple[str, str]:
        """Return a text and the language it is in: the one asked for, its parent, or the first language.

        ``zh-TW`` falls back to ``zh`` and then to ``self.language``. Raises ``PromptError``.
        """
        for candidate in (language, language.partition("-")[0], self.language):
            text = self.texts.get(candidate, {}).get(name)
            if text is not None:
                return text, candidate
        raise PromptError(f"no prompt {name!r} in {language!r} or {self.language!r}")

    def names(self) -> frozenset[str]:
        """Return the name of every prompt in any language."""
        return frozenset(name for texts in self.texts.values() for name in texts)


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow. ``version`` is a hash over its whole content; every attempt stores the one it ran under."""

    name: str
    title: str
    version: str
    start: str
    variables: tuple[str, ...]
    prompts: Prompts
    nodes: Mapping[str, Node]


@dataclass(frozen=True, slots=True)
class Messages:
    """Texts that the dialplan plays without a flow: the information message and the like."""

    name: str
    version: str
    variables: tuple[str, ...]
    prompts: Prompts


def prompts_of(node: Node) -> tuple[str, ...]:
    """Return the names of all prompts a node may say, in the order of its fields."""
    match node:
        case Say():
            names: tuple[str, ...] = (node.prompt,)
        case Menu() | Gather():
            names = (node.prompt, node.invalid_prompt, node.silent_prompt)
        case Vote():
            names = (node.prompt, node.invalid_prompt, node.silent_prompt, node.thanks)
        case Agent() | Caller() | End():
            names = ()
    return tuple(name for name in names if name)
