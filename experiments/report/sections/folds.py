"""Walk-forward and cross-validation: each fold, and the equity of all test bars in a row."""

from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.curves import drawdowns
from tradegym.envs.rendering.ticks import time_texts
from tradegym.experiments.report.blocks import (
    Block,
    Cell,
    Figure,
    Key,
    Text,
    cells,
    missing,
    plain_table,
)
from tradegym.experiments.report.files import RunFiles, mapping, numbers, sequence
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.results import FORESIGHT, column_name
from tradegym.experiments.report.sections.series import STYLES, read_out, seconds
from tradegym.experiments.report.svg.chart import Chart
from tradegym.experiments.report.svg.dates import time_scale
from tradegym.experiments.report.svg.scale import percent, plain, signed, value_scale
from tradegym.experiments.report.svg.strip import strip
from tradegym.experiments.report.texts import (
    day,
    metric_hint,
    metric_label,
    metric_text,
    without_folders,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

_KEYS = ("total_return", "sharpe", "max_drawdown", "trades")
_STITCHED = (
    "total_return",
    "annual_return",
    "annual_volatility",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "years",
    "final_equity",
)


@section("folds", "Folds and stitched test equity")
def folds(run: RunFiles) -> list[Block] | None:
    """Return the stitched equity, its metrics, and a table of the folds."""
    if not run.folds:
        return [missing("Folds")] if run.kind == "folds" else None
    blocks: list[Block] = []
    if run.folds.get("warning"):
        blocks.append(Text(str(run.folds["warning"]), "warning"))
    blocks.append(_equity(run) or missing("Stitched equity"))
    stitched = numbers(mapping(run.folds.get("stitched")))
    if stitched:
        rows = [
            (Cell(metric_label(key), hint=metric_hint(key)), Cell(metric_text(key, stitched[key])))
            for key in _STITCHED
            if key in stitched
        ]
        blocks.append(plain_table(("Stitched out-of-sample", "Value"), rows, half=True))
    else:
        blocks.append(missing("Metrics of the stitched equity"))
    found = [mapping(one) for one in sequence(run.folds.get("folds"))]
    if found:
        rows = [_fold(one) for one in found]
        columns = ("Fold", *(metric_label(key) for key in _KEYS))
        blocks.append(plain_table(columns, rows, half=len(found) < 12))
    paths = _paths(sequence(run.folds.get("paths")))
    if paths is not None:
        blocks.append(paths)
    return blocks


def _fold(one: dict[str, Any]) -> tuple[Any, ...]:
    test = sequence(one.get("test"))
    dates = f"{day(test[0])} to {day(test[-1])}" if test else "dates not recorded"
    if one.get("error"):
        dates += f"; {one.get('status')}: {without_folders(str(one['error']))}"
    metrics = mapping(one.get("metrics"))
    metrics = mapping(metrics.get("agent")) or metrics
    known = numbers(metrics)
    return (
        Cell(str(one.get("fold", "?")), dates),
        *cells(*(metric_text(key, known.get(key)) for key in _KEYS)),
    )


def _equity(run: RunFiles) -> Figure | None:
    table = _read(run.path / "stitched.parquet")
    if table is None:
        return None
    times = np.asarray(table["time"].to_numpy(), dtype="datetime64[s]")
    x, equity = seconds(times), _money(table["equity"])
    rivals = {name: _money(table[name]) for name in table.columns if name in _rivals(run)}
    styles = dict(zip(rivals, STYLES[1:], strict=False))
    scale = time_scale(times)
    top = Chart(
        "Stitched equity",
        scale,
        value_scale([equity, *(rivals[name] for name in styles)], plain),
        240,
        with_dates=False,
    )
    falls = drawdowns(np.where(np.isfinite(equity), equity, equity[0]), float(equity[0]))
    depth = value_scale([falls], percent, most=3, include=(0.0,), scale=100.0)
    low = Chart("Drawdown of the stitched equity", scale, depth, 110)
    low.area(x, falls, "s0")
    # Between pieces there is no fold; such bars go with the one before.
    marks = table["fold"].ffill().fillna(0).to_numpy(dtype=np.int64)
    edges = np.append(np.flatnonzero(marks[1:] != marks[:-1]) + 1, len(marks))
    first = 0
    for number, end in enumerate(edges):
        if number % 2:
            for chart in (top, low):
                chart.band(x[first], x[min(end, len(x) - 1)], "fold")
        first = end
    for name in reversed(styles):
        top.line(x, rivals[name], styles[name])
    top.line(x, equity, "s0")
    low.line(x, falls, "s0")
    texts = [
        f"{signed(f'{value:,.2f}')} ({signed(f'{fall:z.1%}')}), fold {fold}"
        for value, fall, fold in zip(equity, falls, marks, strict=True)
    ]
    return Figure(
        "Stitched equity of all test bars",
        f'<p class="axis">Equity, money</p>{top.svg()}<p class="axis">Drawdown</p>{low.svg()}',
        "Every bar was played by an agent that was trained without it. Shading tells the folds "
        "apart.",
        (
            Key(run.agent, "s0"),
            *(Key(column_name(run, name), styles[name]) for name in styles),
            Key("every other fold", "fold"),
        ),
        read_out(
            x,
            time_texts(times),
            {run.agent: ("s0", texts)}
            | {
                column_name(run, name): (styles[name], [signed(f"{v:,.2f}") for v in rivals[name]])
                for name in styles
            },
        ),
        run.picture("stitched.png"),
    )


def _rivals(run: RunFiles) -> set[str]:
    return set(mapping(run.folds.get("baselines"))) - FORESIGHT


def _money(column: "pd.Series[Any]") -> "NDArray[np.float64]":
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


def _read(path: "Path") -> "pd.DataFrame | None":
    import pandas as pd

    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError):
        return None
    if not {"time", "equity", "fold"} <= set(table.columns) or not len(table):
        return None
    if "path" in table:  # several paths of a combinatorial split: the first one
        table = table[table["path"] == table["path"].iloc[0]].reset_index(drop=True)
    if getattr(table["time"].dt, "tz", None) is not None:
        table["time"] = table["time"].dt.tz_convert("UTC").dt.tz_localize(None)
    return table


def _paths(paths: list[Any]) -> Figure | None:
    """Return the dots of the paths of a combinatorial split."""
    tables = [numbers(mapping(mapping(one).get("metrics")) or mapping(one)) for one in paths]
    sharpes = [table["sharpe"] for table in tables if "sharpe" in table]
    if len(sharpes) < 2:
        return None
    texts = [[f"path {k + 1}: {metric_text('sharpe', value)}" for k, value in enumerate(sharpes)]]
    scale = value_scale([np.array(sharpes)], plain, include=(0.0,))
    title = "Sharpe ratio of each path"
    return Figure(
        title,
        strip(title, [("Paths", sharpes, None, float(np.median(sharpes)))], scale, texts),
        f"{len(sharpes)} ways to put the test folds together; the bar is their median.",
        half=True,
    )
