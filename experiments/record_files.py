"""The files that an evaluation's episodes are kept in."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.envs.record import EpisodeRecord
from tradegym.envs.strategies.statistics import PACKAGED

if TYPE_CHECKING:
    import pandas as pd

_TABLES = {"equity": "bars", "trades": "trades", "orders": "orders"}

STATISTICS_FILE = "statistics.json"


def write_records(records: Sequence[EpisodeRecord], folder: Path) -> list[Path]:
    """Write the episodes' tables and return their files.

    ``equity.parquet``, ``trades.parquet`` and ``orders.parquet`` always; ``trace.parquet`` and
    ``trace.jsonl`` if the episodes were traced; ``statistics.json`` if analyzers were configured:
    a list with the statistics of each episode. All tables have a column ``episode`` (from 1) and
    keep the order of their rows.

    Parameters
    ----------
    records : sequence of EpisodeRecord
    folder : Path
    """
    files = []
    for name, attribute in _TABLES.items():
        files.append(folder / f"{name}.parquet")
        table = _numbered([getattr(record, attribute) for record in records])
        table.to_parquet(files[-1], index=False)
    traces = [record.trace for record in records if record.trace is not None]
    if traces:
        from tradegym.envs.strategies.trace_table import write_trace

        files.extend(write_trace(_numbered(traces), folder))
    if any(record.statistics.keys() - PACKAGED for record in records):
        files.append(folder / STATISTICS_FILE)
        found = [_lasting(record.statistics) for record in records]
        text = json.dumps([_jsonable(one) for one in found], indent=2, allow_nan=False)
        files[-1].write_text(text + "\n", encoding="utf-8")
    return files


def _numbered(tables: "Sequence[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    numbered = [table.assign(episode=number) for number, table in enumerate(tables, start=1)]
    return pd.concat(numbered, ignore_index=True) if len(numbered) > 1 else numbered[0]


def _lasting(statistics: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the time that the episode took, which differs from run to run."""
    return {name: value for name, value in statistics.items() if name != "runtime"}


#: How values of an analyzer that JSON does not know are written; anything else as text.
_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((bool, int, str, type(None)), lambda value: value),
    (float, lambda value: value if math.isfinite(value) else None),
    (Mapping, lambda value: {_key(key): _jsonable(item) for key, item in value.items()}),
    ((list, tuple), lambda value: [_jsonable(item) for item in value]),
    (date, lambda value: value.isoformat()),
    (timedelta, lambda value: value.total_seconds()),
)


def _jsonable(value: Any) -> Any:
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return str(value)


def _key(key: Any) -> str:
    return key.isoformat() if isinstance(key, date) else str(key)
