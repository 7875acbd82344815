"""The event loop that commands run on: libuv's, which moves bytes and timers without Python code.

Knows which loop it is. Must not know what runs on it.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a program's one coroutine to its end and return its value; raises what it raises.

    Ctrl-C cancels it and is raised as ``KeyboardInterrupt`` when it has ended.
    """
    import uvloop  # 40 ms, which commands without a loop need not wait for

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
