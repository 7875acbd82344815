"""What answered calls turn out to be: abandoned or not, a person or a machine. Each is counted once.

A judgement that changes takes the one before it back. Knows calls and the counts of limits; must not know who
paces by them.
"""

from collections.abc import Callable, Sequence

from campaigns.model import Disposition, Screened
from campaigns.rules.abandon import AbandonTerms
from campaigns.rules.amd_errors import Screens
from dialer.abandon_counts import AbandonCounts
from dialer.call_board import CallBoard
from dialer.calls import State
from dialer.live_call import LiveCall
from dialer.pacing.budgets import Standing
from dialer.pacing.facts import AnswerJudged, Fact
from dialer.pacing_facts import JUDGED
from dialer.screened_call import final_verdict


class JudgedCalls:
    """The judgements of this process. ``learn`` is told each, with the id of its campaign."""

    def __init__(self, counts: AbandonCounts, calls: CallBoard, learn: Callable[[int, Fact], None]) -> None:
        self._counts = counts
        self._calls = calls
        self._learn = learn

    async def open(self, campaign_id: int, terms: AbandonTerms) -> None:
        """Count a campaign's calls by these limits, those too that were judged and are in no book yet."""
        await self._counts.open(campaign_id, terms, self._in_flight)

    def standings(self, campaign_id: int) -> Sequence[Standing]:
        """Return how each limit of a campaign stands."""
        return self._counts.standings(campaign_id)

    def moved(self, call: LiveCall, was: State) -> None:
        """Judge a call that talks, or has ended."""
        if call.state is State.TALKING:
            self._judge(call, abandoned=False)
        elif call.state is State.ENDED and was is not State.ENDED:
            self._judge(call, abandoned=JUDGED.get(call.disposition) if call.disposition else None)
            if call.facts.amd and final_verdict(call.facts.amd, served=call.served) is Screened.MACHINE:
                self._counts.screen(call.campaign.id, Screens(machine=1))
            self._check(call)

    def late(self, call: LiveCall) -> None:
        """Judge a call that no agent can reach in time any more."""
        if call.abandoned is None:
            self._judge(call, abandoned=True)

    def recorded(self, call: LiveCall) -> None:
        """Judge an ended call again, since its agent has recorded what it was."""
        if call.agent_outcome == Disposition.MACHINE:
            self._judge(call, abandoned=None)
        self._check(call)

    def _judge(self, call: LiveCall, *, abandoned: bool | None) -> None:
        """Count a live answer once; a judgement that changes takes the earlier one back."""
        if call.abandoned is abandoned:
            return
        if call.abandoned is not None:
            self._counts.take_back(call.campaign.id, abandoned=call.abandoned)
        call.abandoned = abandoned
        if abandoned is not None:
            self._counts.count(call.campaign.id, abandoned=abandoned)
            self._learn(call.campaign.id, AnswerJudged(abandoned))

    def _check(self, call: LiveCall) -> None:
        """Count what an agent says of a machine that he checked; a record that changes takes the place of
        the one before it."""
        if call.facts.amd is not Screened.CHECKED or not call.served or not call.agent_outcome:
            return
        person = call.agent_outcome != Disposition.MACHINE
        if call.found_person is None:
            self._counts.screen(call.campaign.id, Screens(checked=1, judged=1, persons=int(person)))
        elif call.found_person is not person:
            self._counts.screen(call.campaign.id, Screens(persons=1 if person else -1))
        call.found_person = person

    def _in_flight(self) -> Sequence[tuple[int, bool]]:
        """Return the calls that were judged and are not in the book yet."""
        calls = self._calls.all()
        return [(call.campaign.id, call.abandoned) for call in calls if call.abandoned is not None]
