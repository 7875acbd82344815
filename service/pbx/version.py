"""Asterisk's version, as its program prints it. Knows text only."""

import re

OLDEST = 18  # the first major release whose AMI, AGI and PJSIP behave as the dialplan here expects

_BANNER = re.compile(r"Asterisk (?:certified[/-])?((\d+)\.[^\s]+)")
_CHECKOUT = re.compile(r"Asterisk GIT-(\d+)-")  # of a release's branch, built from a checkout


def parse_version(banner: str) -> str | None:
    """Return ``22.10.1`` from ``Asterisk 22.10.1~dfsg…`` and ``22`` from ``Asterisk GIT-22-…``, else None."""
    if found := _CHECKOUT.search(banner):
        return found[1]
    found = _BANNER.search(banner)
    return re.split(r"[~+]|-(?!cert|rc)", found[1])[0] if found else None


def major(version: str) -> int:
    """Return the first number of a version that ``parse_version`` returned."""
    return int(version.split(".", 1)[0])
