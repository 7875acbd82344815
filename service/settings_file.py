"""Reads the settings from one TOML file; every fault is named at once, with its place.

Knows files, variables of the environment and TOML. Must not know what a setting means.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from service.errors import BadSettings, SettingFault
from service.setting_names import faults_of_names
from service.settings import Settings

DATABASE_URL: Final = "DIALER_DATABASE_URL"
"""The environment variable that may hold the database's address, for one with a password in it."""


def parse_settings(text: str, home: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read settings from TOML text; raises ``BadSettings`` with every fault and its place."""
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as fault:
        raise BadSettings([SettingFault("file", str(fault))]) from None
    if isinstance(own := values.setdefault("home", ""), str):
        values["home"] = home / own
    if url := environment.get(DATABASE_URL):
        database = values.setdefault("database", {})
        if isinstance(database, dict):
            database["url"] = url
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        of_names = list(faults_of_names(values))
        faults = [_fault(one) for one in error.errors()]
        told = [one for one in faults if one.place not in {name.place for name in of_names}]
        raise BadSettings([*told, *of_names]) from None


def load_settings(path: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings file: the one given, else ``DIALER_SETTINGS``, else ``dialer.toml`` here.

    Without any file everything has its default. Raises ``BadSettings``.
    """
    named = path or (Path(environment["DIALER_SETTINGS"]) if "DIALER_SETTINGS" in environment else None)
    file = named or Path("dialer.toml")
    if not file.exists() and named is None:
        return parse_settings("", Path.cwd(), environment)
    try:
        text = file.read_text(encoding="utf-8-sig")  # some editors begin a file with a byte order mark
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSettings([SettingFault(str(file), f"cannot be read: {fault}")]) from None
    return parse_settings(text, file.absolute().parent, environment)


def _fault(error: Mapping[str, Any]) -> SettingFault:
    place = ".".join(str(step) for step in error["loc"]) or "file"
    problem = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        problem = "there is no such setting"
    return SettingFault(place, problem)
