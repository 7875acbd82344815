"""A rule pack of an operator's own that bounds how long records are kept, beside the ready-made ones."""

from campaigns.packs_folder import load_packs
from campaigns.rules.pack_text import parse_pack
from campaigns.rules.packs import RuleBook

PACKS = load_packs()


def bounded(name: str, days: int, most: int | None) -> RuleBook:
    """Return the rules of a service centre under a pack that binds all: at least and at most so many days."""
    text = f"""
name = "{name}"
label = "{name}"
version = 2026-01-01
effective = 2026-01-01
owner = "privacy"
countries = []
[sources.promise]
url = ""
sure = "ours"
says = "so long"
[service]
[[service.retention]]
what = "records"
days = {days}
{f"most_days = {most}" if most else ""}
sources = ["promise"]
[marketing]
like = "service"
[complaint]
like = "service"
"""
    pack = parse_pack(text)
    return RuleBook({**PACKS, name: pack}, always=(name,), trades=frozenset({"service-centre"}))
