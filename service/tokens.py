"""Bearer tokens of an installation: made at the first start, kept in a file that only its owner reads."""

import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from console.ports import Token
from service.errors import BadSettings, SettingFault

MANAGER = "manager"


class TokenFile(BaseModel):
    """What the file holds. ``managers`` and ``agents`` map a name to a token; managers are added by hand."""

    model_config = ConfigDict(extra="forbid")

    manager: str = ""
    managers: dict[str, str] = {}
    agents: dict[str, str] = {}


def tokens_of(file: Path, agents: Iterable[str]) -> Mapping[str, Token]:
    """Return who each token speaks for, adding what is missing: the manager's and one for each agent.

    Whoever pauses a campaign is known by the name under ``managers``. Raises ``BadSettings``.
    """
    wanted = list(agents)
    kept = _read(file)
    missing = [agent for agent in wanted if agent not in kept.agents]
    if not kept.manager or missing:
        kept.manager = kept.manager or secrets.token_urlsafe(24)
        kept.agents.update((agent, secrets.token_urlsafe(24)) for agent in missing)
        _write(file, kept)
    tokens = {kept.manager: Token(MANAGER, MANAGER)}
    tokens.update((token, Token(name, MANAGER)) for name, token in kept.managers.items())
    tokens.update((kept.agents[agent], Token(agent, "agent", agent)) for agent in wanted)
    return tokens


def manager_token(file: Path) -> str:
    """Return the manager's token; raises ``BadSettings`` when there is none yet."""
    token = _read(file).manager
    if not token:
        raise BadSettings([SettingFault(str(file), "holds no manager token yet: start the service once")])
    return token


def _read(file: Path) -> TokenFile:
    if not file.exists():
        return TokenFile()
    try:
        return TokenFile.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as fault:
        raise BadSettings([SettingFault(str(file), f"cannot be read: {fault}")]) from None


def _write(file: Path, kept: TokenFile) -> None:
    """Write the file anew under another name first: a crash leaves the old one or the new one whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as out:
        out.write(kept.model_dump_json(indent=2) + "\n")
    part.replace(file)
