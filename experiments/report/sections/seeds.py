"""How much the seed decides."""

import numpy as np

from tradegym.experiments.report.blocks import (
    Block,
    Cell,
    Figure,
    Key,
    Rows,
    Table,
    Text,
    cells,
    missing,
    plain_table,
)
from tradegym.experiments.report.files import AGENT, RunFiles, mapping, numbers, sequence
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.results import FORESIGHT, column_name
from tradegym.experiments.report.svg.scale import percent, plain, value_scale
from tradegym.experiments.report.svg.strip import strip
from tradegym.experiments.report.texts import metric_hint, metric_label, metric_text

_DRAWN = ("total_return", "sharpe", "max_drawdown")
_TABLE = (
    *_DRAWN,
    "annual_return",
    "annual_volatility",
    "sortino",
    "calmar",
    "trades",
    "win_rate",
    "exposure",
    "final_equity",
)
_FRACTIONS = frozenset({"total_return", "max_drawdown"})


@section("seeds", "Distribution over seeds")
def seeds(run: RunFiles) -> list[Block] | None:
    """Return dots of each seed, the summary, and the odds against the baselines."""
    if not run.seeds:
        return [missing("Distribution over seeds")] if run.kind == "seeds" else None
    found = run.seeds
    blocks: list[Block] = []
    if found.get("warning"):
        blocks.append(Text(str(found["warning"]), "warning"))
    labels = [str(seed) for seed in sequence(found.get("seeds"))]
    blocks += [chart for key in _DRAWN if (chart := _dots(run, key, labels)) is not None]
    summary = mapping(found.get("summary"))
    if summary:
        blocks.append(_summary(summary))
    else:
        blocks.append(missing("Summary over seeds"))
    improvement = mapping(found.get("improvement"))
    if improvement:
        blocks.append(_improvement(run, improvement))
    runs = sequence(found.get("runs"))
    if runs:
        blocks.append(_runs(run, labels, [str(one) for one in runs]))
    return blocks


def _dots(run: RunFiles, key: str, labels: list[str]) -> Figure | None:
    tables = mapping(run.seeds.get("metrics"))
    rows, texts = [], []
    for name, table in tables.items():
        values = sequence(mapping(table).get(key))
        known = numbers({str(k): value for k, value in enumerate(values)})
        if not known or name in FORESIGHT:  # a bound would flatten the rest
            continue
        own = numbers(mapping(mapping(run.seeds.get("summary")).get(key))) if name == AGENT else {}
        interval = (own["low"], own["high"]) if {"low", "high"} <= set(own) else None
        rows.append((column_name(run, name), list(known.values()), interval, own.get("iqm")))
        texts.append(
            [f"{_seed(labels, int(k))}: {metric_text(key, value)}" for k, value in known.items()]
        )
    if not rows:
        return None
    arrays = [np.array([*values, *(interval or ())]) for _, values, interval, _ in rows]
    fraction = key in _FRACTIONS
    scale = value_scale(
        arrays, percent if fraction else plain, most=5, scale=100.0 if fraction else 1.0
    )
    return Figure(
        f"{metric_label(key)} of each seed",
        strip(f"{metric_label(key)} of each seed", rows, scale, texts),
        "One dot for each seed.",
        (Key("interquartile mean", "centre"), Key("its interval", "interval")),
        half=True,
    )


def _seed(labels: list[str], number: int) -> str:
    return f"seed {labels[number]}" if number < len(labels) else f"run {number + 1}"


def _summary(summary: dict[str, object]) -> Table:
    rows = []
    keys = [key for key in _TABLE if key in summary]
    for key in keys or list(summary):
        one = numbers(mapping(summary[key]))
        text = {name: metric_text(key, one.get(name)) for name in ("iqm", "std", "min", "max")}
        text["std"] = text["std"].lstrip("+")
        ends = [metric_text(key, one.get(name)) for name in ("low", "high")]
        interval = " to ".join(ends) if {"low", "high"} <= set(one) else "undefined"
        method = str(mapping(summary[key]).get("method") or "")
        label = Cell(metric_label(key), hint=metric_hint(key))
        rows.append(
            (
                label,
                Cell(text["iqm"]),
                Cell(interval, method),
                *cells(text["std"], text["min"], text["max"], f"{one.get('n', 0):.0f}"),
            )
        )
    return Table(
        ("", "Interquartile mean", "Interval", "Deviation", "Lowest", "Highest", "Runs"),
        (Rows(tuple(rows)),),
        "The agent over its seeds. The interval speaks of other seeds on the same bars, and not "
        "of other markets.",
    )


def _improvement(run: RunFiles, improvement: dict[str, object]) -> Table:
    rows = []
    for name, found in improvement.items():
        one = numbers(mapping(found))
        interval = (
            f"{one['low']:.1%} to {one['high']:.1%}" if {"low", "high"} <= set(one) else "undefined"
        )
        chance = f"{one['probability']:.1%}" if "probability" in one else "undefined"
        rows.append(cells(column_name(run, name), chance, interval))
    return plain_table(
        ("Against", "Probability that a seed does better", "Interval"), rows, half=True
    )


def _runs(run: RunFiles, labels: list[str], runs: list[str]) -> Table:
    table = mapping(mapping(run.seeds.get("metrics")).get(AGENT))
    keys = [key for key in _DRAWN if key in table]
    rows = []
    for number, name in enumerate(runs):
        values = [sequence(table[key]) for key in keys]
        known = [
            numbers({"v": one[number]}).get("v") if number < len(one) else None for one in values
        ]
        texts = [metric_text(key, value) for key, value in zip(keys, known, strict=True)]
        label = labels[number] if number < len(labels) else "?"
        rows.append(cells(Cell(f"seed {label}", name), *texts))
    return plain_table(
        ("Run", *(metric_label(key) for key in keys)), rows, folded=f"The {len(runs)} runs"
    )
