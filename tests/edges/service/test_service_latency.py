import gc
import os
import sys
import threading
from collections.abc import Iterator

import pytest

from service.latency import SWITCH_S, go_first, keep_pauses_short, may_go_first


@pytest.fixture
def interpreter() -> Iterator[None]:
    """Begin with nothing frozen, and leave the interpreter as it was."""
    before = sys.getswitchinterval()
    gc.unfreeze()
    yield
    sys.setswitchinterval(before)
    gc.freeze()  # as the run has it: else every later collection goes through all that was imported
    os.sched_setscheduler(0, os.SCHED_OTHER | os.SCHED_RESET_ON_FORK, os.sched_param(0))


@pytest.mark.usefixtures("interpreter")
def test_what_exists_is_taken_out_of_full_collections_and_threads_yield_soon() -> None:
    old = gc.get_freeze_count()
    keep_pauses_short()
    assert gc.get_freeze_count() > old + 10_000
    assert len(gc.get_objects(generation=2)) < 1_000
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)


def policy(thread: int = 0) -> int:
    return os.sched_getscheduler(thread) & ~os.SCHED_RESET_ON_FORK


def priority(thread: int = 0) -> int:
    return os.sched_getparam(thread).sched_priority


@pytest.mark.usefixtures("interpreter")
def test_the_loops_thread_alone_goes_first() -> None:
    allowed = may_go_first()
    assert policy() == os.SCHED_OTHER  # only asked
    assert go_first() is allowed
    assert policy() == (os.SCHED_RR if allowed else os.SCHED_OTHER)
    others: list[int] = []
    thread = threading.Thread(target=lambda: others.append(policy()))
    thread.start()
    thread.join()
    assert others == [os.SCHED_OTHER]


@pytest.mark.usefixtures("interpreter")
def test_threads_that_calls_wait_for_go_first_too_and_no_other_does() -> None:
    let_go = threading.Event()
    beside, apart = (threading.Thread(target=let_go.wait, args=(10,)) for _ in range(2))
    for thread in (beside, apart):
        thread.start()
    try:
        allowed = keep_pauses_short([beside.native_id or 0])
        assert policy(beside.native_id or 0) == (os.SCHED_RR if allowed else os.SCHED_OTHER)
        assert priority() > priority(beside.native_id or 0) if allowed else not priority()
        assert policy(apart.native_id or 0) == os.SCHED_OTHER
    finally:
        let_go.set()
        for thread in (beside, apart):
            thread.join()


@pytest.mark.usefixtures("interpreter")
def test_who_may_not_go_first_waits_in_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refused)
    assert not may_go_first()
    assert not keep_pauses_short()
    monkeypatch.undo()
