"""What is said, in which language, and what keeps a campaign from starting."""

import asyncio
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from campaigns.desk.campaigns import CampaignDesk, CampaignDraft
from campaigns.lists import ListRow
from campaigns.memory import MemoryBook
from campaigns.model import AmdMode, Campaign, CampaignStatus, Customer, CustomerClass, DialMode, Purpose
from campaigns.packs_folder import load_packs
from campaigns.rules.packs import RuleBook
from campaigns.rules_in_force import RulesInForce
from campaigns.templates import load_templates
from dialer.errors import NotKnown
from ivr.errors import FlowFaults, PromptError
from ivr.flow.library import FlowLibrary
from ivr.prompts.memory import SilentSpeaker
from ivr.prompts.store import PromptStore
from service.definitions import Definitions, spoken_language
from service.info_message import told_by
from service.settings import Company

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
COMPANY = Company(
    name="Acme", caller_id="+12025550100", callback_number="+12025550101", languages=("en", "es")
)
TEMPLATES = load_templates()


class Clock:
    def now(self) -> datetime:
        return NOON

    def monotonic(self) -> float:
        return 0.0


class Place:
    """Definitions over twins; sounds are silence in a folder."""

    def __init__(self, folder: Path, company: Company = COMPANY, **changes: Any) -> None:
        self.people = MemoryBook()
        self.speaker = SilentSpeaker()
        self.sounds = PromptStore(folder, self.speaker, "/seen")
        self.templates = changes.get("templates", TEMPLATES)
        self.desk = CampaignDesk(self.people, self.templates, Clock().now)
        flows = changes.get("flows", FlowLibrary.read())
        self.words = Definitions(
            flows,
            self.templates,
            self.sounds,
            company,
            changes.get("trunks", ["main"]),
            self.desk,
            self.people,
            Clock(),
            RulesInForce(RuleBook(load_packs(), told=told_by(flows.messages, company.languages))),
        )

    async def campaign(self, **changes: Any) -> Campaign:
        draft = CampaignDraft("Revisit", "revisit", "Zenith", "+12025550111", "+12025550112")
        return replace(await self.desk.create(draft, "ann"), **changes)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


ROW = ListRow("C-1", "Ana", "Ms", "en", CustomerClass.ORDINARY, ("Europe/London",), "", NOON, {}, {})


def customer(language: str) -> Customer:
    return Customer(1, "C-1", "Ana", "Ms", language, CustomerClass.ORDINARY, (), ())


@pytest.mark.parametrize(
    ("wanted", "spoken", "found"),
    [
        ("en", ("en", "es"), "en"),
        ("es-MX", ("en", "es"), "es"),
        ("es_mx", ("en", "es"), "es"),
        ("ES", ("en", "es"), "es"),
        ("es-MX", ("en", "es", "es-MX"), "es-MX"),
        ("pt", ("en", "pt-BR"), "pt-BR"),
        ("pt-PT", ("en", "pt-BR"), "pt-BR"),
        ("zh-TW", ("en", "zh"), "zh"),
        ("", ("en", "es"), "en"),
        ("fr-CA", ("en", "es"), "en"),
        ("e", ("en", "es"), "en"),
    ],
)
def test_the_nearest_language_that_is_spoken(wanted: str, spoken: tuple[str, ...], found: str) -> None:
    assert spoken_language(wanted, spoken) == found


def test_a_stranger_is_spoken_to_in_the_first_language(place: Place) -> None:
    assert place.words.language(None) == "en"
    assert place.words.language(customer("es-MX")) == "es"


async def test_a_campaign_speaks_in_its_own_name_else_in_the_company_s(place: Place) -> None:
    campaign = await place.campaign()
    assert place.words.variables(campaign, None) == {
        "company": "Zenith",
        "callback_number": "+12025550112",
        "opt_out_number": "+12025550112",
    }
    assert place.words.variables(None, None) == {
        "company": "Acme",
        "callback_number": "+12025550101",
        "opt_out_number": "+12025550101",
    }
    bare = replace(campaign, company="", callback_number="")
    assert place.words.variables(bare, None) == place.words.variables(None, None)


async def test_the_dialplan_is_given_limit_sounds_and_keys(place: Place) -> None:
    campaign = await place.campaign(connect_limit_s=1.5)
    with pytest.raises(PromptError, match="was not made ahead"):
        place.words.dial_variables(campaign, customer("en"))
    await place.words.prepare(campaign)
    given = place.words.dial_variables(campaign, customer("es-MX"))
    assert (given["LIMIT"], given["__VOTEKEYS"]) == ("1.5", "12345")
    sounds = {name: given[f"__{name}PROMPT"] for name in ("INFO", "VOTE", "THANKS")}
    assert len(set(sounds.values())) == 3
    assert all(path.startswith("/seen/") for path in sounds.values())
    assert sounds["INFO"] != place.words.dial_variables(campaign, customer("en"))["__INFOPROMPT"]


async def test_without_detection_the_dialplan_hears_nothing_of_it(place: Place) -> None:
    campaign = await place.campaign()
    await place.words.prepare(campaign)
    given = place.words.dial_variables(campaign, customer("en"))
    assert not given.keys() & {"SCREEN", "LIMITAFTER", "MACHINEPROMPT"}


async def test_detection_travels_as_the_other_limits_do(place: Place) -> None:
    campaign = await place.campaign(amd=AmdMode.HUMAN_FIRST, connect_limit_s=1.8)
    await place.words.prepare(campaign)
    given = place.words.dial_variables(campaign, customer("en"))
    assert (given["LIMIT"], given["SCREEN"].split(":")[3]) == ("1.8", "1500")
    assert "LIMITAFTER" not in given
    assert "MACHINEPROMPT" not in given
    strict = replace(campaign, amd=AmdMode.STRICT, connect_limit_s=2.0, machine_message=True)
    given = place.words.dial_variables(strict, customer("en"))
    assert (given["LIMIT"], given["LIMITAFTER"], given["SCREEN"].split(":")[3]) == ("4.5", "1.5", "3000")
    assert given["MACHINEPROMPT"].startswith("/seen/")
    assert given["MACHINEPROMPT"] not in (given["__INFOPROMPT"], given["__VOTEPROMPT"])


async def test_detection_is_asked_of_the_packs_of_every_lead_before_the_start(place: Place) -> None:
    made = await place.campaign()
    numbers = ("+12025550123", "+12025550124", "+442079460123")
    rows = [ROW._replace(ref=number, number=number) for number in numbers]
    await place.people.load_rows(made.id, rows)
    for amd, machine_message, expected in (
        (AmdMode.OFF, False, []),
        (AmdMode.HUMAN_FIRST, True, []),
        (AmdMode.STRICT, False, ["+12025550123"]),
    ):
        asked = replace(made, amd=amd, machine_message=machine_message)
        found = await place.words.objections(asked)
        assert [text.rpartition(" ")[2] for text in found] == expected
    (text,) = found
    assert text.startswith("strict detection of machines: no rule pack here counts")
    assert "(rule connect)" in text
    told = replace(made, amd=AmdMode.HUMAN_FIRST, machine_message=True, purpose=Purpose.MARKETING)
    found = await place.words.objections(told)
    assert len(found) == 2
    assert {re.findall(r"pack ([a-z-]+), version [^,]+, rule machine", one)[0] for one in found} == {
        "us-federal",
        "uk",
    }


def library(**texts: str) -> FlowLibrary:
    """The ready-made flows with other English messages; an empty text is none."""
    shipped = FlowLibrary.read()
    prompts = shipped.messages.prompts
    english = {name: text for name, text in {**prompts.texts["en"], **texts}.items() if text}
    spanish = {name: text for name, text in prompts.texts["es"].items() if name in english}
    changed = replace(prompts, texts={"en": english, "es": spanish})
    return FlowLibrary(
        {flow.name: flow for flow in shipped.flows()}, replace(shipped.messages, prompts=changed)
    )


async def test_a_marketing_call_has_an_information_message_of_its_own(place: Place) -> None:
    service = await place.campaign()
    marketing = replace(service, purpose=Purpose.MARKETING)
    await place.words.prepare(service)
    english = customer("en")
    told = place.words.dial_variables(marketing, english)["__INFOPROMPT"]
    assert told != place.words.dial_variables(service, english)["__INFOPROMPT"]


@pytest.mark.parametrize(
    ("purpose", "texts", "missing"),
    [
        (Purpose.MARKETING, {}, {}),
        (Purpose.SERVICE, {}, {}),
        (Purpose.SERVICE, {"info": "Call {callback_number}."}, {"uk": ["{company}"]}),
        (Purpose.SERVICE, {"info": "Hello."}, {"uk": ["{company}", "{callback_number}"]}),
        (
            Purpose.MARKETING,
            {"info-marketing": ""},
            {"us-federal": ["{opt_out_number}", "a text of its own for this purpose"]},
        ),
        (
            Purpose.MARKETING,
            {"info-marketing": "An offer of {company}: {callback_number}, {opt_out_number}, no more: 99"},
            {"us-federal": ["the key by which to be left alone (9)"]},
        ),
    ],
)
async def test_a_campaign_whose_message_leaves_out_what_a_pack_wants_does_not_start(
    tmp_path: Path, purpose: Purpose, texts: dict[str, str], missing: dict[str, list[str]]
) -> None:
    place = Place(tmp_path, flows=library(**texts))
    made = await place.campaign(purpose=purpose)
    for number in ("+12025550123", "+442079460123"):
        await place.people.load_rows(made.id, [ROW._replace(ref=number, number=number)])
    found = await place.words.objections(made)
    packs = load_packs()
    assert len(found) == len(missing)
    for text, (pack, words) in zip(found, missing.items(), strict=True):
        assert f"(pack {pack}, version {packs[pack].version}, rule message)" in text
        assert text.startswith(f"{packs[pack].label} wants the information message to say ")
        said = text.partition(" (pack ")[0]
        assert all(each in said for each in words)
        assert sum(each in said for each in ("{company}", "{callback", "{opt_out", "purpose", "key")) == len(
            words
        )


def test_what_is_told_has_to_be_told_in_every_language() -> None:
    messages = library(info="{company} {callback_number} 9 {opt_out_number}").messages
    assert told_by(messages, ["en"])[Purpose.SERVICE] == {
        "company",
        "callback_number",
        "opt_out_number",
        "key_opt_out",
    }
    assert told_by(messages, ["en", "es"])[Purpose.SERVICE] == {"company", "callback_number", "key_opt_out"}
    assert "purpose" in told_by(messages, ["es-MX"])[Purpose.MARKETING]


async def test_a_message_for_machines_needs_its_text(tmp_path: Path) -> None:
    shipped = FlowLibrary.read()
    texts = {
        language: {name: text for name, text in known.items() if name != "machine"}
        for language, known in shipped.messages.prompts.texts.items()
    }
    bare = replace(shipped.messages, prompts=replace(shipped.messages.prompts, texts=texts))
    flows = FlowLibrary({flow.name: flow for flow in shipped.flows()}, bare)
    place = Place(tmp_path, flows=flows)
    campaign = await place.campaign(amd=AmdMode.HUMAN_FIRST)
    assert place.words.missing(campaign) == []
    (lacking,) = place.words.missing(replace(campaign, machine_message=True))
    assert "'machine'" in lacking


async def test_a_flow_that_talks_to_agents_is_not_run_without_them(place: Place) -> None:
    campaign = await place.campaign(mode=DialMode.AGENTLESS)
    (lacking,) = place.words.missing(campaign)
    assert lacking == "its flow 'revisit' talks to an agent, and its mode is agentless"


async def test_sounds_are_made_once(place: Place) -> None:
    campaign = await place.campaign()
    await place.words.prepare(campaign)
    spoken = len(place.speaker.spoken)
    await place.words.prepare(campaign)
    assert len(place.speaker.spoken) == spoken > 0


async def test_a_complete_campaign_lacks_nothing(place: Place) -> None:
    assert place.words.missing(await place.campaign()) == []
    assert place.words.missing(await place.words.test_campaign()) == []


async def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    place = Place(tmp_path, Company(), trunks=[])
    campaign = await place.campaign(
        caller_id="", callback_number="", company="", template="gone", flow="nowhere"
    )
    found = "; ".join(place.words.missing(campaign))
    for words in (
        "no caller id",
        "callback_number",
        "no company",
        "'gone' is gone",
        "flow nowhere",
        "no trunk",
    ):
        assert words in found
    assert len(place.words.missing(campaign)) == 6


async def test_a_flow_whose_votes_the_template_does_not_count_does_not_start(tmp_path: Path) -> None:
    narrow = {**TEMPLATES, "revisit": replace(TEMPLATES["revisit"], vote_scale=(1, 3))}
    place = Place(tmp_path, templates=narrow)
    missing = place.words.missing(await place.campaign())
    assert missing == [
        "flow 'revisit' takes votes from 1 to 5, template 'revisit' counts 1 to 3",
        "flow 'vote' takes votes from 1 to 5, template 'revisit' counts 1 to 3",
    ]


async def test_which_flows_need_an_agent(place: Place) -> None:
    assert place.words.needs_agent("revisit")
    assert not place.words.needs_agent("test-call")
    with pytest.raises(FlowFaults):
        place.words.flow("nowhere")


async def test_a_template_that_is_gone_is_named(place: Place) -> None:
    with pytest.raises(NotKnown, match="'gone' of campaign 'Revisit' is gone"):
        place.words.template(await place.campaign(template="gone"))


async def test_the_version_changes_with_template_and_flow(place: Place) -> None:
    campaign = await place.campaign()
    versions = {
        place.words.version(campaign),
        place.words.version(replace(campaign, template_version="other")),
        place.words.version(replace(campaign, flow="vote")),
    }
    assert len(versions) == 3
    assert place.words.version(campaign) in versions


async def test_the_hotline_s_sounds_lie_where_the_dialplan_looks(place: Place, tmp_path: Path) -> None:
    await place.words.prepare_hotline()
    for name in ("info", "vote", "thanks", "away"):
        assert (tmp_path / f"{name}.wav").stat().st_size > 44


async def test_without_a_company_the_hotline_keeps_the_dialplan_s_own_sounds(tmp_path: Path) -> None:
    await Place(tmp_path, Company()).words.prepare_hotline()
    assert await asyncio.to_thread(os.listdir, tmp_path) == []


async def test_test_calls_have_one_running_campaign_for_each_caller_id(place: Place) -> None:
    first = await place.words.test_campaign()
    assert (first.status, first.caller_id, first.company) == (CampaignStatus.RUNNING, "+12025550100", "Acme")
    assert (await place.words.test_campaign()).id == first.id
    assert len(await place.people.campaigns()) == 1


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.FINISHED, CampaignStatus.STOPPED])
async def test_a_campaign_of_test_calls_that_came_to_an_end_is_set_going(
    place: Place, status: CampaignStatus
) -> None:
    first = await place.words.test_campaign()
    await place.people.set_status(first.id, status, "ann", NOON)
    again = await place.words.test_campaign()
    assert (again.id, again.status) == (first.id, CampaignStatus.RUNNING)


async def test_a_campaign_of_test_calls_that_a_person_paused_stays_paused(place: Place) -> None:
    first = await place.words.test_campaign()
    await place.people.set_status(first.id, CampaignStatus.PAUSED, "ann", NOON, "oops")
    assert (await place.words.test_campaign()).status is CampaignStatus.PAUSED
