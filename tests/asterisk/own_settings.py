"""Settings of an Asterisk that a test lays out by itself, on the ports it has leased."""

import re
from pathlib import Path

from service.pbx.ports import Ports
from service.settings import Settings
from service.settings_file import parse_settings

_PBX = """
[pbx]
managed = false
ami_secret_file = "secret"
ami_port = {ami}
agi_port = {agi}
sip_port = {sip}
rtp_first = {rtp_first}
rtp_last = {rtp_last}
"""


def own_settings(ports: Ports, home: Path, lines: str) -> Settings:
    """Write the secret, and return settings with these lines behind what every ``[pbx]`` here has.

    A name in braces stands for the port of that name.
    """
    secret = home / "secret"
    secret.write_text("s3cret-of-a-test")
    secret.chmod(0o600)
    text = _PBX + lines
    named = {name: getattr(ports, name) for name in re.findall(r"{(\w+)}", text)}
    return parse_settings(text.format(**named), home, {})
