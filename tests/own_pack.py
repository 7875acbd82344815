"""The text of a rule pack of an operator's own, whatever rules it has."""


def own_pack_text(name: str, rules: str) -> str:
    """Return a pack for all countries, valid from 2026 on; ``rules`` may name the source ``promise``."""
    return f"""
name = "{name}"
label = "{name}"
version = 2026-01-01
effective = 2026-01-01
owner = "privacy"
countries = []
[sources.promise]
url = ""
sure = "ours"
says = "so we promised"
{rules}"""
