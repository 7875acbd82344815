"""What the switch said becomes one disposition: the table, held against what Asterisk 22 was seen to send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from properties import examples

from campaigns.model import Disposition
from dialer.dispositions import BY_CAUSE, BY_SIP_STATUS, Ending, disposition

D = Disposition

# Far end: Cause and TechCause of the Hangup, Reason of the OriginateResponse, as observed.
OBSERVED = [
    ("our time-out", 19, 480, 3, D.NO_ANSWER),
    ("486", 17, 486, 0, D.BUSY),
    ("600", 17, 600, 0, D.BUSY),
    ("603", 21, 603, 0, D.REJECTED),
    ("403", 21, 403, 0, D.REJECTED),
    ("404", 1, 404, 0, D.BAD_NUMBER),
    ("485", 1, 485, 0, D.BAD_NUMBER),
    ("604", 1, 604, 0, D.BAD_NUMBER),
    ("480", 19, 480, 0, D.UNREACHABLE),
    ("483", 19, 483, 0, D.TRUNK_FAILED),
    ("408", 18, 408, 0, D.TRUNK_FAILED),
    ("410", 22, 410, 0, D.BAD_NUMBER),
    ("484", 28, 484, 0, D.BAD_NUMBER),
    ("488", 58, 488, 0, D.TRUNK_FAILED),
    ("606", 58, 606, 0, D.TRUNK_FAILED),
    ("500", 38, 500, 0, D.TRUNK_FAILED),
    ("501", 29, 501, 0, D.TRUNK_FAILED),
    ("502", 27, 502, 0, D.TRUNK_FAILED),
    ("503", 34, 503, 0, D.TRUNK_FAILED),
    ("580", 34, 580, 0, D.TRUNK_FAILED),
    ("504", 102, 504, 0, D.TRUNK_FAILED),
    ("420", 3, 420, 0, D.TRUNK_FAILED),
    ("302", 23, 302, 0, D.UNREACHABLE),
    *[(str(n), 127, n, 0, D.TRUNK_FAILED) for n in (400, 405, 406, 413, 415, 482, 487, 491, 505)],
    ("607", 127, 607, 0, D.REJECTED),
    ("608", 127, 608, 0, D.REJECTED),
    ("bad endpoint: no Hangup at all", None, None, 0, D.TRUNK_FAILED),
    ("no cause", 0, None, 0, D.TRUNK_FAILED),
]


@pytest.mark.parametrize(
    ("cause", "tech_cause", "reason", "wanted"), [row[1:] for row in OBSERVED], ids=[r[0] for r in OBSERVED]
)
def test_every_observed_end_of_an_unanswered_call(
    cause: int | None, tech_cause: int | None, reason: int, wanted: Disposition
) -> None:
    assert disposition(Ending(cause=cause, tech_cause=tech_cause, reason=reason)) is wanted


def test_the_table_is_about_nothing_that_was_not_observed() -> None:
    assert set(BY_SIP_STATUS) <= {row[2] for row in OBSERVED}


@pytest.mark.parametrize(("cause", "wanted"), BY_CAUSE.items())
def test_without_a_sip_status_the_cause_decides(cause: int, wanted: Disposition) -> None:
    assert disposition(Ending(cause=cause, reason=0)) is wanted


@pytest.mark.parametrize("cause", [16, 0])
def test_our_own_cancel_is_told_from_any_other_end(cause: int) -> None:
    assert disposition(Ending(cause=cause, reason=0, cancelled_by_us=True)) is D.CANCELLED
    assert disposition(Ending(cause=19, tech_cause=480, reason=3, cancelled_by_us=True)) is D.CANCELLED
    assert disposition(Ending(cause=cause, reason=0)) is D.TRUNK_FAILED


def test_a_status_of_the_far_end_goes_before_our_cancel_that_crossed_it() -> None:
    assert disposition(Ending(cause=17, tech_cause=486, reason=0, cancelled_by_us=True)) is D.BUSY
    assert disposition(Ending(cause=19, tech_cause=480, reason=0, cancelled_by_us=True)) is D.UNREACHABLE


@pytest.mark.parametrize(("on_line_s", "wanted"), [(1.999, D.HUNG_UP_EARLY), (2.0, D.ABANDONED)])
def test_an_answer_without_an_agent_is_abandoned_from_the_limit_on(
    on_line_s: float, wanted: Disposition
) -> None:
    assert disposition(Ending(on_line_s=on_line_s, cause=16)) is wanted
    assert disposition(Ending(on_line_s=on_line_s + 1, cause=16, connect_limit_s=3.0)) is wanted


def test_the_message_proves_an_abandoned_call_however_short() -> None:
    assert disposition(Ending(on_line_s=0.1, message_played=True)) is D.ABANDONED


def test_a_person_whom_our_cancel_hung_up_on_did_not_hang_up_himself() -> None:
    assert disposition(Ending(on_line_s=0.1, cause=16, cancelled_by_us=True)) is D.ABANDONED


def test_service_goes_before_everything_that_came_after_it() -> None:
    ending = Ending(on_line_s=60, served=True, message_played=True, lost=True, cancelled_by_us=True, cause=16)
    assert disposition(ending) is D.CONNECTED


def test_what_nothing_proves_is_unknown() -> None:
    assert disposition(Ending(lost=True)) is D.UNKNOWN
    assert disposition(Ending(lost=True, on_line_s=100)) is D.UNKNOWN
    assert disposition(Ending(lost=True, message_played=True, on_line_s=1)) is D.ABANDONED


@pytest.mark.parametrize("reason", [0, 3, None])
def test_a_journal_that_tells_of_no_answer_says_no_answer(reason: int | None) -> None:
    assert disposition(Ending(proven_unanswered=True, reason=reason)) is D.NO_ANSWER


ENDINGS = st.builds(
    Ending,
    on_line_s=st.none() | st.floats(-1, 600),
    served=st.booleans(),
    message_played=st.booleans(),
    cause=st.none() | st.integers(0, 200),
    tech_cause=st.none() | st.integers(100, 699),
    reason=st.sampled_from([None, 0, 3, 4]),
    cancelled_by_us=st.booleans(),
    proven_unanswered=st.booleans(),
    lost=st.booleans(),
)


@examples(300)
@given(ENDINGS)
def test_every_end_has_one_disposition_and_only_answers_count_as_contacts(ending: Ending) -> None:
    found = disposition(ending)
    assert isinstance(found, Disposition)
    contacts = (D.CONNECTED, D.ABANDONED, D.HUNG_UP_EARLY)
    if ending.on_line_s is None and not ending.served and not ending.message_played:
        assert found not in contacts
    elif not ending.lost:
        assert found in contacts
