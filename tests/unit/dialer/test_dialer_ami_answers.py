from pathlib import Path

from dialer.ami.answers import journal_entries, live_channels
from dialer.ami.wire import Headers, headers, parse
from dialer.telephony import JournalEntry

DATA = Path(__file__).parents[2] / "data" / "ami"


def answer(name: str) -> list[Headers]:
    messages = (parse(each) for each in (DATA / name).read_bytes().decode().split("\r\n\r\n"))
    return [headers(message) for message in messages if message is not None]


def test_status_as_asterisk_writes_it() -> None:
    channels = {each.channel_id: each for each in live_channels(answer("status.ami"))}
    assert sorted(channels) == ["agent-101-c", "att-live", "att-ring"]
    talk, leg, ringing = channels["att-live"], channels["agent-101-c"], channels["att-ring"]
    assert (talk.attempt_id, talk.agent_id, talk.talked, talk.done) == ("att-live", "", True, False)
    assert (talk.state, talk.application, talk.context) == ("Up", "Bridge", "outbound")
    assert talk.bridge_peer == leg.channel
    assert leg.agent_id == "101"
    assert (ringing.state, ringing.application, ringing.talked) == ("Ringing", "AppDial2", False)
    assert ringing.bridge_peer == ""


def test_one_variable_alone_is_read_like_several() -> None:
    (channel,) = live_channels([{"event": "Status", "uniqueid": "a", "variable": "DONE=1"}])
    assert (channel.done, channel.attempt_id, channel.seconds) == (True, "", 0)


def test_done_by_the_offline_vote_is_not_done_by_the_service() -> None:
    (channel,) = live_channels([{"event": "Status", "variable": ["DONE=off", "ATT=a=b"]}])
    assert not channel.done
    assert channel.attempt_id == "a=b"


def test_journals_as_asterisk_writes_them() -> None:
    tree = answer("journals.ami")
    failed = journal_entries("failed", tree)
    assert JournalEntry("failed", "att-noanswer", ("1795300451", "3")) in failed
    assert {entry.family for entry in failed} == {"failed"}
    ends = {entry.key: entry.fields for entry in journal_entries("end", tree)}
    assert ends["att-live"] == ("1795300454", "1795300454", "", "", "", "16", "")
    assert journal_entries("vote", tree) == []


def test_a_key_may_be_empty_or_hold_slashes_and_a_value_may_be_missing() -> None:
    tree: list[Headers] = [
        {"event": "DBGetTreeResponse", "key": "/dialer-vote/", "val": "1"},
        {"event": "DBGetTreeResponse", "key": "/dialer-vote/a/b"},
        {"event": "DBGetTreeResponse", "key": "/vote/x", "val": "1"},
    ]
    assert journal_entries("vote", tree) == [
        JournalEntry("vote", "", ("1",)),
        JournalEntry("vote", "a/b", ("",)),
    ]
