"""Each trunk and phone in words, from what Asterisk says."""

import pytest

from dialer.ami.reach import Reach
from service.lines import Line, phones_not_found, phones_unknown, trunk_lines, trunks_unknown
from service.settings import AgentPart, TrunkPart


@pytest.mark.parametrize(
    ("register", "word", "state", "detail", "fault"),
    [
        (False, None, "Not in use", "answers", False),
        (False, None, "In use", "answers", False),
        (False, None, "Unavailable", "does not answer", True),
        (False, None, None, "is not in this Asterisk", True),
        (True, "Registered", "Not in use", "answers, registered", False),
        (True, "Rejected", "Not in use", "answers, not registered (Rejected)", True),
        (True, "Registered", "Unavailable", "does not answer, registered", True),
        (True, None, "Not in use", "answers, not registered (not in this Asterisk)", True),
    ],
)
def test_a_trunk_is_as_asterisk_says(
    register: bool, word: str | None, state: str | None, detail: str, fault: bool
) -> None:
    trunk = TrunkPart.model_validate(
        {"name": "acme", "host": "192.0.2.1", "register": register, "qualify_s": 60}
        | ({"username": "4711", "password_file": "secret"} if register else {})
    )
    reach = Reach({"acme-registration": word} if word else {}, {"acme": state} if state else {"b": "In use"})
    assert trunk_lines([trunk], reach) == [Line("acme", detail, fault)]


def test_a_trunk_that_is_not_asked_is_not_said_to_answer() -> None:
    (line,) = trunk_lines([TrunkPart(name="acme", host="192.0.2.1")], Reach({}, {"acme": "In use"}))
    assert line == Line("acme", "is not asked whether it answers", False)


def test_a_phone_that_is_unknown_or_unavailable_can_not_be_called() -> None:
    ids = ("on", "talks", "off", "mute", "other")
    agents = [AgentPart(id=one, phone="Local/x" if one == "other" else "") for one in ids]
    reach = Reach({}, {"on": "Not in use", "talks": "In use", "mute": "Unavailable"})
    assert list(phones_not_found(agents, reach)) == ["off", "mute"]


def test_what_asterisk_has_never_heard_of_is_told_from_what_is_down() -> None:
    trunks = [
        TrunkPart(name="there", host="192.0.2.1"),
        TrunkPart(name="gone", host="192.0.2.1"),
        *(
            TrunkPart.model_validate(
                {"name": name, "host": "a", "register": True, "username": "u", "password_file": "p"}
            )
            for name in ("rejected", "unregistered")
        ),
    ]
    known = dict.fromkeys(("there", "rejected", "unregistered", "desk"), "Unavailable")
    reach = Reach({"rejected-registration": "Rejected"}, known)
    assert trunks_unknown(trunks, reach) == ["gone", "unregistered"]
    agents = [AgentPart(id="desk"), AgentPart(id="new"), AgentPart(id="own", phone="PJSIP/own")]
    assert phones_unknown(agents, reach) == ["new"]
    assert phones_not_found(agents, reach) == ["desk", "new"]
