"""The settings of the demo: a company, its house open day and night, the trunks and phones of a pair.

Knows what the pair is called by. Must not know what is played on it.
"""

from pathlib import Path
from typing import Final

from campaigns.templates import WEEKDAYS
from service.pbx.pair import HOTLINE, NETWORK_TRUNK, STUB_TRUNK, Pair
from service.settings import AgentPart, Company, Database, Hotline, Http, Rules, Settings, TrunkPart

ALWAYS: Final = dict.fromkeys(WEEKDAYS, "00:00-24:00")
"""The simulated customers never sleep: the campaign and the house are open day and night, as any operator may
set them. The law binds all the same: what it says of service calls to these numbers names no hours."""

SIP_STUB_NUMBERS: Final = r"^\+1\d{3}9"
"""Numbers whose SIP status the stub sends: they go there directly."""


def demo_settings(running: Pair, home: Path) -> Settings:
    """Return settings for a pair: its trunks and its agents' phones."""
    return Settings(
        company=Company(
            name="Northside Motors", caller_id="+12025550100", callback_number=HOTLINE, region="US"
        ),
        database=Database(url="sqlite:///dialer.db"),
        http=Http(port=0, tokens_file=Path("tokens.json")),
        hotline=Hotline(wrap_up_s=2),
        rules=Rules(house_hours=ALWAYS, house_on_holidays=True),
        trunks=(
            TrunkPart(name=STUB_TRUNK, host="127.0.0.1", only=SIP_STUB_NUMBERS, inbound=False),
            TrunkPart(name=NETWORK_TRUNK, host="127.0.0.1", channels=100, calls_per_second=50),
        ),
        agents=tuple(AgentPart(id=name, name=f"Agent {name[-3:]}") for name in running.agents),
        home=home,
    )
