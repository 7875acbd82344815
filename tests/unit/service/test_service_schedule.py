"""The clockwork: journals are swept while the switch is ready, and a fault does not stop the next sweep."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from structlog.testing import capture_logs

from campaigns.desk.retention import Purged
from campaigns.ledger import Head
from campaigns.model import Purpose
from campaigns.packs_folder import load_packs
from campaigns.rules.retention import Keeping
from dialer.errors import NotSent
from service import schedule
from service.clock import SystemClock
from service.schedule import Schedule


class Sweeps:
    """Stands for recovery; fails as told."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.count = 0
        self.third = asyncio.Event()

    async def sweep(self) -> None:
        self.count += 1
        if self.count == 3:
            self.third.set()
        if self.faults:
            raise self.faults.pop(0)


class Old:
    """Stands for retention: something is old, or it fails."""

    def __init__(self, done: Purged | None = None, fault: Exception | None = None) -> None:
        self.done = done or Purged()
        self.fault = fault

    async def purge(self) -> Purged:
        if self.fault is not None:
            raise self.fault
        return self.done

    async def expire(self) -> int:
        return (await self.purge()).leads


_PACK = load_packs()["cn-service"]
KEPT = {
    3: Keeping(datetime(2026, 12, 1, tzinfo=UTC), _PACK, _PACK.purposes[Purpose.SERVICE].conduct.retention[0])
}


class Ends:
    """Stands for the ledger; says where it ends, or fails."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault

    async def head(self) -> Head:
        if self.fault is not None:
            raise self.fault
        return Head(12, "f" * 64)


async def nowhere() -> Head:
    """Nothing was entered yet."""
    return Head()


async def nothing_learned() -> None:
    """No campaign has run."""


async def no_uploads() -> int:
    """Nothing was uploaded."""
    return 0


async def nobody() -> int:
    """Nobody waits to be erased."""
    return 0


def made(
    sweeps: Sweeps | None = None,
    ready: bool = False,
    old: Old | None = None,
    head: Callable[[], Awaitable[Head]] = nowhere,
    keep: Callable[[], Awaitable[None]] = nothing_learned,
    forget: Callable[[], Awaitable[int]] = no_uploads,
    erase: Callable[[], Awaitable[int]] = nobody,
) -> Schedule:
    """A clockwork in which nothing is due but what a test gives it."""
    recovery, retention = sweeps or Sweeps(), old or Old()
    return Schedule(SystemClock(), recovery, lambda: ready, retention, head, keep, forget, erase)  # type: ignore[arg-type]


@pytest.mark.parametrize("fault", [NotSent("the link is down"), RuntimeError("a fault of ours")])
async def test_a_sweep_that_fails_is_repeated(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    monkeypatch.setattr(schedule, "SWEEP_S", 0.02)
    sweeps = Sweeps(fault, fault)
    clockwork = made(sweeps=sweeps, ready=True)
    clockwork.start()
    await asyncio.wait_for(sweeps.third.wait(), 10)
    await clockwork.stop()
    await asyncio.sleep(0)  # the scheduler stops in the loop's next turn
    assert not clockwork._scheduler.running


async def test_nothing_is_swept_while_the_calls_of_before_are_being_settled() -> None:
    sweeps = Sweeps()
    clockwork = made(sweeps=sweeps)
    await clockwork._sweep()
    assert sweeps.count == 0


async def test_the_system_s_clock_is_aware_and_goes_forward() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    assert clock.now().tzinfo is UTC
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5
    assert clock.monotonic() >= before


@pytest.mark.parametrize(
    ("ends", "event", "head"),
    [
        (Ends(), "ledger head", "12:" + "f" * 64),
        (Ends(RuntimeError("no store")), "ledger head not told", None),
    ],
)
async def test_the_head_of_the_ledger_is_told_once_a_day(
    monkeypatch: pytest.MonkeyPatch, ends: Ends, event: str, head: str | None
) -> None:
    # A logger that another test has used may be kept with that test's settings.
    monkeypatch.setattr(schedule, "log", structlog.get_logger())
    clockwork = made(head=ends.head)
    (job,) = [job for job in clockwork._scheduler.get_jobs() if job.id == "tell ledger head"]
    assert job.trigger.interval == timedelta(days=1)
    with capture_logs() as logs:
        await job.func()
    assert [(line["event"], line.get("head")) for line in logs] == [(event, head)]


async def test_what_pacing_learned_is_stored_again_and_again_also_after_a_fault(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "KEEP_S", 0.02)
    monkeypatch.setattr(schedule, "SWEEP_S", 0.02)
    kept, thrice = [], asyncio.Event()

    async def keep() -> None:
        kept.append(1)
        if len(kept) == 1:
            raise OSError("disk full")
        if len(kept) == 3:
            thrice.set()

    clockwork = made(keep=keep)
    clockwork.start()
    await asyncio.wait_for(thrice.wait(), 10)
    await clockwork.stop()
    await asyncio.sleep(0)  # the scheduler stops in the loop's next turn


@pytest.mark.parametrize(
    ("job_id", "every", "old", "said"),
    [
        ("purge lists", timedelta(hours=1), Old(), []),
        ("purge lists", timedelta(hours=1), Old(Purged(7, 1)), ["records purged"]),
        ("purge lists", timedelta(hours=1), Old(Purged(0, 0, KEPT)), ["deleted list kept"]),
        ("purge lists", timedelta(hours=1), Old(fault=OSError("disk full")), ["deleted lists not purged"]),
        ("expire records", timedelta(days=1), Old(), []),
        ("expire records", timedelta(days=1), Old(Purged(7)), ["records expired"]),
        ("expire records", timedelta(days=1), Old(fault=OSError("disk full")), ["records not expired"]),
    ],
)
async def test_records_are_looked_at_again_and_again_and_what_became_of_them_is_told(
    monkeypatch: pytest.MonkeyPatch, job_id: str, every: timedelta, old: Old, said: list[str]
) -> None:
    monkeypatch.setattr(schedule, "log", structlog.get_logger())
    clockwork = made(old=old)
    (job,) = [job for job in clockwork._scheduler.get_jobs() if job.id == job_id]
    assert job.trigger.interval == every
    with capture_logs() as logs:
        await job.func()
    assert [line["event"] for line in logs] == said


async def test_old_uploads_are_forgotten_by_the_hour_and_a_fault_does_not_keep_lists(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "log", structlog.get_logger())
    answers: list[int | Exception] = [3, OSError("disk full")]

    async def forget() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    old = Old(Purged(7))
    clockwork = made(old=old, forget=forget)
    (job,) = [job for job in clockwork._scheduler.get_jobs() if job.id == "purge lists"]
    with capture_logs() as logs:
        await job.func()
        await job.func()
    told = [line["event"] for line in logs]
    assert told == ["uploads forgotten", "records purged", "old uploads not forgotten", "records purged"]


async def test_who_waits_for_the_end_of_a_call_is_erased_within_seconds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(schedule, "log", structlog.get_logger())
    answers: list[int | Exception] = [0, OSError("disk full"), 2]

    async def erase() -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    clockwork = made(erase=erase)
    (job,) = [job for job in clockwork._scheduler.get_jobs() if job.id == "erase who asked"]
    assert job.trigger.interval == timedelta(seconds=5)
    with capture_logs() as logs:
        for _ in range(3):
            await job.func()
    told = [line["event"] for line in logs]
    assert told == ["people not erased after their calls", "people erased after their calls"]
