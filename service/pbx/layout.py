"""An Asterisk's own directory: its folders, the copied configuration, the files made for it.

Knows what lies where. Must not know who starts Asterisk, nor what the generated files say.
"""

import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from campaigns.private_files import make_private
from service.pbx.data_folder import DEBIAN
from service.pbx.errors import StartFailed
from service.pbx.places import FENCE

FOLDERS = ("etc", "lib", "spool", "run", "log", "prompts", "votes", "agi", "recordings")
_ADDRESS_LIMIT = 107  # bytes that a socket address holds: Asterisk refuses a longer control socket

# Silence is sent while a channel waits: a far end that hears nothing can not tell a pause from a dead line.
_ASTERISK_CONF = """\
[directories]
astetcdir => {home}/etc
astvarlibdir => {home}/lib
astdbdir => {home}/lib
astkeydir => {home}/lib
astdatadir => {data}
astagidir => {home}/agi
astspooldir => {home}/spool
astrundir => {home}/run
astlogdir => {home}/log

[options]
transmit_silence = yes
live_dangerously = no
hideconnect = yes
nocolor = yes

[files]
astctlpermissions = 0600
"""


def lay_out(
    directory: Path,
    seen: PurePosixPath,
    conf_dir: Path,
    generated: Mapping[str, str],
    data: PurePosixPath = DEBIAN,
) -> None:
    """Make or renew an Asterisk's directory, which Asterisk itself sees at ``seen``.

    ``conf_dir`` is copied to ``etc``; ``generated`` files go below ``etc/generated``, readable by the owner
    alone; ``data`` is where this Asterisk sees what it came with. What Asterisk wrote (AstDB, logs, votes)
    stays. Raises ``StartFailed`` for a path that is too long.
    """
    if len(os.fsencode(f"{seen}/run/asterisk.ctl")) > _ADDRESS_LIMIT:
        raise StartFailed(f"{directory}: the path is too long for Asterisk's control socket")
    make_folders(directory)
    etc = directory / "etc"
    shutil.copytree(conf_dir, etc, dirs_exist_ok=True, ignore=shutil.ignore_patterns("network", "generated"))
    shutil.copy2(FENCE, directory)
    make_private(etc)  # the copy took over the mode of ours
    _write_private(etc / "asterisk.conf", _ASTERISK_CONF.format(home=seen, data=data))
    for name, text in generated.items():
        _write_private(etc / "generated" / name, text)


def make_folders(directory: Path) -> None:
    """Make the folders, and the ``hosts`` file that a private root gets as ``/etc/hosts``.

    Nobody else may look in: there are secrets, recordings, numbers in logs and journals.
    """
    make_private(directory)
    for name in FOLDERS:
        make_private(directory / name)
    hosts = directory / "hosts"
    if not hosts.exists():
        # Without its own name and the root server's, Asterisk asks the network for seconds at each call.
        names = f"localhost {socket.gethostname()} A.ROOT-SERVERS.NET"
        hosts.write_text(f"127.0.0.1 {names}\n::1 localhost ip6-localhost ip6-loopback\n")


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
