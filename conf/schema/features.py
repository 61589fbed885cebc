"""Entries of ``strategy.state.features``: a free name, a kind, and the kind's own options."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from tradegym.conf.errors import UserError, nearest
from tradegym.conf.schema.base import fail
from tradegym.conf.schema.feature_kinds import FEATURE_KINDS
from tradegym.conf.schema.feature_options import CommonOptions, OpenOptions, complete
from tradegym.conf.schema.talib_kinds import talib_names, talib_options

FEATURES_KEY = "strategy.state.features"

_NAME = re.compile(r"[A-Za-z][\w-]*")
_IMPORT_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def complete_features(entries: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the options of each feature, checked and with their defaults.

    Parameters
    ----------
    entries : mapping of str to mapping or None
        By name; None is left out. ``kind`` is the name where it is not given.

    Returns
    -------
    dict of str to dict
        ``kind`` is a key of `FEATURE_KINDS`, the name of a TA-Lib function, or an import path.

    Raises
    ------
    UserError
        For the first entry that is wrong.
    """
    try:
        return {
            name: complete_entry(str(name), entry)
            for name, entry in entries.items()
            if entry is not None
        }
    except PydanticCustomError as error:
        raise UserError(error.message()) from None


def complete_entry(name: str, entry: Any) -> dict[str, Any]:
    """Return the options of one feature, checked and with their defaults.

    Raises
    ------
    pydantic_core.PydanticCustomError
        With the line for the user.
    """
    key = f"{FEATURES_KEY}.{name}"
    if not _NAME.fullmatch(name):
        fail(f"{key}: {name!r} is not a name; allowed: letters, digits, _ and -", key)
    if not isinstance(entry, Mapping):
        fail(
            f"{key}: {entry!r} is not a mapping of options, such as {{kind: RSI, timeperiod: 7}}; "
            "null removes the feature",
            key,
        )
    kind, model = _kind(key, str(entry.get("kind", name)), is_given="kind" in entry)
    return complete(model, key, {**entry, "kind": kind})


def feature_imports(entries: Mapping[str, Any]) -> dict[str, str]:
    """Return the import paths that features use, by their dotted key."""
    return {
        f"{FEATURES_KEY}.{name}.kind": entry["kind"]
        for name, entry in entries.items()
        if entry is not None and ":" in entry["kind"]
    }


def _kind(key: str, written: str, *, is_given: bool) -> tuple[str, type[CommonOptions]]:
    """Return the full name of a kind and the model of its options."""
    if _IMPORT_PATH.fullmatch(written):
        return written, OpenOptions
    for known in (written, written.lower()):
        if known in FEATURE_KINDS:
            return known, FEATURE_KINDS[known]
    function = talib_names().get(written.lower())
    if function is None:
        _refuse_kind(key, written, is_given=is_given)
    return function, talib_options(function)


def _refuse_kind(key: str, written: str, *, is_given: bool) -> NoReturn:
    own = ", ".join(sorted(FEATURE_KINDS))
    where = f"{key}.kind" if is_given else key
    fail(
        f"{where}: {written!r} is not a kind of feature; allowed: {own}, a TA-Lib function such as "
        f"RSI, or an import path module:Name{_hint(written)}"
        + ("" if is_given else f" (a name that is no kind needs {key}.kind=KIND)"),
        where,
    )


def _hint(written: str) -> str:
    known = {one.lower(): one for one in FEATURE_KINDS} | talib_names()
    found = nearest(written.lower(), known)
    return f"; did you mean '{known[found]}'?" if found else ""


def _check(entries: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if entry is None else complete_entry(name, entry)
        for name, entry in entries.items()
    }


FeatureEntries = Annotated[dict[str, Any], AfterValidator(_check)]
"""Features by name: complete options, or None for one that was removed."""


def default_features() -> dict[str, Any]:
    """Return what a strategy sees when no file and nobody says what."""
    return {"log_return": complete_entry("log_return", {})}
