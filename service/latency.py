"""How the interpreter is set up so that an answered call never waits for it long.

Knows CPython's switches that hold for the whole process, so only whoever owns the process may call this. Must
not know calls.
"""

import gc
import sys
from typing import Final

SWITCH_S: Final = 0.0005
"""The longest a database thread may keep the interpreter while the event loop wants it, in seconds. CPython's
5 ms are longer than the whole way from answer to agent."""


def keep_pauses_short() -> None:
    """Set the process up for short pauses; call it once, when everything long-lived has been made.

    What exists now is taken out of the garbage collector's sight: a full collection would walk over some
    300,000 objects of modules, routes and schemas, and every call would stand still for a tenth of a second.
    """
    sys.setswitchinterval(SWITCH_S)
    gc.collect()
    gc.freeze()
