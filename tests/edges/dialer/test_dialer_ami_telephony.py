"""What each action looks like on the wire, and what each answer is taken for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from link_bench import StillClock
from scripted_ami import Action, ScriptedAmi, Session

from dialer.ami.config import AmiConfig
from dialer.ami.telephony import AmiTelephony
from dialer.errors import NotSent, Refused, TelephonyError, Unproven, Unsendable
from dialer.telephony import Dial, JournalEntry, Kind, SwitchEvent

DIAL = Dial(
    attempt_id="att-1",
    number="+12025550101",
    trunk="network",
    caller_id="+12025550100",
    caller_name="Acme, Ltd",
    ring_timeout_s=25.5,
    variables={"LIMIT": "1.5", "__INFOPROMPT": "/srv/prompts/info (en), short", "__VOTEKEYS": "12345"},
)


@pytest.fixture
def events() -> list[SwitchEvent]:
    return []


@pytest.fixture
async def telephony(peer: ScriptedAmi, events: list[SwitchEvent]) -> AsyncIterator[AmiTelephony]:
    config = AmiConfig("127.0.0.1", peer.port, "dialer", "secret", response_timeout_s=0.1)
    telephony = AmiTelephony(config, StillClock(), events.append, lambda: 0.0)
    await telephony.start()
    yield telephony
    await telephony.stop()


def refusing(words: str) -> Callable[[Session, Action], None]:
    return lambda session, action: session.answer(action, "Error", Message=words)


def mute(session: Session, action: Action) -> None:
    """Take an action and say nothing."""


async def settle(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    """Wait for a round trip, so that everything written before has arrived and been read."""
    before, peer.on_action = peer.on_action, lambda session, action: session.answer(action)
    await telephony.unseat_agent("settle")
    peer.on_action = before


async def test_a_customers_originate_on_the_wire(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    await telephony.place(DIAL)
    (sent,) = peer.seen("Originate")
    assert sent == {
        "Action": ["Originate"],
        "ActionID": ["att-1"],
        "ChannelId": ["att-1"],
        "Channel": ["PJSIP/+12025550101@network"],
        "Context": ["dialer-outbound"],
        "Exten": ["s"],
        "Priority": ["1"],
        "Timeout": ["25500"],
        "CallerID": ['"Acme, Ltd" <+12025550100>'],
        "Async": ["true"],
        "Variable": [
            "__ATT=att-1",
            "LIMIT=1.5",
            "__INFOPROMPT=/srv/prompts/info \\(en\\)\\, short",
            "__VOTEKEYS=12345",
        ],
    }


async def test_an_agents_originate_on_the_wire(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    await telephony.seat_agent("101", "PJSIP/agent-101", "agent-101-x7")
    (sent,) = peer.seen("Originate")
    assert sent == {
        "Action": ["Originate"],
        "ActionID": ["agent-101-x7"],
        "ChannelId": ["agent-101-x7"],
        "Channel": ["PJSIP/agent-101"],
        "Context": ["dialer-agent-hold"],
        "Exten": ["s"],
        "Priority": ["1"],
        "Timeout": ["30000"],
        "Async": ["true"],
        "Variable": ["AGENTID=101", 'CONNECTEDLINE(all,i)=\\"Dialer log-in\\" <dialer>'],
    }


async def test_nothing_is_shown_where_a_provider_might_refuse_it(
    telephony: AmiTelephony, peer: ScriptedAmi
) -> None:
    await telephony.seat_agent("101", "PJSIP/+4930555199@carrier", "agent-101-x7")
    (sent,) = peer.seen("Originate")
    assert sent["Variable"] == ["AGENTID=101"]


async def test_unseat_and_release_on_the_wire(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    assert await telephony.unseat_agent("att-1")
    assert await telephony.release_agent("PJSIP/agent-101-00000001")
    (hangup,), (redirect,) = peer.seen("Hangup"), peer.seen("Redirect")
    assert (hangup["Channel"], hangup["Cause"]) == (["att-1"], ["16"])
    assert (redirect["Channel"], redirect["Context"]) == (["PJSIP/agent-101-00000001"], ["dialer-agent-hold"])
    assert (redirect["Exten"], redirect["Priority"]) == (["s"], ["loop"])


def called_off(value: str) -> Callable[[Session, Action], None]:
    return lambda session, action: session.answer(
        action, Variable=action.get("Variable", [""])[0], Value=value
    )


@pytest.mark.parametrize(
    ("value", "there"), [("0.02 Ring", True), ("0.02 Ringing", True), ("0.02 Up", False)]
)
async def test_a_cancel_lets_the_switch_look_and_hangs_nobody_up(
    telephony: AmiTelephony, peer: ScriptedAmi, value: str, there: bool
) -> None:
    peer.on_action = called_off(value)
    assert await telephony.cancel("att-1") is there
    (asked,) = peer.seen("Getvar")
    assert asked["Channel"] == ["att-1"]
    assert peer.seen("Hangup") == []


async def test_an_asterisk_that_can_not_look_hangs_up_with_a_cause(
    telephony: AmiTelephony, peer: ScriptedAmi
) -> None:
    peer.on_action = called_off("")
    assert await telephony.cancel("att-1")
    (hangup,) = peer.seen("Hangup")
    assert (hangup["Channel"], hangup["Cause"]) == (["att-1"], ["16"])


async def test_an_error_is_refused_with_asterisks_words(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    peer.on_action = refusing("Extension does not exist.")
    for asked in (lambda: telephony.place(DIAL), lambda: telephony.seat_agent("101", "PJSIP/a", "leg")):
        with pytest.raises(Refused, match=r"Extension does not exist\."):
            await asked()


async def test_a_list_refused_does_not_hang(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    peer.on_action = refusing("Permission denied")
    for asked in (telephony.live, telephony.journal):
        with pytest.raises(Refused, match="Permission denied"):
            await asked()


async def test_only_a_missing_channel_is_false(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    peer.on_action = refusing("No such channel")
    assert not await telephony.unseat_agent("att-1")
    assert not await telephony.cancel("att-1")
    peer.on_action = refusing("Channel does not exist: PJSIP/a-1")
    assert not await telephony.release_agent("PJSIP/a-1")
    for words in ("Permission denied", "Priority is invalid"):
        peer.on_action = refusing(words)
        with pytest.raises(Refused, match=words):
            await telephony.unseat_agent("att-1")
        with pytest.raises(Refused, match=words):
            await telephony.cancel("att-1")
        with pytest.raises(Refused, match=words):
            await telephony.release_agent("PJSIP/a-1")


async def test_only_a_missing_line_is_as_good_as_deleted(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    entry = JournalEntry("vote", "att-1", ("1",))
    peer.on_action = refusing("Database entry could not be deleted")
    await telephony.forget([entry, entry])
    deleted = [(each["Family"], each["Key"]) for each in peer.seen("DBDel")]
    assert deleted == [(["dialer-vote"], ["att-1"])] * 2
    peer.on_action = refusing("Permission denied")
    with pytest.raises(Refused):
        await telephony.forget([entry])


async def test_no_answer_in_time_is_unproven_and_sent_once(
    telephony: AmiTelephony, peer: ScriptedAmi
) -> None:
    peer.on_action = mute
    with pytest.raises(Unproven, match="no answer to Originate"):
        await telephony.place(DIAL)
    assert telephony.up
    await settle(telephony, peer)
    assert len(peer.seen("Originate")) == 1


async def test_answers_that_come_too_late_leave_nothing_and_the_event_is_still_told(
    telephony: AmiTelephony, peer: ScriptedAmi, events: list[SwitchEvent]
) -> None:
    peer.on_action = mute
    attempts = [f"att-{number}" for number in range(50)]
    dials = [Dial(each, "+12025550101", "network", "+1", "", 20.0) for each in attempts]
    results = await asyncio.gather(*map(telephony.place, dials), return_exceptions=True)
    assert {type(each) for each in results} == {Unproven}
    assert telephony.waiting == 0
    for action in peer.seen("Originate"):
        peer.session.answer(action, Message="Originate successfully queued")
        peer.session.event(
            "OriginateResponse",
            ActionID=action["ActionID"][0],
            Response="Failure",
            Reason="0",
            Uniqueid=action["ChannelId"][0],
        )
    await settle(telephony, peer)
    failed = [event.action_id for event in events if event.kind is Kind.ORIGINATE_FAILED]
    assert sorted(failed) == sorted(attempts)
    assert telephony.waiting == 0


async def test_the_outcome_is_told_even_when_it_overtakes_the_acknowledgement(
    telephony: AmiTelephony, peer: ScriptedAmi, events: list[SwitchEvent]
) -> None:
    def overtaken(session: Session, action: Action) -> None:
        session.event("OriginateResponse", ActionID="att-1", Response="Success", Reason="4", Uniqueid="att-1")
        session.answer(action, Message="Originate successfully queued")

    peer.on_action = overtaken
    await telephony.place(DIAL)
    assert [event.kind for event in events] == [Kind.LINK_UP, Kind.ORIGINATE_ANSWERED]


async def test_a_caller_that_gives_up_leaves_nothing(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    peer.on_action = mute
    placing = asyncio.create_task(telephony.place(DIAL))
    await peer.until_seen("Originate")
    placing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await placing
    assert telephony.waiting == 0


async def test_answers_in_any_order_find_their_questions(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    held: list[Action] = []

    def swap(session: Session, action: Action) -> None:
        held.append(action)
        if len(held) == 2:
            session.answer(held[1], "Error", Message="No such channel")
            session.answer(held[0], Message="Channel Hungup")

    peer.on_action = swap
    assert await asyncio.gather(telephony.unseat_agent("first"), telephony.unseat_agent("second")) == [
        True,
        False,
    ]


async def test_one_id_cannot_be_on_its_way_twice(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    peer.on_action = mute
    placing = asyncio.create_task(telephony.place(DIAL))
    await peer.until_seen("Originate")
    with pytest.raises(NotSent, match="already on its way"):
        await telephony.place(DIAL)
    peer.session.answer(peer.seen("Originate")[0], Message="Originate successfully queued")
    await placing
    assert len(peer.seen("Originate")) == 1


def spoiled(**changes: object) -> Dial:
    fields = {name: getattr(DIAL, name) for name in Dial.__slots__}
    return Dial(**{**fields, **changes})


@pytest.mark.parametrize(
    "dial",
    [
        spoiled(number="+1202\r\nApplication: System\r\nData: reboot"),
        spoiled(number="+1202\nAction: Command"),
        spoiled(trunk="net\0work"),
        spoiled(caller_name="Bob\r\n\r\nAction: Command\r\nCommand: core stop now"),
        spoiled(caller_name="x" * 1100),
        spoiled(caller_id='+1" <2'),
        spoiled(attempt_id="att-1\n"),
        spoiled(number="+1202@elsewhere"),
        spoiled(number="+1202&PJSIP"),
        spoiled(number=""),
        spoiled(trunk="network/sip:elsewhere"),
        spoiled(variables={"NAME": "Bob\r\nApplication: System"}),
        spoiled(variables={"NAME\n": "Bob"}),
        spoiled(variables={"NAME": "x" * 1100}),
        spoiled(variables={f"V{number}": "x" for number in range(64)}),  # with __ATT one too many
    ],
)
async def test_what_would_arrive_as_something_else_is_refused_before_a_byte_is_written(
    telephony: AmiTelephony, peer: ScriptedAmi, dial: Dial
) -> None:
    before = len(peer.actions)
    with pytest.raises(Unsendable):
        await telephony.place(dial)
    await settle(telephony, peer)
    assert [each["Action"] for each in peer.actions[before:]] == [["Hangup"]]
    assert telephony.waiting == 0


@pytest.mark.parametrize("pattern", ["/.*/", "/^PJSIP/", ""])
async def test_no_pattern_is_sent_that_would_end_other_calls(
    telephony: AmiTelephony, peer: ScriptedAmi, pattern: str
) -> None:
    with pytest.raises(Unsendable):
        await telephony.unseat_agent(pattern)
    with pytest.raises(Unsendable):
        await telephony.cancel(pattern)
    await settle(telephony, peer)
    assert [each["Channel"] for each in peer.seen("Hangup")] == [["settle"]]


async def test_every_question_refuses_a_line_end(telephony: AmiTelephony, peer: ScriptedAmi) -> None:
    bad = "a\r\nAction: Command"
    asked: list[Callable[[], Awaitable[object]]] = [
        lambda: telephony.cancel(bad),
        lambda: telephony.unseat_agent(bad),
        lambda: telephony.release_agent(bad),
        lambda: telephony.seat_agent(bad, "PJSIP/a", "leg"),
        lambda: telephony.seat_agent("101", bad, "leg"),
        lambda: telephony.seat_agent("101", "PJSIP/a", bad),
        lambda: telephony.forget([JournalEntry("vote", bad, ())]),
    ]
    before = len(peer.actions)
    for each in asked:
        with pytest.raises(Unsendable):
            await each()
    await settle(telephony, peer)
    assert len(peer.actions) == before + 1


async def test_without_the_right_to_ask_the_version_is_empty_and_the_link_up() -> None:
    class Narrow(ScriptedAmi):
        def _react(self, session: Session, action: Action) -> None:
            if action["Action"] == ["CoreSettings"]:
                session.answer(action, "Error", Message="Permission denied")
            else:
                super()._react(session, action)

    peer = Narrow()
    await peer.start()
    config = AmiConfig("127.0.0.1", peer.port, "dialer", "secret")
    telephony = AmiTelephony(config, StillClock(), lambda event: None, lambda: 0.0)
    await telephony.start()
    assert (telephony.up, telephony.version) == (True, "")
    await telephony.stop()
    await peer.stop()


def test_errors_say_what_is_certain() -> None:
    """A caller that retries on NotSent alone must never retry what may be ringing."""
    assert not issubclass(Unproven, NotSent)
    assert not issubclass(Refused, NotSent)
    assert issubclass(Unproven, TelephonyError)
