"""Carries a flow out on a caller's line: step, acts, input, next step, until the end.

Knows the order of things on a line: results are kept before the next word is said, the switch's own timer
is armed before anything that takes time, keys pressed during a prompt count. Decides nothing about the
conversation (``ivr/flow/session.py`` does) and nothing about what an outcome means: the caller of ``run``
sets the dialplan's DONE.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ivr.errors import HungUp
from ivr.flow.actions import Action, Ask, Connect, Finish, Play
from ivr.flow.inputs import CallerGone, Input, KeysGiven, TalkEnd, TalkOver
from ivr.flow.model import GONE, KEYS, Flow
from ivr.flow.results import Chosen, Declined, Gathered, Result, Voted, VoteSkipped
from ivr.flow.session import Status, Step, resume, start
from ivr.ports import AgentPort, CallLine, PromptPort, ResultSink, Sound
from ivr.prompts.texts import utterances

SLACK_S = 3.0
"""How much later than the longest lawful wait a command counts as overdue, and the switch takes over."""

_ESCAPE = KEYS + "#"


@dataclass(frozen=True, slots=True)
class FlowEnd:
    """How a flow ended on a line.

    ``outcome`` is that of the flow's end node, ``gone`` when the line ended first, or ``limit``. ``gone``
    does not prove that the caller hung up: the switch's timer ends an AGI session in the same way, and
    then the dialplan goes on with him. ``talked`` says that a talk came to its end with the caller still
    there; ``score`` is his vote.
    """

    outcome: str
    node: str
    talked: bool
    score: int | None
    results: tuple[Result, ...]

    @property
    def gone(self) -> bool:
        """True when the line ended before the flow did."""
        return self.outcome == GONE


async def run(
    line: CallLine,
    flow: Flow,
    variables: Mapping[str, str],
    language: str,
    agents: AgentPort,
    results: ResultSink,
    prompts: PromptPort,
    *,
    keep_limit: bool = False,
    number_known: bool = True,
) -> FlowEnd:
    """Hold the conversation ``flow`` on ``line`` and return how it ended.

    ``variables`` fill the prompts. ``keep_limit`` is for answered outbound calls: until the first talk,
    an agent node leaves the dialplan's connect limit as it is armed. ``number_known`` says that the caller's
    number is.

    A caller who hangs up is an ordinary end (``FlowEnd.gone``). Raises ``PromptError`` before anything is
    said when a prompt of the flow was not made; ``LineLost`` and other ``LineError`` when the line breaks;
    and whatever the ports raise. After any of these the dialplan goes on alone.
    """
    sounds = {name: prompts.sound(said) for name, said in utterances(flow, variables, language)}
    conversation = _Conversation(line, sounds, agents, results, keep_limit)
    step = start(flow, number_known=number_known)
    try:
        while True:
            await conversation.keep(step.results)
            given = await conversation.perform(step.actions)
            if given is None:
                break
            step = resume(flow, step.state, given)
    except HungUp:
        if step.state.status is not Status.ENDED:
            step = resume(flow, step.state, CallerGone())
            await conversation.keep(step.results)
    return conversation.ended(step)


class _Conversation:
    """One run on one line: what has been found out, and whether the connect limit still counts."""

    def __init__(
        self,
        line: CallLine,
        sounds: Mapping[str, Sound],
        agents: AgentPort,
        sink: ResultSink,
        keep_limit: bool,
    ) -> None:
        self._line = line
        self._sounds = sounds
        self._agents = agents
        self._sink = sink
        self._keep_limit = keep_limit
        self._talked = False
        self._kept: list[Result] = []

    async def keep(self, results: Sequence[Result]) -> None:
        """Hand results to the sink, in order."""
        for result in results:
            match result:
                case Voted(_, score):
                    await self._sink.vote(score)
                case VoteSkipped(_, why):
                    await self._sink.vote_skipped(why)
                case Chosen(node, key, label):
                    await self._sink.choice(node, key, label)
                case Declined(node, key, label):
                    await self._sink.declined(node, key, label)
                case Gathered(node, name, digits):
                    await self._sink.gathered(node, name, digits)
            self._kept.append(result)

    async def perform(self, actions: Sequence[Action]) -> Input | None:
        """Do a step's acts; return what its wait brought, or None at the end of the flow."""
        await self._arm(actions)
        pressed = ""
        asks = isinstance(actions[-1], Ask)
        for action in actions:
            match action:
                case Play():
                    pressed = await self._play(action, pressed, asks)
                case Ask():
                    return await self._ask(action, pressed)
                case Connect(queue, wait_s):
                    return await self._connect(queue, wait_s)
                case Finish():
                    break
        return None

    def ended(self, step: Step) -> FlowEnd:
        """Return how the conversation ended."""
        score = next((r.score for r in reversed(self._kept) if isinstance(r, Voted)), None)
        return FlowEnd(step.state.outcome, step.state.node, self._talked, score, tuple(self._kept))

    async def _arm(self, actions: Sequence[Action]) -> None:
        """Arm the switch's timer a little over the longest time these acts can lawfully take.

        If this process hangs, the switch takes the caller out of the line then and the dialplan goes on.
        """
        if self._keep_limit and isinstance(actions[-1], Connect):
            return
        longest = sum(self._longest(action) for action in actions)
        if longest:
            await self._line.set_autohangup(math.ceil(longest + SLACK_S))

    def _longest(self, action: Action) -> float:
        match action:
            case Play(prompt):
                return self._sounds[prompt].seconds
            case Ask(prompt, timeout_s, max_digits):
                # The wait starts anew after each key.
                return self._sounds[prompt].seconds + timeout_s * max_digits
            case Connect(_, wait_s):
                return wait_s
            case Finish():
                return 0.0

    async def _play(self, play: Play, pressed: str, asks: bool) -> str:
        """Play a prompt; return the key that counts for the question after it, if any."""
        sound = self._sounds[play.prompt]
        longest_s = sound.seconds + SLACK_S
        if asks and play.skippable:
            return pressed or await self._line.stream_file(sound.path, _ESCAPE, longest_s)
        await self._line.stream_file(sound.path, "", longest_s)
        return ""  # a key from before something that must be heard answers nothing that comes after it

    async def _ask(self, ask: Ask, pressed: str) -> KeysGiven:
        """Take keys. One that broke off an earlier prompt is the first of them."""
        if not pressed:
            sound = self._sounds[ask.prompt]
            keys = await self._line.get_data(
                sound.path, ask.timeout_s, ask.max_digits, sound.seconds + SLACK_S
            )
            return KeysGiven(keys.digits, keys.timed_out)
        digits = ""
        while pressed and pressed != "#":
            digits += pressed
            if len(digits) == ask.max_digits:
                return KeysGiven(digits)
            pressed = await self._line.wait_for_digit(ask.timeout_s)
        return KeysGiven(digits, timed_out=not pressed)

    async def _connect(self, queue: str, wait_s: float) -> TalkOver:
        end = await self._agents.talk(self._line, queue, wait_s)
        if end is TalkEnd.TALKED:
            self._talked = True
            self._keep_limit = False
        return TalkOver(end)
