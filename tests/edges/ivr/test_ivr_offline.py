import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import asterisk.agi
import pytest

from ivr.offline import vote
from ivr.offline.collect import collect, forget

SCRIPT = Path(vote.__file__)
AGI_HEADER = "agi_request: vote.py\nagi_channel: PJSIP/x\n\n"


def run_script(
    *arguments: str, said_by_switch: str = AGI_HEADER + "200 result=1\n"
) -> subprocess.CompletedProcess[str]:
    """Run the script as the switch does, with pyst2 beside it on the path."""
    beside = str(Path(asterisk.agi.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(SCRIPT), *arguments],
        input=said_by_switch,
        env={"PYTHONPATH": beside, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_vote_is_in_its_file_and_the_switch_is_told(tmp_path: Path) -> None:
    ran = run_script("att-1", "OK", "4", str(tmp_path))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == 'SET VARIABLE "VOTEKEPT" "1"\n'
    assert [file.name for file in tmp_path.iterdir()] == ["att-1.json"]
    (kept,) = collect(tmp_path).votes
    assert (kept.attempt_id, kept.score) == ("att-1", 4)
    assert abs((datetime.now(UTC) - kept.at).total_seconds()) < 60


@pytest.mark.parametrize("said", ["", "HANGUP\n", "agi_request: x\n", AGI_HEADER, AGI_HEADER + "511 gone\n"])
def test_a_switch_that_has_hung_up_changes_nothing(tmp_path: Path, said: str) -> None:
    ran = run_script("att-1", "OK", "4", str(tmp_path), said_by_switch=said)
    assert ran.returncode == vote.KEPT
    assert collect(tmp_path).votes[0].score == 4


def test_a_hang_up_before_the_file_is_safe_does_not_end_the_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGHUP)
    wrote = vote.keep

    def hung_up_while_writing(*arguments: object) -> str:
        os.kill(os.getpid(), signal.SIGHUP)
        return wrote(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(vote, "keep", hung_up_while_writing)
    monkeypatch.setattr(vote, "tell_switch", lambda: None)
    try:
        assert vote.main(["att-1", "OK", "5", str(tmp_path)]) == vote.KEPT
    finally:
        signal.signal(signal.SIGHUP, before)
    assert collect(tmp_path).votes[0].score == 5


def test_the_file_is_safe_before_agi_is_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    before = signal.getsignal(signal.SIGHUP)
    real_sync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (order.append("fsync"), real_sync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("rename"), real_replace(a, b))[1])
    monkeypatch.setattr(vote, "tell_switch", lambda: order.append("agi"))
    try:
        assert vote.main(["att-1", "OK", "5", str(tmp_path)]) == vote.KEPT
    finally:
        signal.signal(signal.SIGHUP, before)
    assert order == ["fsync", "rename", "fsync", "agi"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("../../etc/passwd", "OK", "4"),
        ("", "OK", "4"),
        (".hidden", "OK", "4"),
        ("a/b", "OK", "4"),
        ("att-1\n", "OK", "4"),
        ("att 1", "OK", "4"),
        ("a" * 200, "OK", "4"),
        ("att-1", "OK|x", "4"),
        ("att-1", "OK", "4; rm"),
    ],
)
def test_arguments_that_cannot_be_right_are_refused(tmp_path: Path, arguments: tuple[str, str, str]) -> None:
    folder = tmp_path / "votes"
    folder.mkdir()
    with pytest.raises(ValueError, match="cannot be"):
        vote.keep(str(folder), *arguments, at=0.0)
    assert list(tmp_path.rglob("*")) == [folder]


def test_a_refused_or_unkept_vote_is_said_and_agi_is_not_touched(tmp_path: Path) -> None:
    ran = run_script("../x", "OK", "4", str(tmp_path))
    assert (ran.returncode, ran.stdout) == (vote.REFUSED, "")
    assert "vote refused: attempt id" in ran.stderr
    ran = run_script("att-1", "OK", "4", str(tmp_path / "nowhere"))
    assert (ran.returncode, ran.stdout) == (vote.FAILED, "")
    ran = run_script("att-1", "OK")
    assert (ran.returncode, ran.stdout) == (vote.REFUSED, "")


@pytest.mark.parametrize(
    ("digits", "score"), [("1", 1), ("5", 5), ("6", None), ("0", None), ("", None), ("12", None), ("*", None)]
)
def test_only_a_key_of_the_scale_is_a_score(tmp_path: Path, digits: str, score: int | None) -> None:
    vote.keep(str(tmp_path), "att-1", "OK", digits, at=1_700_000_000.5)
    (kept,) = collect(tmp_path).votes
    assert kept.score == score
    assert kept.at == datetime(2023, 11, 14, 22, 13, 20, 500_000, tzinfo=UTC)


def test_broken_files_are_reported_and_stay(tmp_path: Path) -> None:
    vote.keep(str(tmp_path), "att-2", "OK", "2", at=20.0)
    vote.keep(str(tmp_path), "att-1", "OK", "1", at=30.0)
    whole = json.dumps({"attempt_id": "other", "digits": "1", "at": 1})
    broken = {"empty": "", "half": '{"attempt_id": "half", "di', "list": "[1]", "other-name": whole,
              "no-time": '{"attempt_id": "no-time", "digits": "1", "at": "noon"}',
              "infinite": '{"attempt_id": "infinite", "digits": "1", "at": Infinity}',
              "numbers": '{"attempt_id": 5, "digits": 1, "at": 1}'}  # fmt: skip
    for name, text in broken.items():
        (tmp_path / f"{name}.json").write_text(text)
    (tmp_path / "att-3.json.99.part").write_text("being written")
    found = collect(tmp_path)
    assert [kept.attempt_id for kept in found.votes] == ["att-2", "att-1"]
    assert {fault.path.stem for fault in found.broken} == set(broken)
    assert all(fault.problem for fault in found.broken)


def test_a_vote_is_forgotten_once_and_again(tmp_path: Path) -> None:
    vote.keep(str(tmp_path), "att-1", "OK", "3", at=1.0)
    (kept,) = collect(tmp_path).votes
    forget(kept)
    forget(kept)
    assert collect(tmp_path).votes == ()
    assert collect(tmp_path / "not there").votes == ()


@pytest.mark.parametrize(("folder", "file"), [(0o700, 0o600), (0o755, 0o640), (0o770, 0o660), (0o707, 0o600)])
def test_a_vote_file_is_closed_to_the_world(tmp_path: Path, folder: int, file: int) -> None:
    tmp_path.chmod(folder)
    before = os.umask(0)
    try:
        kept = vote.keep(str(tmp_path), "att-1", "OK", "4", 0.0)
    finally:
        os.umask(before)
    assert Path(kept).stat().st_mode & 0o777 == file
