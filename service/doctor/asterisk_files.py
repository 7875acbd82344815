"""What our own files of Asterisk name, and what an existing Asterisk's own files must say beside them.

Knows ``asterisk/conf`` and ``DIR/README`` of ``dialer existing``. Must not know how Asterisk is asked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from service.doctor.finding import Finding
from service.doctor.ways import RESTART_WORDS
from service.pbx.places import PRODUCT_CONF

NAME: Final = "asterisk's files"


class Lines(Protocol):
    """Tells the lines of an Asterisk's configuration."""

    async def lines_of(self, file: str, section: str = "", kind: str = "") -> list[str] | None:
        """Return the lines of a section, or of those of a type; None when there is none."""


def our_contexts() -> Mapping[str, int]:
    """Return the contexts of our dialplan, and how many steps each has."""
    text = (PRODUCT_CONF / "extensions.conf").read_text(encoding="utf-8")
    _, *parts = re.split(r"^\[([\w-]+)\]", text, flags=re.MULTILINE)
    steps = (len(re.findall(r"^ ?(?:exten|same) =>", part, re.MULTILINE)) for part in parts[1::2])
    return {name: count for name, count in zip(parts[::2], steps, strict=True) if count}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A line that an existing Asterisk's own file needs: ``section`` or sections of a ``kind``."""

    file: str
    section: str
    kind: str
    key: str
    value: str
    why: str


_WANTED: Final = (
    _Wanted("pjsip.conf", "", "system", "timer_t1", "125", "timer_b is never below 64 times timer_t1"),
    _Wanted("pjsip.conf", "", "system", "timer_b", "8000", "a dead provider is taken for no answer"),
    _Wanted(
        "pjsip.conf",
        "",
        "global",
        "endpoint_identifier_order",
        "username,auth_username,ip,anonymous",
        "a trunk takes the phones' registrations from the same address",
    ),
    _Wanted("asterisk.conf", "options", "", "transmit_silence", "yes", "far ends that hear nothing hang up"),
    _Wanted("features.conf", "general", "", "xfersound", "beep", "no tone tells the agent of a customer"),
)


async def site_findings(asterisk: Lines) -> Finding:
    """Look for each line that an existing Asterisk's own files need."""
    faults, remedies = [], []
    for wanted in _WANTED:
        told = value_of(await asterisk.lines_of(wanted.file, wanted.section, wanted.kind) or [], wanted.key)
        if not _enough(told, wanted):
            faults.append(f"{wanted.file} has {wanted.key}={told or '(nothing)'}: {wanted.why}")
            place = (
                f"[{wanted.section}]"
                if wanted.section
                else f"a section of type={wanted.kind} (make one if there is none)"
            )
            remedies.append(f"{wanted.key}={wanted.value} in {place} of {wanted.file}")
    if not await asterisk.lines_of("pjsip.conf", kind="transport"):  # as in the sample of a fresh build
        faults.append("pjsip.conf has no transport: no call goes out or comes in, no phone registers")
        remedies.append("a section of type=transport, protocol=udp and bind=ADDRESS:PORT in pjsip.conf")
    if await asterisk.lines_of("amd.conf") is None:
        faults.append("there is no amd.conf: app_amd does not start without one, and no machine is detected")
        remedies.append("make amd.conf, empty or not")
    if faults:
        remedy = f"set {'; '.join(remedies)}; {RESTART_WORDS}"
        return Finding(NAME, False, "; ".join(faults), remedy)
    return Finding(
        NAME,
        True,
        "transport, timers, identification, silence, tone and amd.conf are right in its files",
    )


def value_of(lines: Sequence[str], key: str) -> str:
    """Return the value of the last line with that key, empty when there is none."""
    told = [line.partition("=")[2].strip() for line in lines if line.partition("=")[0].strip() == key]
    return told[-1] if told else ""


def _enough(told: str, wanted: _Wanted) -> bool:
    """Say whether a value serves as well as ours: a shorter timer does, and a tone of one's own."""
    if wanted.value.isdigit():
        return told.isdigit() and 0 < int(told) <= int(wanted.value)
    if wanted.key == "xfersound":
        return bool(told)
    return _plain(told) == _plain(wanted.value)


def _plain(value: str) -> str:
    plain = value.replace(" ", "").lower()
    return "yes" if plain in ("true", "1", "on", "y", "t") else plain
