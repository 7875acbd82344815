"""Bearer tokens of an installation: made at the first start, kept in a file that only its owner reads."""

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    missing = [agent for agent in wanted if not kept.agents.get(agent)]
    if not kept.manager or missing:
        kept.manager = kept.manager or secrets.token_urlsafe(24)
        kept.agents.update((agent, secrets.token_urlsafe(24)) for agent in missing)
        _write(file, kept)
    holders = [(kept.manager, Token(MANAGER, MANAGER))]
    holders += [(token, Token(name, MANAGER)) for name, token in kept.managers.items()]
    holders += [(kept.agents[agent], Token(agent, "agent", agent)) for agent in wanted]
    faults = list(_faults(file, holders))
    if faults:
        raise BadSettings(faults)
    return dict(holders)


def _faults(file: Path, holders: Iterable[tuple[str, Token]]) -> Iterator[SettingFault]:
    """An empty token would let in whoever sends none; one with two holders would mix up who did what."""
    seen: dict[str, str] = {}
    for token, holder in holders:
        if not token:
            yield SettingFault(str(file), f"the token of {holder.name} is empty")
        elif token in seen:
            yield SettingFault(str(file), f"{seen[token]} and {holder.name} have the same token")
        seen[token] = holder.name


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
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSettings([SettingFault(str(file), f"cannot be read: {fault}")]) from None
    except ValidationError as error:
        faults = [SettingFault(f"{file}: {_place(one['loc'])}", one["msg"]) for one in error.errors()]
        raise BadSettings(faults) from None


def _place(steps: Sequence[int | str]) -> str:
    return ".".join(map(str, steps)) or "file"


def _write(file: Path, kept: TokenFile) -> None:
    """Write the file anew under another name first: a crash leaves the old one or the new one whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as out:
        out.write(kept.model_dump_json(indent=2) + "\n")
    part.replace(file)


def has_tokens(file: Path) -> bool:
    """Say whether a service has been started here: its tokens are made at the first start."""
    return bool(_read(file).manager)
