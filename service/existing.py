"""Writes our part for an Asterisk that exists already: what ``dialer existing`` does.

Knows folders and rights: either all is written, or all is as it was. Must not know what is in the files.
"""

import contextlib
import errno
import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from campaigns.private_files import FILE, private_replacement
from service.errors import BadSettings, CannotWrite, SettingFault
from service.pbx.existing import files_for_existing
from service.pbx.ours import install_offline
from service.pbx.places import OFFLINE_SCRIPT
from service.pbx.provision import fresh_secret
from service.pbx.site import Globals
from service.serve import AMI_SECRET, shared_directories, site_of
from service.settings import Settings

GROUP_READS: Final = 0o640
"""Mode of files with secrets that Asterisk reads; their group is for the administrator to set."""
GROUP_WRITES: Final = 0o2770
"""Mode of the folder where Asterisk leaves votes; what is in it keeps the group."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that must be there, to be written in if ``written``; ``instead`` names the way round it."""

    path: Path
    instead: str
    written: bool = True


def write_for_existing(settings: Settings, directory: Path) -> Sequence[Path]:
    """Write the files to be included and their README, which says how; return them.

    Makes what is missing: the folders that Asterisk and the service share, and the manager's secret. Raises
    ``BadSettings`` where the settings still ask for an Asterisk of ours: the service would then speak
    of folders as that one sees them, and the other one finds no sound there. Raises ``CannotWrite``.
    """
    if settings.pbx.managed:
        problem = "is true, so an Asterisk of our own is meant; set it to false for the one you have"
        raise BadSettings([SettingFault("pbx.managed", problem)])
    try:
        return _write(settings, directory)
    except OSError as fault:
        place = fault.filename2 or fault.filename or directory
        why = f"{place} can not be written: {fault.strerror or fault}"
        raise CannotWrite(f"{why}. The files to be included are as they were") from fault


def _write(settings: Settings, directory: Path) -> Sequence[Path]:
    pbx, secret_file = settings.pbx, settings.path(settings.pbx.ami_secret_file)
    secret = "" if os.environ.get(AMI_SECRET) or secret_file.exists() else fresh_secret()
    prompts, votes = shared_directories(settings)
    agi = directory.absolute() / "agi"
    seen_as = pbx.prompts_seen_as or str(prompts)
    listens = f"agi://{pbx.agi_host}:{pbx.agi_port}"
    dialplan = Globals(listens, seen_as, str(agi / OFFLINE_SCRIPT.name), str(votes))
    site = site_of(settings, dialplan, ami_secret=secret)
    texts = {directory / name: text for name, text in files_for_existing(directory, prompts, site).items()}
    folders = [Folder(path, "name another folder") for path in (directory, agi, agi / "lib")]
    if secret:
        folders.append(Folder(secret_file.parent, "set pbx.ami_secret_file to a file elsewhere"))
    for name, path in (("prompts", prompts), ("votes", votes)):
        folders.append(Folder(path, f"set pbx.{name} to another", written=False))
    open_votes = not votes.exists()
    with made(folders):
        if open_votes:
            votes.chmod(GROUP_WRITES)
        install_offline(agi)
        secrets = {secret_file: f"{secret}\n"} if secret else {}
        write_together([(secrets, FILE), (texts, GROUP_READS)])
    return list(texts)


def write_together(parts: Sequence[tuple[Mapping[Path, str], int]]) -> None:
    """Write texts by path, each part's in its mode: all are replaced, or none where one cannot be written."""
    with contextlib.ExitStack() as all_of_them:
        for texts, mode in parts:
            for path, text in texts.items():
                file = all_of_them.enter_context(private_replacement(path))
                os.fchmod(file.fileno(), mode)
                file.write(text.encode())
                file.flush()


@contextlib.contextmanager
def made(folders: Sequence[Folder]) -> Iterator[None]:
    """Make folders that are missing, to be taken away again when the block fails.

    Raises ``CannotWrite`` with all that cannot be made or, where they must be, written in.
    """
    new, faults = list[Path](), dict[Path, str]()
    try:
        for folder in folders:
            missing = [one for one in (folder.path, *folder.path.parents) if not _there(one)]
            new += missing[-1:]
            try:
                folder.path.mkdir(parents=True, exist_ok=True)
                if folder.written:
                    tempfile.TemporaryFile(dir=folder.path).close()
            except OSError as fault:
                # Of several that fail at one place the first says it all.
                at = missing[-1].parent if missing else folder.path
                faults.setdefault(at, _told(folder, at, fault))
        if faults:
            raise CannotWrite("nothing was written, for these folders can not be:", tuple(faults.values()))
        yield
    except BaseException:
        for path in reversed(new):
            shutil.rmtree(path, ignore_errors=True)
        raise


def _there(path: Path) -> bool:
    """Say whether something is at a path, as far as this user may look."""
    with contextlib.suppress(PermissionError):
        return path.exists()
    return True


def _told(folder: Folder, at: Path, fault: OSError) -> str:
    where = "" if at == folder.path else f" in {at}"
    what = f"{folder.path}: {fault.strerror}{where}"
    if fault.errno not in (errno.EACCES, errno.EPERM):
        return f"{what}; {folder.instead}"
    user = _user()
    if at == folder.path:
        return f"{what}; let {user} write there, or {folder.instead}"
    return f"{what}; as root: install -d -o {user} {folder.path}; or {folder.instead}"


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
