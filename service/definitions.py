"""What is said and by which definitions: flows, messages, templates, prompts of this installation.

Implements the ports by which the dialer asks for words. Knows files; must not know calls.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.model import TEST_CALLS, Campaign, CampaignStatus, Customer, DialMode, Template
from campaigns.ports import CampaignBook
from campaigns.rules import amd, message
from campaigns.rules.packs import Objection
from campaigns.rules_in_force import RulesInForce
from dialer.errors import NotKnown
from dialer.ports import Clock
from ivr.errors import FlowFaults, IvrError
from ivr.flow.library import FlowLibrary
from ivr.flow.model import Agent, Flow, Vote
from ivr.ports import PromptPort
from ivr.prompts.store import PromptStore
from ivr.prompts.texts import utterance
from service.info_message import info_prompt
from service.settings import Company

MACHINE = "machine"
"""The message for answering machines, among the messages."""


def spoken_language(wanted: str, spoken: Sequence[str]) -> str:
    """Return the spoken language for the one wanted: itself, its parent (``es`` for ``es-MX``), one of its
    countries (``pt-BR`` for ``pt``), else the first one spoken. Case and ``_`` make no difference.
    """
    known = {_plain(language): language for language in reversed(spoken)}
    code = _plain(wanted)
    parent = code.partition("-")[0]
    for candidate in (code, parent):
        if candidate in known:
            return known[candidate]
    return next((one for one in spoken if parent and _plain(one).partition("-")[0] == parent), spoken[0])


def _plain(language: str) -> str:
    return language.replace("_", "-").casefold()


def scale_faults(flows: Iterable[Flow], template: Template) -> list[str]:
    """Name every vote whose scale is not the template's: its report would count other scores."""
    low, high = template.vote_scale
    return [
        f"flow {flow.name!r} takes votes from {node.low} to {node.high}, template {template.name!r} counts "
        f"{low} to {high}"
        for flow in flows
        for node in flow.nodes.values()
        if isinstance(node, Vote) and (node.low, node.high) != (low, high)
    ]


def _screen_variables(campaign: Campaign, machine_prompt: str) -> dict[str, str]:
    """Return the connect limit and how machines are detected; without detection the limit alone."""
    screen = amd.screening(campaign.amd, campaign.connect_limit_s)
    if screen is None:
        return {"LIMIT": f"{campaign.connect_limit_s:g}"}
    variables = {"LIMIT": f"{screen.limit_s:g}", "SCREEN": screen.arguments}
    if screen.after_s is not None:
        variables["LIMITAFTER"] = f"{screen.after_s:g}"
    if machine_prompt:
        variables["MACHINEPROMPT"] = machine_prompt
    return variables


class Definitions:
    """Flows, templates and sounds, and what fills them."""

    def __init__(
        self,
        flows: FlowLibrary,
        templates: Mapping[str, Template],
        prompts: PromptStore,
        company: Company,
        trunks: Sequence[str],
        desk: CampaignDesk,
        people: CampaignBook,
        clock: Clock,
        rules: RulesInForce,
    ) -> None:
        self._rules = rules
        self._flows = flows
        self._templates = templates
        self._prompts = prompts
        self._company = company
        self._trunks = trunks
        self._desk = desk
        self._people = people
        self._clock = clock

    @property
    def prompts(self) -> PromptPort:
        """Sounds that were made ahead of time."""
        return self._prompts

    def flow(self, name: str) -> Flow:
        """Return a loaded flow; raises ``FlowFaults`` when there is none."""
        return self._flows.flow(name)

    def needs_agent(self, name: str) -> bool:
        """Say whether a flow has a talk in it."""
        return needs_agent(self.flow(name))

    def campaign_needs_agent(self, campaign: Campaign) -> bool:
        """Say whether a campaign's calls come to a talk; those of a flow that is gone are taken to."""
        try:
            return self.needs_agent(campaign.flow)
        except FlowFaults:
            return True

    def template(self, campaign: Campaign) -> Template:
        """Return a campaign's template; raises ``NotKnown`` when it has been removed since."""
        try:
            return self._templates[campaign.template]
        except KeyError:
            raise NotKnown(f"template {campaign.template!r} of campaign {campaign.name!r} is gone") from None

    def variables(self, campaign: Campaign | None, customer: Customer | None) -> Mapping[str, str]:
        """Return what fills the texts of a call: the campaign's names, else the installation's."""
        own = self._company
        called_back = (campaign.callback_number if campaign else "") or own.callback_number
        return {
            "company": (campaign.company if campaign else "") or own.name,
            "callback_number": called_back,
            "opt_out_number": own.opt_out_number or called_back,
        }

    def language(self, customer: Customer | None) -> str:
        """Return the customer's language when we speak it, in whatever country's form, else our first one."""
        return spoken_language("" if customer is None else customer.language, self._company.languages)

    def dial_variables(self, campaign: Campaign, customer: Customer) -> Mapping[str, str]:
        """Return what the dialplan needs to keep its promises alone: limit, sounds, detection of machines."""
        words, language = self.variables(campaign, customer), self.language(customer)
        info = info_prompt(self._flows.messages, campaign.purpose)
        names = (info, "vote", "thanks", *((MACHINE,) if campaign.machine_message else ()))
        sounds = {
            name: self._prompts.sound(utterance(self._flows.messages, name, words, language)).path
            for name in names
        }
        low, high = self.template(campaign).vote_scale
        return {
            **_screen_variables(campaign, sounds.get(MACHINE, "")),
            "__INFOPROMPT": sounds[info],
            "__VOTEPROMPT": sounds["vote"],
            "__THANKSPROMPT": sounds["thanks"],
            "__VOTEKEYS": "".join(str(score) for score in range(low, high + 1)),
        }

    async def objections(self, campaign: Campaign) -> list[str]:
        """Return what packs object to in the campaign's detection of machines and in what the information
        message says, over all its leads.

        Each is named with a number that it binds. Other rules are asked call by call.
        """
        found: dict[str, str] = {}
        for where in await self._people.destinations(campaign.id):
            binding = self._rules.book.binding(
                campaign.purpose, where.number, where.country, where.region, campaign.packs
            )
            for no in (amd.objection(campaign, binding), message.objection(binding)):
                if no is not None:
                    found.setdefault(_in_words(campaign, no), where.number)
        return [f"{objection}, for instance for {number}" for objection, number in found.items()]

    def version(self, campaign: Campaign) -> str:
        """Return the hash of template and flow that an attempt runs under."""
        parts = f"{campaign.template_version}/{self.flow(campaign.flow).version}"
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    def missing(self, campaign: Campaign) -> list[str]:
        """Return what keeps a campaign from starting, in plain words; empty when nothing does."""
        words = self.variables(campaign, None)
        missing = []
        if not campaign.caller_id:
            missing.append("it has no caller id")
        if not words["callback_number"]:
            missing.append("no number at which customers can call back (callback_number)")
        if not words["company"]:
            missing.append("no company name to say who called")
        template = self._templates.get(campaign.template)
        if template is None:
            missing.append(f"its template {campaign.template!r} is gone")
        try:
            flows = {name: self.flow(name) for name in (campaign.flow, "vote")}
        except FlowFaults as fault:
            missing.append(str(fault))
        else:
            missing += [] if template is None else scale_faults(flows.values(), template)
            if campaign.mode is DialMode.AGENTLESS and self.needs_agent(campaign.flow):
                missing.append(f"its flow {campaign.flow!r} talks to an agent, and its mode is agentless")
        if campaign.machine_message and MACHINE not in self._flows.messages.prompts.names():
            missing.append(f"the messages have no text {MACHINE!r} for answering machines")
        if not self._trunks:
            missing.append("the settings name no trunk")
        return missing

    async def prepare(self, campaign: Campaign) -> None:
        """Make the campaign's sounds ahead of its first call; done before, it takes no time."""
        sources = (self.flow(campaign.flow), self.flow("vote"), self._flows.messages)
        await self._prompts.render_all(sources, self.variables(campaign, None), self._company.languages)

    async def prepare_hotline(self) -> None:
        """Make the sounds that belong to no campaign, and put the messages where the dialplan looks."""
        words = self.variables(None, None)
        if not all(words.values()):
            return  # no company named yet: the hotline falls back to the dialplan's own sounds
        sources = (self.flow("hotline"), self.flow("vote"), self._flows.messages)
        await self._prompts.render_all(sources, words, self._company.languages)
        self._prompts.publish(self._flows.messages, words, self._company.languages[0])

    async def test_campaign(self) -> Campaign:
        """Return the campaign that test calls belong to, creating it once. It runs, or a person paused it,
        and is never over: one that ended all the same, or was not started when it was made, is set going.
        """
        company = self._company
        for one in await self._people.campaigns():
            if one.for_test_calls and one.caller_id == company.caller_id:
                going = one.status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED)
                return one if going else await self._set_going(one)
        draft = CampaignDraft(
            name=f"Test calls from {company.caller_id or 'no caller id'}",
            template=TEST_CALLS,
            company=company.name or "Test",
            caller_id=company.caller_id,
            callback_number=company.callback_number or company.caller_id,
        )
        return await self._set_going(await self._desk.create_for_test_calls(draft, "service"))

    async def _set_going(self, campaign: Campaign) -> Campaign:
        now = self._clock.now()
        return await self._people.set_status(
            campaign.id, CampaignStatus.RUNNING, "service", now, "for test calls"
        )


def _in_words(campaign: Campaign, no: Objection) -> str:
    """Return an objection with the pack, its version and the rule it stands in."""
    about = f"{campaign.amd.value} detection of machines: " if no.rule != "message" else ""
    whose = f"pack {no.pack.name}, version {no.pack.version}, " if no.pack else ""
    return f"{about}{no.reason} ({whose}rule {no.rule})"


def needs_agent(flow: Flow) -> bool:
    """Say whether a flow has a talk in it."""
    return any(isinstance(node, Agent) for node in flow.nodes.values())


def somebody_speaks(campaign: Campaign, flows: FlowLibrary) -> bool:
    """Say whether somebody of ours speaks in a campaign's calls; one whose flow is gone places none."""
    try:
        return needs_agent(flows.flow(campaign.flow))
    except IvrError:
        return True
