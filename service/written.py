"""What an operator writes beside the settings: rule packs, flows, templates; ours where he wrote none.

Knows settings and where each lies. Must not know what it means.
"""

from campaigns.model import Template
from campaigns.packs_folder import load_packs, rule_book
from campaigns.rules.packs import RuleBook
from campaigns.templates import load_templates
from ivr.flow.library import FlowLibrary
from ivr.flow.model import Messages
from service.info_message import told_by
from service.settings import Settings


def rules_of(settings: Settings, messages: Messages) -> RuleBook:
    """Return the rule book of these settings, which are held to what ``messages`` say.

    Raises ``InvalidInput`` with every fault of packs and choices.
    """
    own = settings.rules.packs_dir
    packs = load_packs(settings.path(own) if own else None)
    return rule_book(packs, settings.rules.choices, told_by(messages, settings.company.languages))


def flows_of(settings: Settings) -> FlowLibrary:
    """Return the flows; raises ``IvrError`` with every fault."""
    return FlowLibrary.read(settings.path(settings.flows) if settings.flows else None)


def templates_of(settings: Settings) -> dict[str, Template]:
    """Return the templates by name, the operator's own over ours; raises ``InvalidInput``."""
    templates = {**load_templates()}
    if settings.templates is not None:
        templates |= load_templates(settings.path(settings.templates))
    return templates
