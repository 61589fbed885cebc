"""Configuration and metrics of runs as one table, for analysis elsewhere."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tradegym.conf.errors import UserError
from tradegym.experiments.comparing.files import write_file
from tradegym.experiments.comparing.selecting import label_runs
from tradegym.experiments.comparing.stored import AGENT, StoredRun, number, numbers
from tradegym.experiments.comparing.tables import Document, Table, to_csv, to_latex, to_markdown
from tradegym.experiments.comparing.texts import metric_label, metric_text, value_text

Cell = str | int | float | bool | None
Record = dict[str, Cell]

#: Metrics of the tables for people, ``.md`` and ``.tex``.
_HEADLINE = ("total_return", "annual_return", "sharpe", "max_drawdown", "trades")
_LONG = ("run", "name", "part", "item", "number", "text")


def wide_records(runs: Sequence[StoredRun]) -> list[Record]:
    """Return one row for each run; for each seed or fold of a run that is made of several.

    The columns are ``run``, ``name``, ``kind``, ``status``, ``agent``, ``dataset``,
    ``dataset_sha256``, ``created``, ``seconds``, ``seed``, ``fold``, then ``config.<key>`` and
    ``<part>.<who>.<metric>``; a column that a run does not have is empty.

    Parameters
    ----------
    runs : sequence of StoredRun
    """
    rows: list[Record] = []
    for run in runs:
        start: Record = {
            "run": run.id,
            "name": run.name,
            "kind": run.kind,
            "status": run.status,
            "agent": run.agent,
            "dataset": run.dataset_name,
            "dataset_sha256": str(run.dataset.get("sha256") or ""),
            "created": run.created,
            "seconds": run.seconds,
            "seed": None,
            "fold": None,
        }
        config = {f"config.{key}": _cell(value) for key, value in run.config.items()}
        rows += [start | part | config | measured for part, measured in _parts(run)]
    columns = dict.fromkeys(key for row in rows for key in row)
    return [{key: row.get(key) for key in columns} for row in rows]


def _parts(run: StoredRun) -> list[tuple[Record, Record]]:
    return _PARTS.get(run.kind, _whole)(run)


def _whole(run: StoredRun) -> list[tuple[Record, Record]]:
    measured: Record = {}
    best = run.result.get("best")
    if isinstance(best, Mapping) and best.get("metric"):
        measured[f"validation.agent.{best['metric']}"] = number(best.get("value"))
        measured["best.step"] = _cell(best.get("step"))
    for who, table in run.metrics.items():
        measured |= {f"{run.split}.{who}.{name}": value for name, value in table.items()}
    return [({"seed": _cell(run.seed)}, measured)]


def _seeds(run: StoredRun) -> list[tuple[Record, Record]]:
    tables = run.many.get("metrics")
    seeds = run.many.get("seeds")
    if not isinstance(tables, Mapping) or not isinstance(seeds, list):
        return _whole(run)
    found: list[tuple[Record, Record]] = []
    for place, seed in enumerate(seeds):
        measured: Record = {}
        for who, table in tables.items():
            for name, values in (table if isinstance(table, Mapping) else {}).items():
                known = isinstance(values, list) and place < len(values)
                measured[f"test.{who}.{name}"] = number(values[place]) if known else None
        found.append(({"seed": _cell(seed)}, measured))
    return found


def _folds(run: StoredRun) -> list[tuple[Record, Record]]:
    found = []
    for fold in run.many.get("folds") or ():
        if isinstance(fold, Mapping):
            baselines = fold.get("baselines")
            by_agent = {AGENT: fold.get("metrics")}
            by_agent |= baselines if isinstance(baselines, Mapping) else {}
            measured: Record = {
                f"test.{who}.{name}": value
                for who, one in by_agent.items()
                for name, value in numbers(one).items()
            }
            found.append(({"seed": _cell(run.seed), "fold": _cell(fold.get("fold"))}, measured))
    _, stitched = _whole(run)[0]
    return [*found, ({"seed": _cell(run.seed), "fold": "stitched"}, stitched)]


_PARTS: dict[str, Callable[[StoredRun], list[tuple[Record, Record]]]] = {
    "seeds": _seeds,
    "folds": _folds,
}


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, bool | int | str):
        return value
    return number(value) if isinstance(value, float) else value_text(value)


def long_records(runs: Sequence[StoredRun]) -> list[Record]:
    """Return one row for each value: ``run``, ``name``, ``part``, ``item``, ``number``, ``text``.

    ``part`` tells the row of `wide_records` it comes from: empty, a seed or a fold.
    """
    rows: list[Record] = []
    for row in wide_records(runs):
        part = next((f"{key}={row[key]}" for key in ("fold", "seed") if row[key] is not None), "")
        for item, value in row.items():
            if item in ("run", "name") or value is None:
                continue
            is_number = number(value) is not None
            rows.append(
                {
                    "run": row["run"],
                    "name": row["name"],
                    "part": part,
                    "item": item,
                    "number": number(value),
                    "text": None if is_number else value_text(value),
                }
            )
    return rows


def export_runs(runs: Sequence[StoredRun], path: Path, *, long: bool = False) -> int:
    """Write runs to a file whose ending says how, and return the number of rows.

    Parameters
    ----------
    runs : sequence of StoredRun
    path : Path
        ``.csv``, ``.parquet`` or ``.json``: all columns. ``.md`` or ``.tex``: the configuration
        that differs and some metrics, for people.
    long : bool
        One row for each value in place of one for each run.

    Raises
    ------
    UserError
        For another ending, or if the file cannot be written.
    """
    write = check_suffix(path)
    if path.suffix.lower() in (".md", ".tex"):
        if long:
            raise UserError(f"--long: not for {path.suffix} files; write .csv, .parquet or .json")
        rows = _for_people(runs)
    else:
        rows = long_records(runs) if long else wide_records(runs)
    write_file(path, write(rows), "--out")
    return len(rows)


def _for_people(runs: Sequence[StoredRun]) -> list[Record]:
    """Return what differs between the runs, and their headline metrics."""
    from tradegym.experiments.comparing.differences import MISSING, config_differences

    labelled = dict(zip(label_runs(runs), runs, strict=True))
    differing = config_differences(labelled)
    rows: list[Record] = []
    for label, run in labelled.items():
        row: Record = {"run": label, "agent": run.agent, "dataset": run.dataset_name}
        for key, values in differing.items():
            row[key] = "-" if values[label] is MISSING else value_text(values[label])
        table = run.metrics.get(AGENT, {})
        row |= {metric_label(name): metric_text(name, table.get(name)) for name in _HEADLINE}
        rows.append(row)
    return rows


def check_suffix(path: Path) -> Callable[[list[Record]], bytes]:
    """Return what writes files of this ending.

    Raises
    ------
    UserError
        If there is nothing that does.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise UserError(f"--out: {path} ends in '{path.suffix}'; allowed are {', '.join(_WRITERS)}")
    return writer


def _csv(rows: list[Record]) -> bytes:
    headers = list(rows[0]) if rows else []
    return to_csv(headers, [list(row.values()) for row in rows]).encode()


def _json(rows: list[Record]) -> bytes:
    return (json.dumps(rows, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _parquet(rows: list[Record]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {key: _column([row[key] for row in rows]) for key in (rows[0] if rows else ())}
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream)
    return stream.getvalue()


def _column(values: list[Cell]) -> list[Cell]:
    """Return a column of one type: numbers as floats, mixed ones as text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        if len(kinds) < 2:
            return values
        return [None if value is None else float(value) for value in values]
    if len(kinds) == 1:
        return values
    return [None if value is None else value_text(value) for value in values]


def _table(rows: list[Record]) -> Document:
    headers = list(rows[0]) if rows else ["run"]
    cells = [[str(value) for value in row.values()] for row in rows]
    right = [metric_label(name) for name in _HEADLINE]
    return Document([], [Table("", headers, cells, right=right)])


def _markdown(rows: list[Record]) -> bytes:
    return to_markdown(_table(rows)).encode()


def _latex(rows: list[Record]) -> bytes:
    return to_latex(_table(rows)).encode()


_WRITERS: dict[str, Callable[[list[Record]], bytes]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".json": _json,
    ".tex": _latex,
    ".md": _markdown,
}
