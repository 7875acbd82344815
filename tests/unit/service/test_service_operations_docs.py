"""The systemd unit in operations.md: a service that cannot start yet is started again, for ever."""

import re
from configparser import ConfigParser
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_unit_never_meets_the_limit_of_starts_and_may_go_first() -> None:
    (text,) = re.findall(r"```ini\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    unit = ConfigParser()
    unit.read_string(text)
    assert unit["Unit"]["StartLimitIntervalSec"] == "0"
    service = unit["Service"]
    assert service["ExecStart"].endswith("/dialer serve")
    assert service["Restart"] == "always"
    assert int(service["RestartSec"]) >= 1  # a fault that lasts must not take the processor
    assert service["LimitRTPRIO"] == "10"
