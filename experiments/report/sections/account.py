"""Equity with its drawdown, against the baselines."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.curves import drawdowns
from tradegym.envs.rendering.ticks import time_texts
from tradegym.experiments.report.blocks import Block, Figure, Key, missing
from tradegym.experiments.report.files import AGENT, RunFiles
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.results import FORESIGHT, column_name
from tradegym.experiments.report.sections.series import STYLES, on_times, read_out, seconds
from tradegym.experiments.report.svg.chart import Chart
from tradegym.experiments.report.svg.dates import time_scale
from tradegym.experiments.report.svg.scale import percent, plain, signed, value_scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A curve that rises this many times as far as all others would flatten them.
_TOO_FAR = 4.0


@section("equity", "Equity and drawdown")
def equity(run: RunFiles) -> list[Block] | None:
    """Return the chart of equity above the chart of drawdowns."""
    episodes = run.episodes
    if AGENT not in episodes:
        return None if run.is_many else [missing("Equity", "no table of the test's bars")]
    first = episodes[AGENT]
    x = seconds(first.times)
    curves = {name: found.column("equity") for name, found in episodes.items()}
    known = {
        name: on_times(x, seconds(episodes[name].times), values)
        for name, values in curves.items()
        if values is not None
    }
    start = run.start_cash or known[AGENT][0]
    drawn, left_out = _in_range(known, float(start))
    styles = dict(zip(drawn, STYLES, strict=False))
    drawn = {name: drawn[name] for name in styles}
    scale = time_scale(first.times)
    money = value_scale(drawn.values(), plain)
    top = Chart("Equity of the agent and the baselines", scale, money, 280, with_dates=False)
    top.level(float(start))
    falls = {name: _falls(values, float(start)) for name, values in drawn.items()}
    depth = value_scale(falls.values(), percent, most=3, include=(0.0,), scale=100.0)
    low = Chart("Drawdown below the highest equity so far", scale, depth, 120)
    low.area(x, falls[AGENT], styles[AGENT])
    for name in reversed(drawn):  # the agent on top
        top.line(x, drawn[name], styles[name])
        low.line(x, falls[name], styles[name])
    texts = {
        column_name(run, name): (
            styles[name],
            [f"{_money(v)} ({_share(f)})" for v, f in zip(drawn[name], falls[name], strict=True)],
        )
        for name in drawn
    }
    svg = f'<p class="axis">Equity, money</p>{top.svg()}<p class="axis">Drawdown</p>{low.svg()}'
    figure = Figure(
        f"{run.split.capitalize()} split",
        svg,
        _caption(run, left_out),
        tuple(Key(column_name(run, name), styles[name]) for name in drawn),
        read_out(x, time_texts(first.times), texts),
        run.picture("equity.png"),
    )
    return [figure]


def _in_range(
    curves: "dict[str, NDArray[np.float64]]", start: float
) -> "tuple[dict[str, NDArray[np.float64]], list[str]]":
    """Leave out what knows the future if it would flatten the others."""
    reach = {name: _reach(values, start) for name, values in curves.items()}
    most = max(far for name, far in reach.items() if name not in FORESIGHT)
    left_out = [
        name
        for name, far in reach.items()
        if name in FORESIGHT and far > _TOO_FAR * max(most, 1e-9)
    ]
    return {name: values for name, values in curves.items() if name not in left_out}, left_out


def _reach(values: "NDArray[np.float64]", start: float) -> float:
    return float(np.max(np.abs(values - start), where=np.isfinite(values), initial=0.0))


def _falls(values: "NDArray[np.float64]", start: float) -> "NDArray[np.float64]":
    return drawdowns(np.where(np.isfinite(values), values, start), start)


def _caption(run: RunFiles, left_out: list[str]) -> str:
    episodes = run.episodes[AGENT].of
    parts = ["Below: how far the equity is under its highest value so far."]
    if episodes > 1:
        parts.insert(0, f"The first of {episodes} episodes; the tables show their mean.")
    parts += [
        f"{column_name(run, name)} is left out: it would flatten the rest." for name in left_out
    ]
    return " ".join(parts)


def _money(value: float) -> str:
    return signed(f"{value:,.2f}") if np.isfinite(value) else "none"


def _share(value: float) -> str:
    return signed(f"{value:z.1%}") if np.isfinite(value) else "none"
