"""What a running service finds on disk: settings, secret, template, prompts, and a list of customers.

Its prompts are short tones under the names the service looks for: nothing is spoken, and what a customer
hears is loud from its first sample.
"""

import array
import csv
import io
import wave
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from ivr.flow.library import FlowLibrary
from ivr.prompts.speaker import EspeakSpeaker
from ivr.prompts.store import PromptStore
from service.pbx.pair import HOTLINE, NETWORK_TRUNK, Pair

COMPANY = "Northside Motors"
CALLER_ID = "+12025550100"
TONE_S = 0.3
FILE = "sqlite:///dialer.db"
ALWAYS = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")


class Tones(EspeakSpeaker):
    """The product's voices by name, and a short tone for whatever they should say."""

    async def speak(self, text: str, language: str, target: Path) -> None:
        with wave.open(str(target), "wb") as file:
            file.setnchannels(1)
            file.setframerate(8000)
            file.setsampwidth(2)
            file.writeframes(array.array("h", [8000, -8000]).tobytes() * int(4000 * TONE_S))


async def lay_out(pair: Pair, home: Path, agents: Sequence[str], database: str = FILE) -> None:
    """Write settings, secret, template and prompts for a service on a pair."""
    flows = FlowLibrary.read()
    words = {"company": COMPANY, "callback_number": HOTLINE, "opt_out_number": HOTLINE}
    prompts = PromptStore(pair.prompts, Tones(), pair.pbx.inside(pair.prompts))
    await prompts.render_all([*flows.flows(), flows.messages], words, ["en"])
    _write_settings(pair, home, agents, database)


def _write_settings(pair: Pair, home: Path, agents: Sequence[str], database: str) -> None:
    ami = pair.pbx_ami
    home.mkdir(parents=True, exist_ok=True)
    (home / "secret").write_text(ami.secret, encoding="utf-8")
    templates = home / "templates"
    templates.mkdir(exist_ok=True)
    (templates / "brisk.toml").write_text(brisk_template(), encoding="utf-8")
    (templates / "offers.toml").write_text(offers_template(), encoding="utf-8")
    day_and_night = ", ".join(f'{day} = "{span}"' for day, span in ALWAYS.items())
    (home / "dialer.toml").write_text(
        f"""
templates = "templates"
company = {{ name = "{COMPANY}", caller_id = "{CALLER_ID}", callback_number = "{HOTLINE}", region = "US" }}
database = {{ url = "{database}" }}
http = {{ port = 0, tokens_file = "tokens.json" }}
hotline = {{ wrap_up_s = 1 }}
rules = {{ house_on_holidays = true, house_hours = {{ {day_and_night} }} }}
[pbx]
managed = false
ami_host = "{ami.host}"
ami_port = {ami.port}
ami_user = "{ami.name}"
ami_secret_file = "secret"
agi_port = {pair.agi_port}
prompts = "{pair.prompts}"
prompts_seen_as = "{pair.pbx.inside(pair.prompts)}"
votes = "{pair.votes}"
[[trunks]]
name = "{NETWORK_TRUNK}"
host = "127.0.0.1"
channels = 100
calls_per_second = 50
"""
        + "".join(f'[[agents]]\nid = "{agent}"\n' for agent in agents),
        encoding="utf-8",
    )


def brisk_template() -> str:
    """Return the shipped revisit template with a busy customer called again after a second, once."""
    text = (files("campaigns") / "templates" / "revisit.toml").read_text(encoding="utf-8")
    text = text.replace('name = "revisit"', 'name = "brisk"')
    changed = text.replace("busy = { after_s = 900, attempts = 5 }", "busy = { after_s = 1, attempts = 2 }")
    assert changed != text
    return changed


def offers_template() -> str:
    """Return the shipped revisit template as telemarketing, which the law binds more strictly."""
    text = (files("campaigns") / "templates" / "revisit.toml").read_text(encoding="utf-8")
    changed = text.replace('name = "revisit"', 'name = "offers"').replace('"service"\n', '"marketing"\n', 1)
    assert 'purpose = "marketing"' in changed
    return changed


def customer_list(numbers: Iterable[str], zone: str = "America/New_York") -> str:
    """Return a list of customers with these numbers, each named by his number, first come first called."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["ref", "name", "phone", "class", "zone", "service", "service_date"])
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    for number in numbers:
        name = f"Customer {number[-4:]}"
        writer.writerow([number, name, number, "ordinary", zone, "inspection", yesterday])
    return out.getvalue()
