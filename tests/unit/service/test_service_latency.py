import gc
import sys
from collections.abc import Iterator

import pytest

from service.latency import SWITCH_S, keep_pauses_short


@pytest.fixture
def interpreter() -> Iterator[None]:
    """Begin with nothing frozen, and leave the interpreter as it was."""
    before = sys.getswitchinterval()
    gc.unfreeze()
    yield
    sys.setswitchinterval(before)
    gc.unfreeze()


@pytest.mark.usefixtures("interpreter")
def test_what_exists_is_taken_out_of_full_collections_and_threads_yield_soon() -> None:
    old = gc.get_freeze_count()
    keep_pauses_short()
    assert gc.get_freeze_count() > old + 10_000
    assert len(gc.get_objects(generation=2)) < 1_000
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)
