"""The table of an episode's events, and the files it is kept in.

Columns, all present in every trace; what an event does not have is missing:

==============  ==========================================================================
``n``           number of the event within the episode, from 0
``bar``         row of the dataset, as ``info["bar"]``
``time``        of that bar, UTC
``kind``        MARKET, SIGNAL, ORDER, FILL, REJECT, CANCEL, LIMIT or DONE
``asset``       name (MARKET has one event per traded asset)
``order``       number of the order, as ``ref`` in the table of orders
``parent``      ORDER: number of the order that has to be filled first
``oco``         ORDER: number of the order beside which only one is filled
``purpose``     entry, exit, reversal, liquidation, stop_loss, take_profit
``side``        buy or sell
``type``        market, limit, stop, close, stop_limit, stop_trail, stop_trail_limit
``size``        signed units; REJECT and CANCEL: those that were not filled
``limit``       ORDER: price beyond which it is never filled
``stop``        ORDER: price at which it comes into force
``price``       MARKET: close; FILL: what was paid per unit; ORDER: what the check of the cash
                reckons with
``base_price``  FILL: price before spread and slippage, where it is known
``commission``  FILL: money
``position``    MARKET, FILL: signed units held after it
``cash``        MARKET, FILL, LIMIT, DONE: money that is not locked, after it
``value``       MARKET, LIMIT, DONE: equity, money
``action``      SIGNAL: in words
``choice``      SIGNAL: the action's number or numbers, JSON
``reason``      REJECT: margin, margin_partial (only the closing part was filled), size_zero,
                short, max_orders, no_parent; CANCEL: replaced, expired, ending, strategy, or, by
                the broker's rules, bracket, oco, valid; LIMIT, DONE: the reason of the ending
``measured``    LIMIT: the number that the rule looks at
``threshold``   LIMIT: the number that it may not reach
``detail``      what else there is, a JSON object
==============  ==========================================================================
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tradegym.conf.errors import UserError

_TEXT, _WHOLE, _FLOAT, _TIME = "string", "Int64", "float64", "datetime64[ns, UTC]"

#: The columns and their types.
COLUMNS: Final = {
    "n": "int64",
    "bar": "int64",
    "time": _TIME,
    "kind": _TEXT,
    "asset": _TEXT,
    "order": _WHOLE,
    "parent": _WHOLE,
    "oco": _WHOLE,
    "purpose": _TEXT,
    "side": _TEXT,
    "type": _TEXT,
    "size": _FLOAT,
    "limit": _FLOAT,
    "stop": _FLOAT,
    "price": _FLOAT,
    "base_price": _FLOAT,
    "commission": _FLOAT,
    "position": _FLOAT,
    "cash": _FLOAT,
    "value": _FLOAT,
    "action": _TEXT,
    "choice": _TEXT,
    "reason": _TEXT,
    "measured": _FLOAT,
    "threshold": _FLOAT,
    "detail": _TEXT,
}

#: Column of a trace of several episodes.
EPISODE: Final = "episode"

#: Columns that hold numbers of orders.
_ORDER_NUMBERS: Final = ("order", "parent", "oco")

#: Columns that hold JSON; in the lines of a JSONL file they are what they describe.
_NESTED: Final = ("choice", "detail")

PARQUET_FILE: Final = "trace.parquet"
JSONL_FILE: Final = "trace.jsonl"


def trace_table(
    events: Sequence[tuple[int, str, dict[str, Any]]],
    times: NDArray[np.datetime64],
    first_bar: int,
    numbers: Mapping[int, int],
) -> pd.DataFrame:
    """Build the table.

    Parameters
    ----------
    events : sequence of (row of the episode, kind, values by column)
    times : ndarray of datetime64[ns], shape [T]
        Of the rows of the episode.
    first_bar : int
        Row of the dataset of row 0.
    numbers : mapping of int to int
        Number of each order by backtrader's reference, which is what the events have.
    """
    rows = np.array([row for row, _, _ in events], dtype=np.int64)
    frame = pd.DataFrame.from_records([values for _, _, values in events], index=range(len(rows)))
    frame["n"] = np.arange(len(rows))
    frame["bar"] = rows + first_bar
    frame["time"] = pd.DatetimeIndex(times[rows]).tz_localize("UTC")
    frame["kind"] = [kind for _, kind, _ in events]
    for name in _ORDER_NUMBERS:
        references = [values.get(name) for _, _, values in events]
        frame[name] = [None if one is None else numbers.get(one) for one in references]
    return _typed(frame)


def write_trace(frame: pd.DataFrame, folder: Path) -> tuple[Path, Path]:
    """Write ``trace.parquet`` and ``trace.jsonl`` (one event per line) and return their paths.

    JSONL: missing values are ``null``, times ISO 8601.
    """
    frame = _typed(frame)
    parquet, jsonl = folder / PARQUET_FILE, folder / JSONL_FILE
    frame.to_parquet(parquet, index=False)
    names = list(frame.columns)
    with jsonl.open("w", encoding="utf-8") as file:
        for row in frame.itertuples(index=False, name=None):
            line = {name: _to_json(name, value) for name, value in zip(names, row, strict=True)}
            file.write(json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n")
    return parquet, jsonl


def read_trace(path: Path) -> pd.DataFrame:
    """Read what `write_trace` wrote: either file, or the folder of both.

    Raises
    ------
    UserError
        There is no such file, or it is no trace.
    """
    file = path / PARQUET_FILE if path.is_dir() else path
    reader = _READERS.get(file.suffix)
    if reader is None:
        raise UserError(f"{file}: a trace is a .parquet or a .jsonl file")
    try:
        frame = reader(file)
    except FileNotFoundError as error:
        raise UserError(f"{file}: no such file") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{file}: is no readable trace ({str(error).splitlines()[0]})") from error
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise UserError(f"{file}: is no trace; it has no column '{missing[0]}'")
    try:
        return _typed(frame)
    except (TypeError, ValueError) as error:
        raise UserError(f"{file}: is no trace ({str(error).splitlines()[0]})") from error


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of a trace in their order and with their types."""
    types = {EPISODE: "int64", **COLUMNS} if EPISODE in frame.columns else COLUMNS
    return frame.reindex(columns=list(types)).astype(types).reset_index(drop=True)


def _to_json(name: str, value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if name in _NESTED:
        return json.loads(value)
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def _read_jsonl(path: Path) -> pd.DataFrame:
    with path.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("a line is not a JSON object")
    for row in rows:
        for name in _NESTED:
            if row.get(name) is not None:
                row[name] = json.dumps(row[name], sort_keys=True)
    frame = pd.DataFrame(rows)
    if "time" in frame:
        frame["time"] = pd.to_datetime(frame["time"], utc=True, format="ISO8601")
    return frame


_READERS: Final[dict[str, Callable[[Path], pd.DataFrame]]] = {
    ".parquet": pd.read_parquet,
    ".jsonl": _read_jsonl,
}
