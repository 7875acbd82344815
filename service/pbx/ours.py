"""Our own PBX as one directory: product configuration, generated files, the offline vote script.

Knows which of our files make a PBX. Must not know the simulated network.
"""

import importlib.util
import shutil
from pathlib import Path, PurePosixPath

from service.pbx.errors import PbxError
from service.pbx.instance import Instance
from service.pbx.places import OFFLINE_SCRIPT, PRODUCT_CONF
from service.pbx.provision import generated_files
from service.pbx.site import Globals, Site
from service.pbx.source import Source


def dialplan_globals(seen: PurePosixPath, service: str) -> Globals:
    """Return what the dialplan of a PBX is told whose directory Asterisk sees at ``seen``.

    ``service`` is host:port of the AGI server.
    """
    script = f"{seen}/agi/{OFFLINE_SCRIPT.name}"
    return Globals(f"agi://{service}", f"{seen}/prompts", script, f"{seen}/votes")


def our_instance(source: Source, directory: Path, site: Site, *, goes_first: bool = True) -> Instance:
    """Return our PBX in ``directory``, to be started. Raises ``PbxError`` without the offline script."""
    install_offline(directory / "agi")
    generated = generated_files(site)
    fenced = site.on_loopback
    return Instance(source, directory, PRODUCT_CONF, generated, fenced=fenced, goes_first=goes_first)


def install_offline(target: Path) -> Path:
    """Put the offline vote script in ``target`` and the pure packages it imports in its ``lib``.

    The python3 beside Asterisk is not the service's: it has no packages, and needs none but pyst2 and six,
    which are copied from this environment. Returns the script's path. Raises ``PbxError`` when one of
    them is missing: without it a vote could be lost unnoticed.
    """
    lib = target / "lib"
    lib.mkdir(parents=True, exist_ok=True)
    for name in ("asterisk", "six"):
        _copy_package(name, lib)
    if not OFFLINE_SCRIPT.is_file():
        raise PbxError(f"{OFFLINE_SCRIPT} is missing")
    script = Path(shutil.copy2(OFFLINE_SCRIPT, target))
    script.chmod(0o755)
    return script


def _copy_package(name: str, lib: Path) -> None:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise PbxError(f"the Python package {name} is missing here: the offline vote script needs it")
    origin = Path(found.origin)
    if origin.name == "__init__.py":
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(origin.parent, lib / name, dirs_exist_ok=True, ignore=ignored)
    else:
        shutil.copy2(origin, lib)
