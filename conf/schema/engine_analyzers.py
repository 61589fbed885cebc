"""The free mapping ``engine.analyzers``: backtrader analyzers of the user's choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from tradegym.conf.errors import did_you_mean
from tradegym.conf.schema.base import IMPORT_PATH, ImportPath, fail

_IMPORT_PATH: TypeAdapter[str] = TypeAdapter(ImportPath)


@dataclass(frozen=True, slots=True)
class AnalyzerSpec:
    """One analyzer.

    Attributes
    ----------
    name : str
        Under which its results are kept.
    cls : str
        Import path ``module:Name`` of a ``backtrader.Analyzer``, or the bare name of one of
        backtrader's own.
    params : mapping of str to Any
        Its parameters.
    """

    name: str
    cls: str
    params: Mapping[str, Any]


def analyzer_specs(entries: Mapping[str, Any]) -> tuple[AnalyzerSpec, ...]:
    """Return the analyzers of ``engine.analyzers``; an entry that is null is left out.

    Raises
    ------
    pydantic_core.PydanticCustomError
        An entry of another shape, with the line for the user; a checked configuration has none.
    """
    return tuple(_spec(name, entry) for name, entry in entries.items() if entry is not None)


def _spec(name: str, entry: Any) -> AnalyzerSpec:
    key = f"engine.analyzers.{name}"
    if not isinstance(entry, Mapping):
        fail(
            f"{key}: {entry!r} is not a mapping with cls and params, such as {{cls: module:Name}}",
            key,
        )
    for one in entry:
        if one not in ("cls", "params"):
            hint = did_you_mean(str(one), ("cls", "params"))
            fail(f"{key}.{one}: no such key; allowed: cls, params{hint}", key)
    if "cls" not in entry:
        fail(f"{key}.cls: missing; it needs {IMPORT_PATH}", key)
    path = entry["cls"]
    if not (isinstance(path, str) and path.isidentifier()):
        try:
            path = _IMPORT_PATH.validate_python(path, strict=True)
        except ValidationError:
            fail(
                f"{key}.cls: {path!r} is neither {IMPORT_PATH} nor the name of one of "
                f"backtrader's own analyzers",
                key,
            )
    params = entry.get("params")
    if params is not None and not isinstance(params, Mapping):
        fail(f"{key}.params: {params!r} is not a mapping of parameters by name", key)
    return AnalyzerSpec(name, path, dict(params or {}))
