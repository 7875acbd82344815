"""The rule book that calls are judged by at this moment.

Knows that it may change. Must not know when, why or by whom.
"""

from campaigns.rules.packs import RuleBook


class RulesInForce:
    """Holds the one rule book that counts. Whoever judges asks for ``book`` anew each time."""

    def __init__(self, book: RuleBook) -> None:
        self.book = book
