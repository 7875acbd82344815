"""One Asterisk a directory: a second start is refused before it touches anything."""

from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from service.pbx.errors import PbxError
from service.pbx.instance import Instance
from service.pbx.places import try_lock


class StartsNothing:
    """A source whose programs cannot be started; counts how often that was tried."""

    version = "22.0"
    program = "asterisk"
    data = PurePosixPath("/usr/share/asterisk")
    tried = 0

    def seen(self, directory: Path) -> PurePosixPath:
        return PurePosixPath(directory)

    def launch(self, *_: Any) -> Any:
        self.tried += 1
        raise PbxError("cannot be started")


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    (tmp_path / "conf").mkdir()
    return tmp_path / "conf"


async def test_a_directory_in_use_is_left_alone(tmp_path: Path, conf: Path) -> None:
    home, source = tmp_path / "pbx", StartsNothing()
    held = try_lock(home / ".running")  # as another process that runs an Asterisk there
    assert held is not None
    socket = home / "run" / "asterisk.ctl"
    socket.parent.mkdir()
    socket.touch()
    with pytest.raises(PbxError, match="runs already, started by another process"):
        await Instance(source, home, conf, {}).start()  # type: ignore[arg-type]
    assert (source.tried, socket.exists()) == (0, True)


async def test_a_start_that_failed_can_be_tried_again(tmp_path: Path, conf: Path) -> None:
    source = StartsNothing()
    instance = Instance(source, tmp_path / "pbx", conf, {})  # type: ignore[arg-type]
    for _ in range(2):
        with pytest.raises(PbxError, match="cannot be started"):
            await instance.start()
    assert source.tried == 2
    await instance.stop()
