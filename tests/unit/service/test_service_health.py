"""The trunks' part of the health: what is a fault, and how often the switch is asked."""

from dialer.ami.reach import Reach
from dialer.errors import NotSent
from service.health import SILENT_S, TRUNKS_EVERY_S, TrunkCheck
from service.settings import TrunkPart

TRUNKS = tuple(TrunkPart(name=name, host="192.0.2.1", qualify_s=60) for name in ("acme", "backup"))


class Switch:
    """A switch whose answer a test sets; ``asked`` counts."""

    def __init__(self) -> None:
        self.asked = 0
        self.now_s = 1000.0
        self.endpoints = {"acme": "Not in use", "backup": "Not in use"}
        self.fault: NotSent | None = None

    async def reach(self) -> Reach:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return Reach({}, dict(self.endpoints))


def check(switch: Switch) -> TrunkCheck:
    return TrunkCheck(switch.reach, TRUNKS, lambda: switch.now_s)


async def test_one_dead_trunk_is_told_and_all_of_them_are_a_fault() -> None:
    switch = Switch()
    switch.endpoints["acme"] = "Unavailable"
    part = await check(switch).check()
    assert (part.ok, part.detail) == (True, "acme does not answer; backup answers")
    switch.endpoints["backup"] = "Unavailable"
    assert not (await check(switch).check()).ok


async def test_the_switch_is_asked_now_and_then_only() -> None:
    switch = Switch()
    trunks = check(switch)
    first = await trunks.check()
    switch.endpoints.clear()
    switch.now_s += TRUNKS_EVERY_S - 1
    assert await trunks.check() == first
    assert switch.asked == 1
    switch.now_s += 1
    assert not (await trunks.check()).ok


async def test_a_switch_that_can_not_be_asked_is_no_fault_of_the_trunks_and_is_left_alone_a_while() -> None:
    switch = Switch()
    switch.fault = NotSent("the link is down")
    trunks = check(switch)
    assert (await trunks.check()).detail == "not known: the link is down"
    switch.fault = None
    switch.now_s += SILENT_S - 1
    assert (await trunks.check()).detail == "not known: the link is down"
    assert switch.asked == 1
    switch.now_s += 1
    assert "acme answers" in (await trunks.check()).detail


async def test_without_trunks_nothing_is_at_fault() -> None:
    part = await TrunkCheck(Switch().reach, (), lambda: 0.0).check()
    assert (part.ok, part.detail) == (True, "none")
