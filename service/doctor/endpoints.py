"""Whether trunks and phones are in the running Asterisk as our templates have them.

Knows ``asterisk/conf/pjsip.conf``. Must not know how Asterisk is asked, nor how it is put right. A section of
the same name in an existing Asterisk's own files, or a template, changes ours without a word in its log.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Protocol

from service.doctor.finding import Finding
from service.doctor.ways import RESTART, Ways
from service.pbx.places import PRODUCT_CONF
from service.settings import Settings

NAME: Final = "endpoints"
TRUNK: Final = "dialer-trunk"
PHONE: Final = "dialer-agent"
_OF_EACH: Final = frozenset({"type", "allow", "disallow"})
"""What each trunk and phone may have otherwise, and what Asterisk does not tell."""

_YES: Final = frozenset({"yes", "true", "on", "1"})
_NO: Final = frozenset({"no", "false", "off", "0"})


class Endpoints(Protocol):
    """Tells how Asterisk has an endpoint."""

    async def endpoint(self, name: str) -> Mapping[str, str]:
        """Return its settings by name, in small letters without signs; empty when there is none."""


async def endpoint_finding(asterisk: Endpoints, settings: Settings, ways: Ways) -> Finding:
    """Look at each trunk and each phone of ours that is in this Asterisk; who is not is told elsewhere."""
    wanted = [(trunk.name, TRUNK) for trunk in settings.trunks]
    wanted += [(agent.id, PHONE) for agent in settings.agents if not agent.phone]
    faults, kinds = [], set[str]()
    for name, kind in wanted:
        told = await asterisk.endpoint(name)
        if told and (others := list(differences(template(kind), told))):
            faults.append(f"{name} has {', '.join(others)}")
            kinds.add(kind)
    if not faults:
        return Finding(NAME, True, "trunks and phones are set as our templates have them")
    return Finding(NAME, False, "; ".join(faults), _remedy(kinds, ways))


def template(name: str) -> Mapping[str, str]:
    """Return the lines of one of our templates that Asterisk tells of each endpoint."""
    text = (PRODUCT_CONF / "pjsip.conf").read_text(encoding="utf-8")
    found = re.search(rf"^\[{name}\]\(!\)\n(.*?)(?=^\[|^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None
    lines = re.findall(r"^(\w+)=([^\s;]+)", found[1], re.MULTILINE)
    return {key: value for key, value in lines if key not in _OF_EACH}


def differences(wanted: Mapping[str, str], told: Mapping[str, str]) -> Iterator[str]:
    """Yield what an endpoint has otherwise: ``direct_media=true (ours: no)``."""
    for key, value in wanted.items():
        has = told.get(key.replace("_", ""))
        if has is not None and _plain(has) != _plain(value):
            yield f"{key}={has or '(nothing)'} (ours: {value})"


def _plain(value: str) -> str:
    small = value.lower()
    return "yes" if small in _YES else "no" if small in _NO else small


def _remedy(kinds: Iterable[str], ways: Ways) -> str:
    renew = ways.renew("pjsip.conf", RESTART)
    if ways.files_are_ours:
        return renew
    return (
        f"rename what your own pjsip.conf has under these names or under [{'], ['.join(sorted(kinds))}], "
        f"and see that no line stands after its #include; {renew}"
    )
