"""The folder of uploads: what a run of the service that was killed left in it goes when the next one starts.

Knows the names that are given in it, and ``flock``. Must not know lists. Lists hold names and numbers, and
erasing a person does not search them, so none may stay behind. Reject files that an upload's record stands
beside are known to the service of their database, which searches them; they go by age where it never comes
again. Services of one machine may share a folder: each holds a shared lock on it, and only who finds nobody
else there clears it.
"""

import fcntl
import os
import re
import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog

from campaigns.desk.kept_uploads import RECORD, REJECTS
from campaigns.private_files import make_private
from service.errors import CannotStart

log = structlog.get_logger()

_KEPT: Final = f"{re.escape(REJECTS)}|{re.escape(RECORD)}"
_UPLOAD: Final = re.compile(rf"(?P<list>upload-[0-9a-f]{{16}})(?P<kept>{_KEPT})?")
"""A list, and its reject file and record, as ``ImportDesk`` calls them."""
_REWRITTEN: Final = re.compile(rf"\.upload-[0-9a-f]{{16}}({_KEPT})\.[a-z0-9_]{{8}}")
"""What was to take the place of a reject file or record, as ``private_replacement`` calls it."""
_SEEN: Final = re.compile(r"seen-[a-z0-9_]{8}")
"""A reading process's folder, as ``ProcessReader`` has it named."""


class UploadFolder:
    """A folder of uploads in use by this service; cleared when nobody else uses it."""

    def __init__(self, directory: Path, keep: timedelta) -> None:
        """``keep`` is how long uploads are remembered. Raises ``CannotStart`` without such a folder."""
        try:
            make_private(directory)
            self._descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as fault:
            raise CannotStart(f"uploads: no directory {directory}: {fault}") from fault
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # somebody works in it, and nobody can tell his files from what was left behind
        except OSError as fault:  # a file system without such locks
            log.warning("uploads left behind cannot be cleared", folder=str(directory), fault=str(fault))
            return
        else:
            _clear(directory, time.time() - keep.total_seconds())
        # Whoever holds it whole lets go in a moment: it is clearing, as we may have been.
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    async def close(self) -> None:
        """Let go of the folder."""
        os.close(self._descriptor)


def _clear(directory: Path, since: float) -> None:
    """Delete what bears a name of ours and is not remembered. What cannot be deleted is told and stays."""
    gone = 0
    for entry in sorted(directory.iterdir()):
        is_file = (entry.is_file() or entry.is_symlink()) and _is_left_behind(entry, since)
        is_folder = _SEEN.fullmatch(entry.name) is not None and entry.is_dir() and not entry.is_symlink()
        if not is_file and not is_folder:
            continue
        try:
            if is_file:
                entry.unlink()
            else:
                shutil.rmtree(entry)
        except OSError as fault:
            log.warning("an upload left behind cannot be deleted", file=str(entry), fault=str(fault))
            continue
        gone += 1
    if gone:
        log.info("uploads left behind by a run that was killed are deleted", files=gone)


def _is_left_behind(file: Path, since: float) -> bool:
    """Say whether a file is an upload's and nobody remembers it: a list, a file half written anew, or what is
    older than ``since``.
    """
    if _REWRITTEN.fullmatch(file.name):
        return True
    ours = _UPLOAD.fullmatch(file.name)
    if ours is None or ours["kept"] is None or file.is_symlink():
        return ours is not None
    try:
        return file.with_name(ours["list"] + RECORD).stat().st_mtime < since
    except OSError:
        return True
