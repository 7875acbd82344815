"""Who and what the console's tests know: tokens, agents, a draft, and a clock set by hand."""

from collections.abc import Mapping
from datetime import UTC, datetime

from console.ports import Token

TOKENS = {
    "manager-token-0123456789": Token("Mia", "manager"),
    "agent-token-0123456789": Token("Anna", "agent", "1001"),
    "other-agent-token-0123456789": Token("Omar", "agent", "1002"),
}
AGENTS = {"1001": "Anna Berg", "1002": "Omar Said"}
MANAGER: Mapping[str, str] = {"Authorization": "Bearer manager-token-0123456789"}
AGENT: Mapping[str, str] = {"Authorization": "Bearer agent-token-0123456789"}
DRAFT = {"name": "November revisits", "template": "revisit", "company": "North Gate Motors",
         "caller_id": "+4930555010"}  # fmt: skip


class Moment:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at
