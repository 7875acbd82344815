#!/usr/bin/python3
"""Keeps one vote in a file, on the switch's side, while the service is away. Run by the dialplan's AGI().

    AGI(vote.py,<attempt id>,<READSTATUS>,<digits>,<directory of vote files>)

Stands alone: runs on the switch's own python3 and knows nothing of the service. The file is written and
fsynced before a word is said to the switch, since AstDB may lose the last second when the switch is
killed, and since the caller may hang up at any moment. pyst2 and six lie beside this script.
Exit status: 0 kept, 2 refused, 1 could not be kept.
"""

import json
import os
import re
import signal
import sys
import time
import warnings

ATTEMPT_ID = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,128}")
READ_STATUS = re.compile(r"[A-Z]{0,16}")
DIGITS = re.compile(r"[0-9*#]{0,16}")
KEPT, FAILED, REFUSED = 0, 1, 2


def keep(directory: str, attempt_id: str, read_status: str, digits: str, at: float) -> str:
    """Write one vote (``at`` in seconds since 1970) so that a power cut cannot take it; return its path.

    Raises ``ValueError`` for arguments that cannot be right, ``OSError`` when nothing could be kept.
    """
    for name, value, pattern in (
        ("attempt id", attempt_id, ATTEMPT_ID),
        ("READSTATUS", read_status, READ_STATUS),
        ("digits", digits, DIGITS),
    ):
        if not pattern.fullmatch(value):
            raise ValueError(f"{name} cannot be {value!r}")
    path = os.path.join(directory, attempt_id + ".json")
    part = f"{path}.{os.getpid()}.part"
    vote = {"attempt_id": attempt_id, "read_status": read_status, "digits": digits, "at": at}
    # For the owner, and for the group of a directory that has one: the service may be another user.
    mode = 0o600 | os.stat(directory).st_mode & 0o060
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with open(descriptor, "w", encoding="ascii") as file:
        json.dump(vote, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)
    _sync_directory(directory)
    return path


def _sync_directory(directory: str) -> None:
    """Make the new name as lasting as the content."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def tell_switch() -> None:
    """Set VOTEKEPT=1 on the channel, if it still lives; then AGI is not touched again."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    warnings.simplefilter("ignore")  # pyst2's source is older than the switch's python
    from asterisk.agi import AGI

    # pyst2 writes every line it sees to its error stream, and the switch shows that on its console.
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        AGI(stderr=nowhere).set_variable("VOTEKEPT", "1")


def main(arguments: list[str]) -> int:
    """Keep the vote named by the four arguments, then tell the switch."""
    # The switch sends SIGHUP when the caller hangs up; unhandled, it would end us before the file is safe.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        attempt_id, read_status, digits, directory = arguments
        keep(directory, attempt_id, read_status, digits, time.time())
    except ValueError as fault:
        sys.stderr.write(f"vote refused: {fault}\n")
        return REFUSED
    except OSError as fault:
        sys.stderr.write(f"vote not kept: {fault}\n")
        return FAILED
    try:
        tell_switch()
    except Exception as fault:  # the vote is safe; a caller who left or a missing pyst2 changes nothing
        sys.stderr.write(f"vote kept, switch not told: {fault!r}\n")
    return KEPT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
