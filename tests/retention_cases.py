"""A rule pack of an operator's own that bounds how long records are kept, beside the ready-made ones."""

from own_pack import own_pack_text

from campaigns.packs_folder import load_packs
from campaigns.rules.pack_text import parse_pack
from campaigns.rules.packs import RuleBook

PACKS = load_packs()


def bounded(name: str, days: int, most: int | None) -> RuleBook:
    """Return the rules of a service centre under a pack that binds all: at least and at most so many days."""
    rules = f"""
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
    pack = parse_pack(own_pack_text(name, rules))
    return RuleBook({**PACKS, name: pack}, always=(name,), trades=frozenset({"service-centre"}))
