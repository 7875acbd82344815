"""The page about pacing: its example runs as it stands, and what it names exists."""

import re
from pathlib import Path

from campaigns.model import DialMode
from dialer.pacing.bounds import Bound
from dialer.pacing.budgets import BudgetKind
from dialer.simulator.comparison import PACERS

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "pacing.md").read_text(encoding="utf-8")


def test_the_example_runs_with_plain_data_and_decides_something() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, object] = {}
    printed: list[tuple[object, ...]] = []
    exec(compile(example, "docs/pacing.md", "exec"), {"print": lambda *what: printed.append(what)}, names)
    calls, words = printed[0]
    assert isinstance(calls, int)
    assert calls >= 0
    assert "budget left" in str(words)


def test_every_mode_bound_budget_and_pacer_is_on_the_page() -> None:
    for name in (*DialMode, *BudgetKind, *Bound, *PACERS):
        assert f"`{name}`" in PAGE


def test_the_picture_is_there() -> None:
    for picture in re.findall(r"\]\((pictures/[^)]+)\)", PAGE):
        assert (ROOT / "docs" / picture).read_text(encoding="utf-8").startswith("<svg")
