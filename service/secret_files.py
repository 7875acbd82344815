"""Secrets: each in a file of its own, or in the environment, and masked when printed."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from service.errors import BadSettings, SettingFault


def read_secret(file: Path, variable: str = "", environment: Mapping[str, str] = os.environ) -> SecretStr:
    """Return a secret from the environment or its file; raises ``BadSettings`` when neither has it."""
    if variable and environment.get(variable):
        return SecretStr(environment[variable])
    try:
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        hint = f" (or set {variable})" if variable else ""
        raise BadSettings([SettingFault(str(file), f"secret cannot be read: {fault}{hint}")]) from None
    if not secret:
        raise BadSettings([SettingFault(str(file), "the secret is empty")])
    return SecretStr(secret)
