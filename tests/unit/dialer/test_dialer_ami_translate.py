"""Bytes captured from Asterisk 22 in, switch events out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialer.ami.translate import Translator
from dialer.ami.wire import Framer, Headers, headers, parse
from dialer.telephony import Kind, SwitchEvent

DATA = Path(__file__).parents[2] / "data" / "ami"
ARRIVAL = datetime(2026, 1, 1, tzinfo=UTC)
STAMP = "1795300384.250000"


def replay(name: str) -> list[SwitchEvent]:
    translator = Translator()
    events = []
    for each in Framer(1 << 20).feed((DATA / name).read_bytes()):
        message = parse(each)
        assert message is not None, each
        events += translator.translate(headers(message), ARRIVAL)
    return events


def story(name: str) -> list[tuple[object, ...]]:
    """Kind and channel id of each event, and the figures that belong to the kind."""
    figures = {
        Kind.HUNG_UP: lambda e: (e.cause, e.tech_cause),
        Kind.ORIGINATE_FAILED: lambda e: (e.action_id, e.reason),
        Kind.ORIGINATE_ANSWERED: lambda e: (e.action_id, e.reason),
        Kind.BRIDGED: lambda e: (e.peer_id,),
    }
    return [
        (event.kind, event.channel_id, *figures.get(event.kind, lambda e: ())(event))
        for event in replay(name)
    ]


def test_busy() -> None:
    got = story("busy.ami")
    assert got[:3] == [
        (Kind.DIALLING, "att-busy"),
        (Kind.RINGING, "att-busy"),
        (Kind.RINGING, "att-busy"),
    ]
    assert (Kind.HUNG_UP, "att-busy", 17, 486) in got
    assert (Kind.ORIGINATE_FAILED, "att-busy", "att-busy", 0) in got


def test_our_own_time_out_is_reason_3_and_a_made_up_480() -> None:
    got = story("no_answer.ami")
    assert (Kind.HUNG_UP, "att-noanswer", 19, 480) in got
    assert (Kind.ORIGINATE_FAILED, "att-noanswer", "att-noanswer", 3) in got


def test_a_cancelled_call_has_our_cause_and_no_sip_status() -> None:
    got = story("cancelled.ami")
    assert (Kind.HUNG_UP, "att-cancel", 16, None) in got
    assert (Kind.ORIGINATE_FAILED, "att-cancel", "att-cancel", 0) in got


def test_a_bad_endpoint_has_an_answer_and_no_dialling_or_ringing() -> None:
    got = [each for each in story("bad_endpoint.ami") if each[1] == "att-bad"]
    assert got == [(Kind.ORIGINATE_FAILED, "att-bad", "att-bad", 0)]


def test_a_talk_from_dialling_to_its_end() -> None:
    got = story("answered_bridged_ended.ami")
    assert got == [
        (Kind.DIALLING, "agent-101-a"),
        (Kind.UP, "agent-101-a"),
        (Kind.ORIGINATE_ANSWERED, "agent-101-a", "agent-101-a", 4),
        (Kind.HOLDING, "agent-101-a"),
        (Kind.DIALLING, "att-talk"),
        (Kind.RINGING, "att-talk"),
        (Kind.UP, "att-talk"),
        (Kind.ORIGINATE_ANSWERED, "att-talk", "att-talk", 4),
        (Kind.BRIDGED, "agent-101-a", "att-talk"),
        (Kind.BRIDGED, "att-talk", "agent-101-a"),
        (Kind.HUNG_UP, "att-talk", 16, None),
        (Kind.HOLDING, "agent-101-a"),
        (Kind.HUNG_UP, "agent-101-a", 16, None),
    ]


def test_times_are_the_switchs_own_and_in_order() -> None:
    at = [event.at for event in replay("answered_bridged_ended.ami")]
    assert at == sorted(at)
    assert at[0].tzinfo is UTC
    assert at[-1] - at[0] > timedelta(seconds=2)


def test_both_members_of_a_talk_carry_the_moment_the_second_joined() -> None:
    first, second = (event for event in replay("answered_bridged_ended.ami") if event.kind is Kind.BRIDGED)
    assert first.at == second.at
    assert first.bridge_id == second.bridge_id != ""
    assert first.channel.startswith("PJSIP/agent-101-")
    assert second.channel.startswith("PJSIP/trunk-")


def enter(bridge: str, channel_id: str, members: int, technology: str = "simple_bridge") -> Headers:
    return {
        "event": "BridgeEnter",
        "bridgeuniqueid": bridge,
        "bridgetechnology": technology,
        "bridgenumchannels": str(members),
        "uniqueid": channel_id,
        "channel": f"PJSIP/{channel_id}",
    }


def test_a_first_member_that_left_is_not_taken_for_the_peer() -> None:
    translator = Translator()
    assert translator.translate(enter("b", "gone", 1), ARRIVAL) == []
    assert translator.translate(enter("b", "stays", 1), ARRIVAL) == []
    pair = translator.translate(enter("b", "joins", 2), ARRIVAL)
    assert [(event.channel_id, event.peer_id) for event in pair] == [("stays", "joins"), ("joins", "stays")]


def test_a_first_member_that_hung_up_is_forgotten() -> None:
    translator = Translator()
    translator.translate(enter("b", "gone", 1), ARRIVAL)
    translator.translate({"event": "Hangup", "uniqueid": "gone", "cause": "16"}, ARRIVAL)
    (event,) = translator.translate(enter("b", "joins", 2), ARRIVAL)
    assert (event.kind, event.channel_id, event.peer_id) == (Kind.BRIDGED, "joins", "")


def test_a_peer_that_joined_before_the_link_was_up_is_not_known() -> None:
    translator = Translator()
    translator.translate(enter("b", "first", 1), ARRIVAL)
    translator.forget()
    (event,) = translator.translate(enter("b", "second", 2), ARRIVAL)
    assert (event.channel_id, event.peer_id) == ("second", "")


def test_bridges_that_never_get_a_second_member_do_not_pile_up() -> None:
    translator = Translator()
    for index in range(5000):
        translator.translate(enter(f"b{index}", f"c{index}", 1), ARRIVAL)
    assert len(translator._alone) <= 1024
    assert len(translator.translate(enter("b4999", "peer", 2), ARRIVAL)) == 2


@pytest.mark.parametrize("stamp", ["", "soon", "nan", "inf", "1e300"])
def test_without_a_sane_time_stamp_the_arrival_counts(stamp: str) -> None:
    event = {"event": "Hangup", "uniqueid": "a", "cause": "16", "timestamp": stamp}
    assert Translator().translate(event, ARRIVAL)[0].at == ARRIVAL


def test_an_originate_that_never_had_a_channel_has_no_channel_id() -> None:
    event: Headers = {
        "event": "OriginateResponse",
        "response": "Failure",
        "reason": "0",
        "actionid": "att-1",
        "uniqueid": "<null>",
        "timestamp": STAMP,
    }
    (failed,) = Translator().translate(event, ARRIVAL)
    assert (failed.kind, failed.channel_id, failed.action_id) == (Kind.ORIGINATE_FAILED, "", "att-1")
    assert failed.at == datetime.fromtimestamp(1795300384.25, UTC)


@pytest.mark.parametrize(
    "event",
    [
        {"event": "Newchannel", "uniqueid": "a"},
        {"event": "VarSet", "uniqueid": "a"},
        {"event": "Newstate", "uniqueid": "a", "channelstatedesc": "Ring"},
        {"event": "DialState", "destuniqueid": "a", "dialstatus": "PROCEEDING"},
        {"event": "", "uniqueid": "a"},
        {},
    ],
)
def test_what_does_not_matter_becomes_nothing(event: Headers) -> None:
    assert Translator().translate(event, ARRIVAL) == []


def test_early_media_alone_is_ringing() -> None:
    event: Headers = {"event": "DialState", "destuniqueid": "a", "dialstatus": "PROGRESS"}
    (ringing,) = Translator().translate(event, ARRIVAL)
    assert (ringing.kind, ringing.channel_id) == (Kind.RINGING, "a")
