"""The AGI wire: recorded sessions, every way of cutting them, limits, garbage and quoting."""

import pytest
from agi_peer import recorded, recorded_names, recorded_stream, words
from hypothesis import example, given
from hypothesis import strategies as st
from properties import examples

from ivr.agi.wire import (
    ANSWER_MAX,
    COMMAND_MAX,
    HEADER_COUNT_MAX,
    HEADER_LINE_MAX,
    AgiReader,
    AgiRequest,
    Broken,
    Event,
    HangupSeen,
    Reply,
    StreamEnd,
    Trying,
    command_line,
    split_script,
)
from ivr.errors import BadCommand

SOUND = [name for name in recorded_names() if name != "value_looks_closed"]
HEADER = b"agi_network_script: outbound\nagi_uniqueid: att-1\n\n"


def read(*pieces: bytes, eof: bool = False) -> list[Event]:
    reader = AgiReader()
    events = [event for piece in pieces for event in reader.feed(piece)]
    return events + (reader.feed_eof() if eof else [])


def answers(raw: bytes) -> list[Event]:
    """Return the events after a header."""
    return read(HEADER + raw)[1:]


@pytest.mark.parametrize("name", SOUND)
def test_recorded_session_is_read_to_its_end(name: str) -> None:
    events = read(recorded_stream(name), eof=True)
    assert isinstance(events[0], AgiRequest)
    assert events[-1] == StreamEnd(unfinished=0)
    assert not [event for event in events if isinstance(event, Broken)]
    assert sum(isinstance(event, AgiRequest) for event in events) == 1


@pytest.mark.parametrize("name", [name for name in SOUND if name != "too_long"])
def test_each_recorded_command_has_one_answer_or_none_after_the_end(name: str) -> None:
    opening, turns, _ = recorded(name)
    reader = AgiReader()
    reader.feed(opening)
    counts = [sum(isinstance(event, Reply) for event in reader.feed(turn.came)) for turn in turns]
    answered = [count for count in counts if count]
    assert answered == [1] * len(answered)
    assert counts == sorted(counts, reverse=True)  # none is answered after one that was not


@pytest.mark.parametrize("name", recorded_names())
@examples(20)
@given(data=st.data())
def test_any_cut_of_a_stream_gives_the_same_events(name: str, data: st.DataObject) -> None:
    stream = recorded_stream(name)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    pieces = [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert read(*pieces, eof=True) == read(stream, eof=True)


@pytest.mark.parametrize("name", ["plain", "refused", "left_in_talk", "values", "value_looks_closed"])
def test_byte_by_byte_gives_the_same_events(name: str) -> None:
    stream = recorded_stream(name)
    assert read(*(bytes([byte]) for byte in stream), eof=True) == read(stream, eof=True)


def test_request_of_a_recorded_header() -> None:
    request = read(recorded_stream("plain"))[0]
    assert isinstance(request, AgiRequest)
    assert request.script == "100"
    assert dict(request.query) == {"lead": "7", "x": "a b"}
    assert request.unique_id == "1795300200.1"
    assert request.channel == "Local/100@outbound-00000000;2"
    assert request.language == "en"
    assert (request.caller_id, request.dnid) == ("", "")
    assert request.variables["agi_arg_1"] == "first arg"
    assert request.variables["agi_accountcode"] == ""


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        (b"200 result=0", Reply(200, "0", None, None, "result=0")),
        (b"200 result=-1", Reply(200, "-1", None, None, "result=-1")),
        (b"200 result=1 (abc)", Reply(200, "1", "abc", None, "result=1 (abc)")),
        (b"200 result=1 ()", Reply(200, "1", "", None, "result=1 ()")),
        (b"200 result=1 (a) b (c))", Reply(200, "1", "a) b (c)", None, "result=1 (a) b (c))")),
        (b"200 result=1 ((x) endpos=3)", Reply(200, "1", "(x) endpos=3", None, "result=1 ((x) endpos=3)")),
        (b"200 result=53 endpos=6240", Reply(200, "53", None, 6240, "result=53 endpos=6240")),
        (
            b"200 result=0 (timeout) endpos=8000",
            Reply(200, "0", "timeout", 8000, "result=0 (timeout) endpos=8000"),
        ),
        (
            b"200 result=1 (digit) endpos=10 results=0",
            Reply(200, "1", None, None, "result=1 (digit) endpos=10 results=0"),
        ),
        (b"200 result= (timeout)", Reply(200, "", "timeout", None, "result= (timeout)")),
        (b"200 result=12 (timeout)", Reply(200, "12", "timeout", None, "result=12 (timeout)")),
        (b"200 result=0 Gosub complete", Reply(200, "0", None, None, "result=0 Gosub complete")),
        (b"200 result=1 (hangup)", Reply(200, "1", "hangup", None, "result=1 (hangup)")),
        (b"510 Invalid or unknown command", Reply(510, None, None, None, "Invalid or unknown command")),
        (b"511 Command Not Permitted", Reply(511, None, None, None, "Command Not Permitted")),
        (b"520 Invalid command syntax.", Reply(520, None, None, None, "Invalid command syntax.")),
        (b"503 result=-2 Memory", Reply(503, "-2", None, None, "result=-2 Memory")),
    ],
)
def test_one_line_answers(line: bytes, reply: Reply) -> None:
    assert answers(line + b"\n") == [reply]


def test_timeout_mark() -> None:
    assert Reply(200, "", "timeout", None, "").timed_out
    assert not Reply(200, "5", None, None, "").timed_out


def test_usage_text_is_one_answer_whatever_stands_in_it() -> None:
    raw = b"520-Invalid command syntax.\nHANGUP\n200 result=1 (x)\n510 no\n520 End of proper usage.\nHANGUP\n"
    reply, after = answers(raw)
    assert isinstance(reply, Reply)
    assert (reply.code, reply.result) == (520, None)
    assert reply.text.startswith("Invalid command syntax.\nHANGUP\n")
    assert after == HangupSeen()


def test_value_with_line_ends_is_one_answer() -> None:
    assert answers(b"200 result=1 (a\n\nHANGUP\nb)\n200 result=0\n") == [
        Reply(200, "1", "a\n\nHANGUP\nb", None, "result=1 (a\n\nHANGUP\nb)"),
        Reply(200, "0", None, None, "result=0"),
    ]


def test_value_that_looks_closed_is_told_not_guessed() -> None:
    first, second = read(recorded_stream("value_looks_closed"))[1:]
    assert isinstance(first, Reply)
    assert first.data == "a"
    assert second == Broken("a line that is no answer")


def test_trying_hangup_and_order_are_kept() -> None:
    raw = b"100 result=0 Trying...\n200 result=0 Gosub complete (abnormal exit)\nHANGUP\nHANGUP\n"
    kinds = [type(event) for event in answers(raw)]
    assert kinds == [Trying, Reply, HangupSeen, HangupSeen]


def test_latin_1_in_a_header_does_not_end_the_session() -> None:
    (request,) = read(b"agi_network_script: x\nagi_calleridname: Jos\xe9\n\n")
    assert isinstance(request, AgiRequest)
    assert request.variables["agi_calleridname"] == "Jos\N{REPLACEMENT CHARACTER}"


def test_a_header_line_cannot_be_replaced_by_a_later_one() -> None:
    (request,) = read(b"agi_network_script: x\nagi_uniqueid: a\nagi_uniqueid: b\n\n")
    assert isinstance(request, AgiRequest)
    assert request.unique_id == "a"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "a header line that is not AGI's"),
        (b"\n", "a header without agi_request"),
        (b"agi_network: yes\n\n", "a header without agi_request"),
        (b"agi_x: a\0b\n", "a line holds NUL"),
        (b"agi_x: " + b"y" * HEADER_LINE_MAX + b"\n", "a line is too long"),
        (b"z" * (HEADER_LINE_MAX + 1), "a line is too long"),
        (b"".join(b"agi_%d: x\n" % n for n in range(HEADER_COUNT_MAX + 1)), "too many header lines"),
        (HEADER + b"hello\n", "a line that is no answer"),
        (HEADER + b"\n", "a line that is no answer"),
        (HEADER + b"2000 result=1\n", "a line that is no answer"),
        (HEADER + b"HANGUPS\n", "a line that is no answer"),
        (HEADER + b"x" * (ANSWER_MAX + 1), "a line is too long"),
        (HEADER + b"520-usage\n" + b"more\n" * (ANSWER_MAX // 5 + 1), "a line is too long"),
        (HEADER + b"200 result=1 (\n" + b"\n" * ANSWER_MAX, "a line is too long"),
    ],
)
def test_what_is_not_agi_is_told_and_nothing_after_it_read(raw: bytes, reason: str) -> None:
    reader = AgiReader()
    assert reader.feed(raw)[-1] == Broken(reason)
    assert reader.feed(b"200 result=1\n") == []
    assert reader.feed_eof() == []


@given(
    st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([HEADER, b"200 result=1 (x\n", b"HANGUP\n"])))
)
@example([HEADER, b"520-"])
def test_garbage_raises_nothing_and_is_final(pieces: list[bytes]) -> None:
    events = read(*pieces, eof=True)
    finals = [event for event in events if isinstance(event, Broken | StreamEnd)]
    assert finals == [events[-1]]


def test_end_in_the_middle_counts_what_is_left() -> None:
    assert read(HEADER, b"520-us\n200 re", eof=True)[-1] == StreamEnd(unfinished=12)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20), max_size=8))
@example(["", 'a "b" \\', "\\", '"', " ", "a, b", "\\n"])
def test_arguments_arrive_as_they_were(arguments: list[str]) -> None:
    raw = command_line("SET VARIABLE", *arguments)
    assert raw.count(b"\n") == 1
    assert words(raw.decode().removesuffix("\n")) == ["SET", "VARIABLE", *arguments]


def test_recorded_quoting_is_ours() -> None:
    _, turns, _ = recorded("plain")
    ours = command_line("SET VARIABLE", "NAME", 'a "b" c\\d, e)').decode().removesuffix("\n")
    sent = next(index for index, turn in enumerate(turns) if turn.sent == ours)
    assert turns[sent + 1].came == b'200 result=1 (a "b" c\\d, e))\n'


@pytest.mark.parametrize("mark", ["\r", "\n", "\0", "\r\nHANGUP\n"])
def test_line_ends_cannot_be_sent(mark: str) -> None:
    with pytest.raises(BadCommand):
        command_line("SET VARIABLE", "X", f"a{mark}b")
    with pytest.raises(BadCommand):
        command_line(f"NOOP{mark}", "X")


def test_longest_command() -> None:
    room = COMMAND_MAX - len('NOOP ""\n')
    assert len(command_line("NOOP", "x" * room)) == COMMAND_MAX
    with pytest.raises(BadCommand, match="8192 bytes"):
        command_line("NOOP", "x" * (room + 1))
    with pytest.raises(BadCommand, match="words"):
        command_line("NOOP", *["x"] * 127)


@pytest.mark.parametrize(
    ("given_", "script", "query"),
    [
        ("outbound", "outbound", {}),
        ("outbound?x=1", "outbound", {"x": "1"}),
        ("/vote/?att=a%7C1&lang=&lang=de", "vote", {"att": "a|1", "lang": "de"}),
        ("", "", {}),
        ("?x", "", {"x": ""}),
    ],
)
def test_script_and_query(given_: str, script: str, query: dict[str, str]) -> None:
    assert split_script(given_) == (script, query)
