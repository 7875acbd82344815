import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.ami.wire import BadWire, Framer, decode, event_headers, headers, parse, text

GREETING = b"Asterisk Call Manager/11.0.0\r\n"
STREAM = (
    GREETING
    + "Event: Newchannel\r\nCallerIDName: José 王\r\n\r\n".encode()
    + b"\r\nEvent: Hangup\r\nCause: 16\r\n\r\n"
    + b"Response: Success\r\nActionID: a1\r\n\r\n"
)
WHOLE = [
    "Event: Newchannel\r\nCallerIDName: José 王",
    "Event: Hangup\r\nCause: 16",
    "Response: Success\r\nActionID: a1",
]


def framer(limit: int = 10_000) -> Framer:
    return Framer(limit)


def test_every_single_cut_gives_the_same_messages() -> None:
    for cut in range(len(STREAM) + 1):
        one = framer()
        assert one.feed(STREAM[:cut]) + one.feed(STREAM[cut:]) == WHOLE, cut


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_any_cuts_give_the_same_messages(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    one = framer()
    got = [each for start, end in pairwise(edges) for each in one.feed(STREAM[start:end])]
    assert got == WHOLE
    assert one.greeting == "Asterisk Call Manager/11.0.0"


@pytest.mark.parametrize(
    "first",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0", b"\r\n", b"Asterisk Call Manager/" + b"9" * 300],
)
def test_a_peer_that_is_no_manager_is_refused_at_once(first: bytes) -> None:
    with pytest.raises(BadWire):
        framer().feed(first)


def test_a_message_without_end_is_refused_at_the_limit() -> None:
    one = framer(1000)
    one.feed(GREETING)
    one.feed(b"X: " + b"a" * 900)
    with pytest.raises(BadWire, match="without an end"):
        one.feed(b"a" * 200)


def test_a_whole_message_over_the_limit_is_refused_too() -> None:
    one = framer(1000)
    one.feed(GREETING)
    with pytest.raises(BadWire, match="more than 1000"):
        one.feed(b"X: " + b"a" * 2000 + b"\r\n\r\n")


def test_many_small_messages_together_may_exceed_the_limit() -> None:
    one = framer(100)
    one.feed(GREETING)
    assert len(one.feed(b"Event: X\r\n\r\n" * 100)) == 100


def test_an_unfinished_message_is_not_searched_again_and_again() -> None:
    one = framer(1 << 23)
    one.feed(GREETING)
    started = time.process_time()
    for _ in range(1 << 10):
        one.feed(b"a" * (1 << 12))
    # Quadratic searching of these 4 MiB takes many times this.
    assert time.process_time() - started < 1.0
    assert one.feed(b"\r\n\r\n") == ["a" * (1 << 22)]


def test_latin_1_lines_keep_their_characters_beside_utf_8_lines() -> None:
    raw = "Name: Jos\xe9".encode("latin-1") + b"\r\n" + "Other: 王".encode()
    assert decode(raw) == "Name: José\r\nOther: 王"


@given(st.binary(max_size=200))
def test_any_bytes_decode(raw: bytes) -> None:
    assert isinstance(decode(raw), str)


@given(st.binary(max_size=400))
def test_garbage_is_messages_or_a_clear_refusal(raw: bytes) -> None:
    one = framer(300)
    one.feed(GREETING)
    try:
        for each in one.feed(raw):
            parse(each)
    except BadWire:
        pass


def test_headers_are_plain_lower_case_and_repeated_ones_are_a_list() -> None:
    message = parse("Event: Status\r\nVariable: A=1\r\nVariable: B=2\r\nUniqueid: u1\r\nEmpty: ")
    assert message is not None
    plain = headers(message)
    assert type(plain) is dict
    assert plain["variable"] == ["A=1", "B=2"]
    assert (text(plain, "uniqueid"), text(plain, "empty"), text(plain, "missing")) == ("u1", "", "")
    assert text(plain, "variable") == "B=2"


def test_what_is_neither_event_nor_response_is_nothing() -> None:
    assert parse("Hello: there") is None


def test_an_event_reads_the_same_with_and_without_panoramisk() -> None:
    """But for the empty ``content`` that panoramisk adds to each."""
    for file in sorted(Path("tests/data/ami").glob("*.ami")):
        one = framer(1 << 20)
        for each in one.feed(GREETING + file.read_bytes().removeprefix(GREETING)):
            plain, message = event_headers(each), parse(each)
            if plain is not None:
                assert message is not None
                assert plain == {name: value for name, value in headers(message).items() if name != "content"}


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "Event: X\r\nNote: a: b\r\nEmpty: \r\nNote: c\r\nNote: d",
            {"event": "X", "note": ["a: b", "c", "d"], "empty": ""},
        ),
        ("Event: X\r\nno header\r\n: nameless", {"event": "X"}),
        ("Event: X\r\nActionID: a1", None),
        ("Response: Success\r\nMessage: Event: X", None),
    ],
)
def test_only_an_event_that_answers_nothing_is_read_so(message: str, expected: object) -> None:
    assert event_headers(message) == expected
