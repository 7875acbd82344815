"""Bearer tokens: made once, kept privately, and never one that anybody could have."""

import json
from pathlib import Path

import pytest

from console.ports import Token
from service.errors import BadSettings
from service.tokens import manager_token, tokens_of


def kept(file: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_the_first_start_makes_one_for_the_manager_and_each_agent(tmp_path: Path) -> None:
    file = tmp_path / "var" / "tokens.json"
    tokens = tokens_of(file, ["a1", "a2"])
    assert sorted(map(str, tokens.values())) == sorted(
        map(str, [Token("manager", "manager"), Token("a1", "agent", "a1"), Token("a2", "agent", "a2")])
    )
    assert all(len(token) >= 32 for token in tokens)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["tokens.json"]
    assert manager_token(file) in tokens


def test_later_starts_keep_them_and_add_only_who_is_new(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    first = tokens_of(file, ["a1"])
    assert tokens_of(file, ["a1"]) == first
    more = tokens_of(file, ["a1", "a2"])
    assert first.items() < more.items()
    assert set(tokens_of(file, [])) < set(more)  # an agent who is gone speaks for nobody
    assert set(kept(file)["agents"]) == {"a1", "a2"}  # type: ignore[call-overload]


def test_managers_are_added_by_hand_and_known_by_name(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"manager": "m", "managers": {"ann": "secret-ann"}}))
    tokens = tokens_of(file, [])
    assert tokens["secret-ann"] == Token("ann", "manager")


def test_an_empty_token_lets_nobody_in(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"manager": "m", "agents": {"a1": ""}}))
    assert "" not in tokens_of(file, ["a1"])
    file.write_text(json.dumps({"manager": "m", "managers": {"ann": ""}}))
    with pytest.raises(BadSettings, match="the token of ann is empty"):
        tokens_of(file, [])


def test_one_token_for_two_is_a_fault(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(json.dumps({"manager": "same", "agents": {"a1": "same"}}))
    with pytest.raises(BadSettings, match="manager and a1 have the same token"):
        tokens_of(file, ["a1"])


@pytest.mark.parametrize("text", ["{", "[]", '{"manger": "m"}', '{"agents": {"a1": 5}}'])
def test_a_damaged_file_is_a_fault_and_is_not_overwritten(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tokens.json"
    file.write_text(text)
    with pytest.raises(BadSettings, match=r"tokens\.json"):
        tokens_of(file, ["a1"])
    assert file.read_text() == text


def test_before_the_first_start_there_is_no_token(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="start the service once"):
        manager_token(tmp_path / "tokens.json")
