"""The demo says so when it does not come to its end."""

from types import SimpleNamespace
from typing import Any

import pytest

from service import demo
from service.errors import CannotStart


class NobodyReady:
    """A console behind which no agent ever becomes ready."""

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        return {"id": 1}

    async def upload(self, path: str, content: bytes) -> dict[str, Any]:
        return {}

    async def get(self, path: str) -> dict[str, Any]:
        return {"agents": {"ready": 0}, "state": "offline"}


async def test_a_demo_that_hangs_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "TIME_LIMIT_S", 0.05)
    stage: Any = SimpleNamespace(console=NobodyReady(), pair=SimpleNamespace(agents=("agent-101",)))
    with pytest.raises(CannotStart, match=r"not come to its end in 0\.05 s"):
        await demo.play(stage, lambda _: None)


class BusyHotline:
    """A console that counts two votes of the hotline beside those of the campaign."""

    async def get(self, path: str, **query: int) -> dict[str, Any]:
        if path == "/api/live":
            return {"voted": 18 if query == {"campaign": 7} else 20}
        return {"not_reached": [], "open_attempts": 0}


async def test_what_is_shown_live_is_the_campaigns_own() -> None:
    shown: list[Any] = []
    console: Any = BusyHotline()
    await demo._watch(console, 7, shown.append)
    assert shown == [{"voted": 18}]
