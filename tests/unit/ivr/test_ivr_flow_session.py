import pytest
from flow_texts import EVERY_KIND, changed

from ivr.errors import FlowError, WrongInput
from ivr.flow.actions import Ask, Connect, Finish, Play
from ivr.flow.inputs import CallerGone, Input, KeysGiven, TalkEnd, TalkOver
from ivr.flow.load import load_flow
from ivr.flow.model import GONE, LIMIT, Flow
from ivr.flow.results import Chosen, Declined, Gathered, Voted, VoteSkipped
from ivr.flow.session import Limits, SessionState, Status, Step, dump, restore, resume, start

FLOW = load_flow(EVERY_KIND)
SILENCE = KeysGiven("", timed_out=True)
TALKED = TalkOver(TalkEnd.TALKED)


def after(*inputs: Input) -> Step:
    step = start(FLOW)
    for given in inputs:
        step = resume(FLOW, step.state, given)
    return step


def test_a_flow_runs_until_it_must_wait() -> None:
    step = start(FLOW)
    assert step.actions == (Play("hello", True), Ask("menu", 4.0, 1))
    assert (step.state.node, step.state.status, step.results) == ("menu", Status.ASKING, ())


def test_a_key_takes_its_exit_and_is_a_result() -> None:
    step = after(KeysGiven("1"))
    assert step.results == (Chosen("menu", "1", "service"),)
    assert step.actions == (Connect("hotline", 20.0),)


@pytest.mark.parametrize("keys", [KeysGiven("7"), KeysGiven(""), KeysGiven("12"), KeysGiven("invalid")])
def test_a_wrong_key_is_asked_again_and_then_takes_its_exit(keys: KeysGiven) -> None:
    step = after(keys)
    assert step.actions == (Play("wrong", True), Ask("menu", 4.0, 1))
    assert step.state.tries == 2
    step = after(keys, keys)
    assert (step.actions, step.results) == ((Play("bye", True), Finish("finished")), ())


def test_silence_is_asked_again_with_its_own_words() -> None:
    assert after(SILENCE).actions[0] == Play("silent", True)
    assert after(SILENCE, SILENCE).state.status is Status.ENDED


@pytest.mark.parametrize(
    ("keys", "good"),
    [
        (KeysGiven("123"), True),
        (KeysGiven("12345"), True),
        (KeysGiven("1234", timed_out=True), True),
        (KeysGiven("12"), False),
        (KeysGiven("123456"), False),
        (KeysGiven("12*4"), False),
        (KeysGiven("１２３"), False),
        (SILENCE, False),
    ],
)
def test_digits_are_taken_when_there_are_enough_and_no_other_signs(keys: KeysGiven, good: bool) -> None:
    step = after(KeysGiven("2"), keys)
    assert (step.results == (Gathered("number", "customer_number", keys.digits),)) is good
    assert (step.state.node == "agent") is good


@pytest.mark.parametrize("key", "0123456789*")
def test_only_a_key_of_the_scale_is_a_vote(key: str) -> None:
    step = after(KeysGiven("1"), TALKED, KeysGiven(key))
    if key in "12345":
        assert step.results == (Voted("vote", int(key)),)
        assert step.actions == (Play("thanks", True), Finish("finished"))
    else:
        assert step.results == ()
        assert step.actions == (Play("wrong", True), Ask("score", 5.0, 1))


@pytest.mark.parametrize(("last", "why"), [(SILENCE, "no_input"), (KeysGiven("9"), "invalid")])
def test_a_vote_not_given_is_a_result_with_its_reason(last: KeysGiven, why: str) -> None:
    step = after(KeysGiven("1"), TALKED, SILENCE, last)
    assert step.results == (VoteSkipped("vote", why),)  # type: ignore[arg-type]
    assert step.actions == (Play("bye", True), Finish("finished"))


def gated() -> Flow:
    """The flow with a gate before its first words."""
    text = EVERY_KIND.replace('start = "hello"', 'start = "known"')
    gate = '[nodes.known]\nkind = "caller"\nexits = { known = "hello", unknown = "agent" }\n\n[nodes.hello]'
    return load_flow(text.replace("[nodes.hello]", gate))


@pytest.mark.parametrize(
    ("known", "action"), [(True, Play("hello", True)), (False, Connect("hotline", 20.0))]
)
def test_callers_part_by_whether_their_number_is_known_and_stay_parted(known: bool, action: object) -> None:
    step = start(gated(), number_known=known)
    assert step.actions[0] == action
    assert restore(gated(), dump(step.state)).number_known is known


def test_a_wish_about_a_number_nobody_knows_is_declined_by_whatever_flow() -> None:
    flow = load_flow(changed(('labels = { 1 = "service" }', 'labels = { 1 = "leave_me_alone" }')))
    step = resume(flow, start(flow).state, KeysGiven("1"))
    assert (step.results, step.state.node) == ((Chosen("menu", "1", "leave_me_alone"),), "agent")
    step = resume(flow, start(flow, number_known=False).state, KeysGiven("1"))
    assert step.results == (Declined("menu", "1", "leave_me_alone"),)
    assert step.actions == (Play("bye", True), Finish("finished"))  # the exit `invalid`


def test_no_agent_takes_its_own_exit_and_outcome() -> None:
    step = after(KeysGiven("1"), TalkOver(TalkEnd.NO_AGENT))
    assert step.actions == (Play("sorry", True), Finish("no_agent"))
    assert step.state.outcome == "no_agent"


def test_a_caller_who_goes_ends_every_wait_and_in_a_vote_that_is_a_result() -> None:
    assert after(CallerGone()).state.outcome == GONE
    assert after(KeysGiven("1"), CallerGone()).results == ()
    step = after(KeysGiven("1"), TALKED, CallerGone())
    assert (step.results, step.actions) == ((VoteSkipped("vote", "gone"),), (Finish(GONE),))


STATES = {
    Status.ASKING: start(FLOW),
    Status.CONNECTING: after(KeysGiven("1")),
    Status.ENDED: after(CallerGone()),
}
ACCEPTED = {
    (Status.ASKING, KeysGiven),
    (Status.ASKING, CallerGone),
    (Status.CONNECTING, TalkOver),
    (Status.CONNECTING, CallerGone),
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize(
    "given", [KeysGiven("1"), TALKED, CallerGone()], ids=lambda given: type(given).__name__
)
def test_every_pair_of_wait_and_input_is_taken_or_refused(status: Status, given: Input) -> None:
    state = STATES[status].state
    assert state.status is status
    if (status, type(given)) in ACCEPTED:
        assert resume(FLOW, state, given).state != state
    else:
        with pytest.raises(WrongInput, match=f"{state.node} is {status}"):
            resume(FLOW, state, given)


def test_a_session_can_be_stored_between_any_two_steps() -> None:
    inputs = [KeysGiven("8"), KeysGiven("2"), KeysGiven("1234"), TALKED, SILENCE, KeysGiven("4")]
    step = start(FLOW)
    for given in inputs:
        stored = dump(step.state)
        assert restore(FLOW, stored) == step.state
        step = resume(FLOW, step.state, given)
        assert resume(FLOW, restore(FLOW, stored), given) == step
    assert restore(FLOW, dump(step.state)).status is Status.ENDED
    assert step.results == (Voted("vote", 4),)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"flow": "every"}',
        dump(SessionState("every", "0" * 16, "menu", Status.ASKING)),
        dump(SessionState("other", FLOW.version, "menu", Status.ASKING)),
        dump(SessionState("every", FLOW.version, "nowhere", Status.ASKING)),
        dump(SessionState("every", FLOW.version, "agent", Status.ASKING)),
        dump(SessionState("every", FLOW.version, "hello", Status.CONNECTING)),
    ],
)
def test_a_stored_session_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(FlowError, match="session"):
        restore(FLOW, text)


def test_a_session_does_not_go_on_in_a_changed_flow() -> None:
    newer = load_flow(changed(("tries = 2", "tries = 3")))
    with pytest.raises(FlowError, match="cannot go on in every"):
        resume(newer, start(FLOW).state, KeysGiven("1"))


def test_a_caller_who_walks_round_for_ever_runs_into_the_limit() -> None:
    step = start(FLOW, Limits(waits=7))
    waits = 0
    while step.state.status is not Status.ENDED:
        waits += 1
        step = resume(FLOW, step.state, KeysGiven("*"), Limits(waits=7))
    assert (waits, step.state.outcome) == (7, LIMIT)
    assert step.actions[-1] == Finish(LIMIT)


def test_repeated_questions_count_towards_the_limit() -> None:
    step = start(FLOW, Limits(waits=1))
    step = resume(FLOW, step.state, SILENCE, Limits(waits=1))
    assert step.state.status is Status.ENDED
