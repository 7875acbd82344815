"""Lay out the PBX of the settings for an Asterisk that runs in a container of its own.

``python -m service.pbx.container [settings file]`` runs once before that Asterisk starts; both containers see
the directory at the same path. Knows the settings; starts nothing.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from service.errors import ServiceError
from service.pbx.errors import PbxError
from service.pbx.installed import Installed
from service.serve import instance_of
from service.settings_file import load_settings

# Nobody asks this one's version: the other container starts it by the path that its image knows.
_ELSEWHERE = Installed(Path("asterisk"), "")


def main(arguments: Sequence[str]) -> int:
    """Write the directory that the settings name; return 0, or 1 with what is wrong on the error stream."""
    try:
        instance = instance_of(load_settings(Path(arguments[0]) if arguments else None), _ELSEWHERE)
        instance.lay_out()
    except (PbxError, ServiceError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{instance.directory}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
