"""The words of dbt that sqlfluff's own list lacks, so that linting needs neither dbt nor data.

sqlfluff reads every public name of this package as a Jinja variable (`.sqlfluff`, library_path).
"""

import os as _os
from pathlib import Path as _Path
from types import SimpleNamespace as _Namespace

import yaml as _yaml
from jinja2.sandbox import SandboxedEnvironment as _Environment

_PROJECT = _Path(__file__).resolve().parents[3] / "dbt_project"
_VARS = _yaml.safe_load((_PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]

execute = True
model: dict[str, object] = {}
graph = _Namespace(sources={})
target = _Namespace(schema="main", type="duckdb")


def var(name: str, default: object = None) -> object:
    """The default of `dbt_project.yml`."""
    return _VARS.get(name, default)


def env_var(name: str, default: str = "") -> str:
    """As in dbt."""
    return _os.environ.get(name, default)


def _dispatch(name: str, _package: str = "") -> object:
    # An engine's own word is one call of a function: enough to see the form of the query around it.
    if name == "read_parquet_file":
        return lambda path: f"read_parquet('{path}')"
    return lambda *arguments: f"{name}({', '.join(str(argument) for argument in arguments)})"


class _Relation(str):
    """A name that can be asked for itself without dbt's filter of batches."""

    __slots__ = ()

    def render(self) -> str:
        return str(self)


builtins = _Namespace(
    ref=lambda *names, **options: _Relation(names[-1]),
    source=lambda source, table: f"{source}_{table}",
)
adapter = _Namespace(dispatch=_dispatch, quote=lambda name: f'"{name}"')

# sqlfluff compiles every macro twice for every model, in one process: most of its time. All its
# environments are alike, so that what one of them compiled serves the next. This module is read
# again for every model; the memory stays with the class.
if "compile" not in vars(_Environment):
    _compile, _compiled = _Environment.compile, {}

    def _compile_once(self, source, *arguments, **options):  # type: ignore[no-untyped-def]
        key = (source, arguments, tuple(options.items()))
        if key not in _compiled:
            _compiled[key] = _compile(self, source, *arguments, **options)
        return _compiled[key]

    _Environment.compile = _compile_once
