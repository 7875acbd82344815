"""Numbers of the simulated network: both ways, refused where they mean nothing, and one table everywhere."""

import re
from dataclasses import replace
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.simulator.greetings import LAG_S, MACHINES, VOICES, WORDS, Greeting, Setting
from dialer.simulator.numbers import (
    PRESS_EVERY_S,
    PRESSES,
    RING_S,
    TALK_S,
    Behaviour,
    Caller,
    HangUp,
    NotSimulated,
    Outcome,
    Press,
    behaviour_of,
    caller_of,
    number_of,
    number_of_caller,
    tables,
)

ROOT = Path(__file__).parents[3]
DIALPLAN = ROOT / "asterisk" / "conf" / "network" / "extensions.conf"
areas = st.sampled_from(["202", "212", "305", "312", "415", "808", "907"])
talkers = st.builds(
    Behaviour,
    outcome=st.sampled_from([e for e in Outcome if e not in (Outcome.SIP_STATUS, Outcome.GREETING)]),
    ring_s=st.sampled_from(RING_S),
    talk_s=st.sampled_from(TALK_S),
    press=st.sampled_from(Press),
    hang_up=st.sampled_from(HangUp),
    serial=st.integers(0, 99),
)
greeters = st.builds(
    Behaviour,
    outcome=st.just(Outcome.GREETING),
    ring_s=st.sampled_from(RING_S),
    serial=st.integers(0, 99),
    greeting=st.sampled_from(sorted(WORDS)),
    setting=st.sampled_from(Setting),
).flatmap(
    lambda b: st.builds(replace, st.just(b), press=st.sampled_from([b.press] if b.is_machine else Press))
)
refusers = st.builds(
    Behaviour,
    outcome=st.just(Outcome.SIP_STATUS),
    ring_s=st.sampled_from(RING_S),
    sip_status=st.integers(300, 699),
    serial=st.integers(0, 9),
)
callers = st.builds(
    Caller,
    menu_key=st.integers(0, 9),
    talk_s=st.sampled_from(TALK_S),
    press=st.sampled_from(Press),
    hang_up=st.sampled_from(HangUp),
    serial=st.integers(0, 99),
)


@given(talkers | greeters | refusers, areas)
def test_every_behaviour_has_a_valid_number_that_says_it(behaviour: Behaviour, area: str) -> None:
    number = number_of(behaviour, area)
    assert behaviour_of(number) == behaviour
    assert phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert number[2:5] == area


@given(callers, areas)
def test_every_caller_has_a_number_that_says_it(caller: Caller, area: str) -> None:
    assert caller_of(number_of_caller(caller, area)) == caller


def test_the_example_reads_digit_by_digit() -> None:
    expected = Behaviour(Outcome.PERSON, 1, 4, Press.SCORE_5, HangUp.NEVER_FIRST, serial=1)
    assert behaviour_of("+12022345001") == expected


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("12022345001", "form"),
        ("+1202234500", "form"),
        ("+120223450011", "form"),
        ("+1202234500x", "form"),
        ("+1202234500٣", "form"),
        ("+442022345001", "form"),
        ("+12021345001", "exchange"),
        ("+11022345001", "area code"),
        ("+12022345601", "digit 5"),
        ("+12029002001", "SIP status"),
        ("+12029014001", "digit 3"),
        ("+12028080000", "digit 3"),
        ("+12028030400", "digit 5"),
        ("+12028011000", "no keys"),
        ("+12028000100", "no setting"),
    ],
)
def test_other_numbers_are_refused_with_the_reason(number: str, says: str) -> None:
    with pytest.raises(NotSimulated, match=says):
        behaviour_of(number)


@pytest.mark.parametrize(
    ("behaviour", "says"),
    [
        (Behaviour(ring_s=0.3), "ring time"),
        (Behaviour(talk_s=7), "talk time"),
        (Behaviour(serial=100), "serial"),
        (Behaviour(sip_status=486), "no SIP status"),
        (Behaviour(Outcome.SIP_STATUS), "SIP status"),
        (Behaviour(Outcome.SIP_STATUS, sip_status=200), "SIP status"),
        (Behaviour(Outcome.SIP_STATUS, sip_status=486, serial=10), "serial"),
        (Behaviour(greeting=Greeting.HELLO), "no greeting"),
        (Behaviour(Outcome.BUSY, setting=Setting.NOISE), "no greeting"),
        (Behaviour(Outcome.GREETING, talk_s=4), "talks no further"),
        (Behaviour(Outcome.GREETING, greeting=Greeting.NOTHING, setting=Setting.PAUSE), "no setting"),
        (Behaviour(Outcome.GREETING, greeting=Greeting.VOICE_MAIL, press=Press.SCORE_1), "no keys"),
    ],
)
def test_impossible_behaviours_are_refused_with_the_reason(behaviour: Behaviour, says: str) -> None:
    with pytest.raises(NotSimulated, match=says):
        number_of(behaviour)


def test_a_caller_is_a_person_with_one_menu_key() -> None:
    with pytest.raises(NotSimulated, match="menu key"):
        number_of_caller(Caller(menu_key=10))
    with pytest.raises(NotSimulated, match="digit 1"):
        caller_of("+12023345001")
    with pytest.raises(NotSimulated, match="area code"):
        number_of_caller(Caller(), area="020")


def test_the_document_shows_the_table() -> None:
    assert f"-->\n{tables()}<!--" in (ROOT / "docs" / "network.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "times"), [("RINGS", RING_S), ("TALKS", TALK_S)])
def test_the_dialplan_has_the_same_times(name: str, times: tuple[float, ...]) -> None:
    found = re.search(rf"Set\({name}=([0-9.-]+)\)", DIALPLAN.read_text(encoding="utf-8"))
    assert found is not None
    assert tuple(map(float, found[1].split("-"))) == times


def test_the_dialplan_settles_every_outcome_and_presses_as_often() -> None:
    text = DIALPLAN.read_text(encoding="utf-8")
    settle = text[text.index("[settle]") : text.index("[person]")]
    assert set(re.findall(r"^exten => (\d),1,", settle, re.MULTILINE)) == {each.value for each in Outcome}
    assert f"GotoIf($[${{PRESSED}} < {PRESSES}]?again)" in text
    assert f"every {PRESS_EVERY_S:g} s" in text


def test_the_dialplan_greets_after_the_same_lags_in_as_many_voices() -> None:
    text = DIALPLAN.read_text(encoding="utf-8")
    greeting = text[text.index("[greeting]") : text.index("[machine]")]
    lags = re.search(r"Set\(LAGS=([0-9.-]+)\)", greeting)
    assert lags is not None
    spoken = [0.0 if setting is Setting.NOISE else LAG_S[setting] for setting in Setting]
    assert list(map(float, lags[1].split("-"))) == spoken
    assert f"% {len(VOICES)}])" in greeting
    last_machine = max(int(each) for each in MACHINES)
    assert f"GotoIf($[${{WHAT}} < {last_machine + 1}]?voice-mail,s,1)" in greeting
    assert {each for each in Greeting if int(each) <= last_machine} == MACHINES
    unspoken = re.findall(r'"\$\{WHAT\}"!?="(\d)"', greeting)
    assert set(unspoken) == {each.value for each in Greeting if each not in WORDS}
