"""What an inspection asks for is what the service sends."""

import re
from pathlib import Path

from dialer.ami import inspection, link, telephony
from dialer.ami.inspection import ACTIONS


def test_every_action_that_the_service_sends_is_asked_for() -> None:
    sent = set[str]()
    for module in (link, telephony):
        sent.update(re.findall(r'"Action": "(\w+)"', Path(module.__file__).read_text(encoding="utf-8")))
    # What both ask over a link that they are given.
    shared = r'_listed\(link, "(\w+)"\)|(?<![._])link\.ask\(\{"Action": "(\w+)"'
    text = Path(inspection.__file__).read_text(encoding="utf-8")
    sent.update(found[1] or found[2] for found in re.finditer(shared, text))
    assert sent == set(ACTIONS)
