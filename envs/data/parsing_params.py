"""BTgym's ``parsing_params``, as keys of ``dataset``."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.envs.data.validate import FIELDS

_PRICES = frozenset({*FIELDS, "adj close", "openinterest"})
_KNOWN = (
    "sep",
    "header",
    "index_col",
    "parse_dates",
    "names",
    "timeframe",
    "datetime",
    *FIELDS,
    "openinterest",
)


def from_parsing_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Translate BTgym's ``parsing_params`` to keys of ``dataset``.

    Only what is given is translated; everything else is found in the file.

    ===================  =====================================================================
    BTgym                here
    ===================  =====================================================================
    ``sep``              ``dataset.delimiter``
    ``header``           ``dataset.header``: None is false; 0 is true, or with ``names`` auto.
                         (pandas drops the first line then, even if it is a bar: HistData's
                         files have no header, and BTgym lost a bar of each.)
    ``names``            positions of the fields, counted without the column of ``index_col``
                         as pandas does, or with it if its own name is among them
    ``index_col``        ``dataset.columns.datetime``
    ``datetime``,        ``dataset.columns``: positions in the frame, where the index is 0;
    ``open`` ...         they win over ``names``. -1: the field is absent
    ``parse_dates``      true, or ``[[date, time]]`` for two columns
    ``timeframe``        minutes: ``dataset.bar_length``, which the file must have
    ``openinterest``     not used
    ===================  =====================================================================

    Parameters
    ----------
    params : mapping of str to Any
        BTgym's dictionary.

    Returns
    -------
    dict of str to Any
        Values by dotted key, for `tradegym.make` and `tradegym.conf.resolve.resolve`.

    Raises
    ------
    UserError
        For a parameter that BTgym does not have, or a value that cannot be translated.

    Examples
    --------
    >>> from_parsing_params({"sep": ";", "timeframe": 1, "close": 4})
    {'dataset.delimiter': ';', 'dataset.bar_length': '1min', 'dataset.columns.close': 4}
    """
    for name in params:
        if name not in _KNOWN:
            raise UserError(
                f"parsing_params: {name!r} is not known; allowed: {', '.join(_KNOWN)}"
                f"{did_you_mean(str(name), _KNOWN)}"
            )
    keys: dict[str, Any] = {}
    if params.get("sep") is not None:
        keys["dataset.delimiter"] = str(params["sep"])
    if "header" in params:
        keys["dataset.header"] = _header(params)
    if params.get("timeframe") is not None:
        keys["dataset.bar_length"] = f"{_whole(params, 'timeframe')}min"
    return keys | {f"dataset.columns.{field}": at for field, at in _columns(params).items()}


def _header(params: Mapping[str, Any]) -> bool | str:
    header = params["header"]
    if header is None:
        return False
    if header == "infer":
        return "auto"
    if isinstance(header, bool) or header != 0:
        raise UserError(f"parsing_params: header={header!r} cannot be read; allowed: 0 or None")
    return "auto" if params.get("names") else True


def _columns(params: Mapping[str, Any]) -> dict[str, int | str]:
    """Return the columns of the file by field."""
    index = _index(params)
    found: dict[str, int | str] = {}
    names = params.get("names")
    if names is not None:
        if isinstance(names, str) or not isinstance(names, Sequence):
            raise UserError(f"parsing_params: names={names!r} is not a list of names")
        lower = [str(name).lower() for name in names]
        # pandas takes the first columns for the index if there are fewer names than columns.
        named = index is not None and index < len(lower) and lower[index] not in _PRICES
        shift = 0 if named or index is None else 1
        found = {name: i + shift for i, name in enumerate(lower) if name in FIELDS}
        if index is not None:
            found["datetime"] = index
    elif index is not None:
        found["datetime"] = index
    for field in ("datetime", *FIELDS):
        if params.get(field) is None:
            continue
        if _whole(params, field, -1) < 0:
            found.pop(field, None)
        else:
            found[field] = _in_file(_whole(params, field, -1), index or 0)
    dates = params.get("parse_dates")
    if isinstance(dates, Mapping):
        dates = list(dates.values())
    if dates is not None and not isinstance(dates, bool) and len(dates) == 1:
        pair = dates[0]
        if isinstance(pair, list | tuple) and len(pair) == 2:
            found.pop("datetime", None)
            found |= {"date": pair[0], "time": pair[1]}
    return found


def _index(params: Mapping[str, Any]) -> int | None:
    index = params.get("index_col")
    if index is None or index is False:
        return None
    if isinstance(index, list | tuple) and len(index) == 1:
        index = index[0]
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        raise UserError(
            f"parsing_params: index_col={index!r} is not the position of one column; allowed: 0, 1"
            " and so on"
        )
    return index


def _in_file(position: int, index: int) -> int:
    """Return the column of the file at a position of the frame, whose first one is the index."""
    if position == 0:
        return index
    return position - 1 if position <= index else position


def _whole(params: Mapping[str, Any], name: str, least: int = 1) -> int:
    value = params[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UserError(
            f"parsing_params: {name}={value!r} is not a whole number; allowed: {least} or more"
        )
    return value
