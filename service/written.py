"""The rule book of an installation. Knows settings and packs; must not know what a rule means."""

from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.packs import RuleBook
from service.settings import Settings


def rules_of(settings: Settings) -> RuleBook:
    """Return the rule book of these settings; raises ``InvalidInput`` with every fault of packs and
    choices.
    """
    own = settings.rules.packs_dir
    return rule_book(load_packs(settings.path(own) if own else None), settings.rules.choices)
