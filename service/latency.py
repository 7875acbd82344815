"""How the process is set up so that an answered call never waits for it long.

Knows CPython's and Linux's switches that hold for the whole process or for threads of it, so only
whoever owns the process may call this. Must not know calls.
"""

import contextlib
import gc
import os
import sys
import threading
from collections.abc import Iterable
from typing import Final

SWITCH_S: Final = 0.0005
"""The longest a database thread may keep the interpreter while the event loop wants it, in seconds. CPython's
5 ms are longer than the whole way from answer to agent."""

PRIORITY: Final = 2
"""A low one of the real-time priorities (1 to 99): before all ordinary work and the threads beside the loop,
behind an Asterisk that was started with ``-p``, which has 10. So a service that hangs takes no processor from
the switch, which keeps the promises alone."""

BESIDE: Final = 1
"""That of threads that calls wait for. Among equals each would keep the processor for a tenth of a second."""


def keep_pauses_short(beside: Iterable[int] = ()) -> bool:
    """Set the process up for short pauses; call it once, in the event loop's thread, when everything
    long-lived has been made. Returns whether the thread, and those beside it, go first from now on.

    ``beside`` are the system's ids of threads that calls wait for, which then go first too: while one of them
    has the interpreter, the loop waits for it, and it would wait for everything else that runs.

    What exists now is taken out of the garbage collector's sight: a full collection would walk over some
    300,000 objects of modules, routes and schemas, and every call would stand still for a tenth of a second.
    """
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
    first = go_first() or go_first(BESIDE)  # a system may allow the lowest only
    refused = [one for one in beside if not go_first(BESIDE, one)]
    return first and not refused


def go_first(priority: int = PRIORITY, thread: int = 0) -> bool:
    """Let a thread run as soon as it has something to do; false where that is not allowed. It is the calling
    one, unless the system's id of another is given.

    The loop works for a fifth of a core, in a thousand small pieces a second, and each would wait in line
    behind everything else. Neither other threads nor children inherit it.
    """
    with contextlib.suppress(PermissionError):
        os.sched_setscheduler(thread, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
        return True
    return False


def may_go_first(priority: int = PRIORITY) -> bool:
    """Say whether ``go_first`` would be allowed, by trying it in a thread that ends at once."""
    allowed: list[bool] = []
    attempt = threading.Thread(target=lambda: allowed.append(go_first(priority)), name="may go first")
    attempt.start()
    attempt.join()
    return allowed == [True]
