"""What an operator writes beside the settings: rule packs, flows, templates; ours where he wrote none.

Knows settings and where each lies. Must not know what it means.
"""

from campaigns.model import Template
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.packs import RuleBook
from campaigns.templates import load_templates
from ivr.flow.library import FlowLibrary
from service.settings import Settings


def rules_of(settings: Settings) -> RuleBook:
    """Return the rule book of these settings; raises ``InvalidInput`` with every fault of packs and
    choices.
    """
    own = settings.rules.packs_dir
    return rule_book(load_packs(settings.path(own) if own else None), settings.rules.choices)


def flows_of(settings: Settings) -> FlowLibrary:
    """Return the flows; raises ``IvrError`` with every fault."""
    return FlowLibrary.read(settings.path(settings.flows) if settings.flows else None)


def templates_of(settings: Settings) -> dict[str, Template]:
    """Return the templates by name, the operator's own over ours; raises ``InvalidInput``."""
    templates = {**load_templates()}
    if settings.templates is not None:
        templates |= load_templates(settings.path(settings.templates))
    return templates
