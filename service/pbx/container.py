"""Lay out the PBX of the settings for an Asterisk in a container of its own: ``python -m service.pbx.container``.

Run once before that Asterisk starts, by ``docker/compose.yml``. Knows the settings; starts nothing.
"""

import sys
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from service.errors import ServiceError
from service.pbx.errors import PbxError
from service.pbx.ours import dialplan_globals, lay_out_ours
from service.serve import AMI_SECRET, ensure_secret, site_of
from service.settings import load_settings


def main(arguments: Sequence[str]) -> int:
    """Write the PBX's directory of the settings file named by the only argument; 1 with what is wrong."""
    try:
        lay_out_from(Path(arguments[0]) if arguments else None)
    except (PbxError, ServiceError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def lay_out_from(settings_file: Path | None) -> Path:
    """Lay out the directory that the settings name, seen by Asterisk where it is; return it."""
