"""Reads the settings. Precedence: option > SNDS_OMOP_* > snds-omop.toml > default.

An environment variable names a leaf with double underscores: ``SNDS_OMOP_ENGINE__THREADS=4``.
An unknown key, wherever it stands, is an error (SO-101); so is a variable of the
prefix that nothing reads.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    TomlConfigSettingsSource,
)

from etl.clauses import Clause, joined, of_model, of_system
from etl.errors import SndsOmopError
from etl.settings import Settings

ENV_PREFIX = "SNDS_OMOP_"
DEFAULT_FILE = "snds-omop.toml"

# Variables of the prefix that are no settings: the address of a database, and what dbt reads
# (dbt_project/profiles.yml), by itself or from us.
NOT_SETTINGS = frozenset(
    f"{ENV_PREFIX}{name}"
    for name in (
        "FROM_DB",
        "LAKE",
        "CANDIDATE",
        "REGISTRY",
        "TEMP",
        "VOCABULARY",
        "THREADS",
        "DBT_THREADS",
        "MEMORY",
        "SPARK",
        "SPARK_FORMAT",
        "SPARK_MEMORY",
        "SPARK_PARTITIONS",
        "SPARK_REMOTE",
        "SPARK_HOST",
        "SPARK_PORT",
        "SPARK_USER",
        "SPARK_ORGANIZATION",
        "SPARK_CLUSTER",
        "GX_LAKE",
        "GX_CANDIDATE",
    )
)


def _no_setting(name: str) -> Clause:
    """A variable that nothing reads, and the setting or variable that was perhaps meant."""
    settings = (
        f"{ENV_PREFIX}{section}__{leaf}".upper()
        for section, field in Settings.model_fields.items()
        for leaf in type(field.default).model_fields
    )
    near = get_close_matches(name, [*settings, *NOT_SETTINGS], n=1)
    return Clause(
        "no such environment variable" + "".join(f", perhaps {one}" for one in near),
        "aucune variable d'environnement de ce nom" + "".join(f", peut-être {one}" for one in near),
    )


class _Environment(EnvSettingsSource):
    """The variables that were handed in: tests and callers need not change ``os.environ``."""

    def __init__(self, settings: type[BaseSettings], variables: Mapping[str, str]) -> None:
        self._variables = {name.lower(): value for name, value in variables.items()}
        super().__init__(settings, env_prefix=ENV_PREFIX, env_nested_delimiter="__")

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._variables

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        # A text that is no JSON is left to validation, which names the setting at fault.
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def _sources(
    file: Path | None, options: Mapping[str, Any], variables: Mapping[str, str]
) -> type[BaseSettings]:
    """The tree as pydantic-settings reads it: option, then variable, then file, then default."""

    class Read(Settings, BaseSettings):  # type: ignore[misc] # two kinds of model_config
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return (
                InitSettingsSource(settings_cls, dict(options)),
                _Environment(settings_cls, variables),
                *([TomlConfigSettingsSource(settings_cls, file)] if file else []),
            )

    return Read


def load_settings(
    file: Path | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read settings from all their places.

    Args:
        file: a TOML file; ``None`` reads ``snds-omop.toml`` of the current directory if there.
        options: command-line values as a nested mapping, strongest of all.
        environment: default ``os.environ``.

    Raises:
        SndsOmopError: SO-101 for a file that cannot be read, an unknown key or a bad value.
    """
    path = file or Path(DEFAULT_FILE)
    given = os.environ if environment is None else environment
    variables = {
        name: value
        for name, value in given.items()
        if name.startswith(ENV_PREFIX) and name not in NOT_SETTINGS
    }
    unknown: dict[str, Any] = {}
    for name, value in variables.items():
        section, delimiter, leaf = name.removeprefix(ENV_PREFIX).lower().partition("__")
        if not delimiter:
            raise SndsOmopError("SO-101", *_no_setting(name), where=name)
        if section not in Settings.model_fields:
            # pydantic-settings would pass over it: validation refuses it with all other faults.
            unknown.setdefault(section, {})[leaf] = value
    try:
        if file is not None:
            # pydantic-settings reads an absent file as an empty one.
            file.stat()
        read = _sources(
            path if path.is_file() else None, unknown | dict(options or {}), variables
        )()
    except ValidationError as error:
        where = _places(error, variables, path)
        raise SndsOmopError("SO-101", *joined(of_model(error)), where=where) from error
    except OSError as error:
        raise SndsOmopError("SO-101", *of_system(error), where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SndsOmopError("SO-101", *not_toml(error), where=str(path)) from error
    return Settings(**{name: getattr(read, name) for name in Settings.model_fields})


def _places(error: ValidationError, variables: Iterable[str], file: Path) -> str:
    """Where the settings at fault come from: variables of the environment, or the file."""
    places: list[str] = []
    for fault in error.errors():
        section, leaf = [*map(str, fault["loc"]), ""][:2]
        prefix = f"{ENV_PREFIX}{section}__".upper()
        named = [one for one in variables if one.upper() == f"{prefix}{leaf}".upper()]
        if not leaf:
            named = [one for one in variables if one.upper().startswith(prefix)]
        places += named or [str(file)]
    return ", ".join(dict.fromkeys(places))


def not_toml(error: ValueError) -> Clause:
    """Why a file is no TOML: its encoding, or the place at which it stops being so."""
    if isinstance(error, UnicodeDecodeError):
        return Clause("the file is not UTF-8", "le fichier n'est pas en UTF-8")
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    where = f" (ligne {place[1]}, colonne {place[2]})" if place else " (à la fin)"
    english = f"the file is no TOML: {error}"  # the words of the library, which has no French
    return Clause(english, f"le fichier n'est pas du TOML{where}")


def settings_template(stated: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """A TOML file that states every setting with its default, commented out.

    Args:
        stated: values that a person gave, by section and key: these lines are not commented out.
    """
    given = stated or {}
    lines = ["# snds-omop settings. Remove the # of a line to change it.", ""]
    for name, section in Settings.model_fields.items():
        model = section.default
        lines.append(f"[{name}]")
        if model.__class__.__doc__:
            lines.append(f"# {model.__class__.__doc__.strip()}")
        for key, field in type(model).model_fields.items():
            if field.description:
                lines.append(f"# {field.description}")
            if answer := given.get(name, {}).get(key):
                is_date = "date" in key
                lines.append(
                    f"{key} = {answer if is_date else json.dumps(answer, ensure_ascii=False)}"
                )
                continue
            value = getattr(model, key)
            lines.append(f"# {key} = {_toml(value)}")
        lines.append("")
    return "\n".join(lines)


def _toml(value: object) -> str:
    if value is None:
        return '""  # not set'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{key}" = {_toml(one)}' for key, one in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(one) for one in value) + "]"
    return f'"{value}"'
