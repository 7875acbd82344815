"""The trunks' part of the health: what is a fault, and how often the switch is asked."""

from console.ports import PartHealth
from dialer.ami.reach import Reach
from dialer.errors import NotSent
from service.health import SILENT_S, TRUNKS_EVERY_S, TrunkCheck
from service.settings import TrunkPart

TRUNKS = (
    TrunkPart(name="acme", host="192.0.2.1", qualify_s=60),
    TrunkPart.model_validate(
        {
            "name": "backup",
            "host": "192.0.2.2",
            "username": "me",
            "password_file": "backup.txt",
            "register": True,
        }
    ),
)


class Switch:
    """A switch whose answer a test sets; ``asked`` counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.now_s = 1000.0
        self.endpoints = {"acme": "Not in use", "backup": "Not in use"}
        self.registration = "Registered"
        self.fault: NotSent | None = None

    async def reach(self) -> Reach:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return Reach({"backup-registration": self.registration}, dict(self.endpoints))


def check(switch: Switch) -> TrunkCheck:
    return TrunkCheck(switch.reach, TRUNKS, lambda: switch.now_s)


async def test_a_trunk_that_is_down_is_not_healthy_and_vital_only_as_the_last_one() -> None:
    switch = Switch()
    switch.registration = "Rejected"
    acme, backup = await check(switch).check()
    assert (acme.name, acme.ok, acme.detail) == ("trunk acme", True, "answers")
    assert (backup.name, backup.ok, backup.vital) == ("trunk backup", False, False)
    assert backup.detail == "is not asked whether it answers, not registered (Rejected)"
    assert await check(switch).down() == ((f"backup {backup.detail}",), False)
    switch.endpoints["acme"] = "Unavailable"
    assert all(not part.ok and part.vital for part in await check(switch).check())
    down, no_trunk_works = await check(switch).down()
    assert (down[0], no_trunk_works) == ("acme does not answer", True)


async def test_the_switch_is_asked_now_and_then_only() -> None:
    switch = Switch()
    trunks = check(switch)
    first = await trunks.check()
    switch.endpoints.clear()
    switch.now_s += TRUNKS_EVERY_S - 1
    assert await trunks.check() == first
    assert switch.asked == 1
    switch.now_s += 1
    assert not any(part.ok for part in await trunks.check())


async def test_a_switch_that_can_not_be_asked_is_no_fault_of_the_trunks_and_is_left_alone_a_while() -> None:
    switch = Switch()
    switch.fault = NotSent("the link is down")
    trunks = check(switch)
    unknown = (PartHealth("trunks", True, "not known: the link is down"),)
    assert await trunks.check() == unknown
    assert await trunks.down() == ((), False)
    switch.fault = None
    switch.now_s += SILENT_S - 1
    assert await trunks.check() == unknown
    assert switch.asked == 1
    switch.now_s += 1
    assert [part.name for part in await trunks.check()] == ["trunk acme", "trunk backup"]


async def test_without_trunks_nothing_is_at_fault() -> None:
    trunks = TrunkCheck(Switch().reach, (), lambda: 0.0)
    assert await trunks.check() == ()
    assert await trunks.down() == ((), False)
