"""Traces of holdings, equity, drawdown and reward."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.curves import drawdowns
from tradegym.envs.rendering.page.tokens import TIMES, Json, color, numbers, series
from tradegym.envs.rendering.panels.common import column
from tradegym.envs.rendering.panels.reward import paid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

_DASHES = ("solid", "dash", "dashdot", "dot", "longdash", "longdashdot")


def line_trace(
    name: str, values: "NDArray[np.float64]", axis: str, shown: str, **more: object
) -> Json:
    """Return a line over the bars; ``shown`` is the template of its hover text."""
    return {
        "type": "scatter",
        "mode": "lines" if len(values) > 1 else "markers",
        "name": name,
        "x": TIMES,
        "y": numbers(values),
        "yaxis": axis,
        "showlegend": False,
        "hovertemplate": shown,
        **more,
    }


def holding_traces(record: "EpisodeRecord", axis: str) -> tuple[str, list[Json]]:
    """Return the name of the panel of what is held, and its traces."""
    bars = record.bars
    if "weight_cash" in bars:
        names = [*record.assets, "cash"]
        targets = bars[[f"weight_{name}" for name in names]].ffill().fillna(0.0)
        weights = {name: column(targets, f"weight_{name}") for name in names}
        return "Targets", _areas(weights, axis, "hv", "target")
    if "close" not in bars:
        equity = column(bars, "equity")
        solvent = np.where(equity > 0, equity, np.nan)
        shares = {}
        for asset in record.assets:
            one = record.of(asset)
            shares[asset] = column(one, "position") * column(one, "close") / solvent
        return "Held", _areas(shares, axis, "vh", "held")
    position = column(bars, "position")
    shape = {"shape": "vh", "width": 0}
    signs = (
        ("long", np.maximum(position, 0.0), "up"),
        ("short", np.minimum(position, 0.0), "down"),
    )
    areas = [
        line_trace(
            name,
            units,
            axis,
            "",
            line=shape | {"color": color(shade)},
            fill="tozeroy",
            fillcolor=color(shade, 0.55),
            hoverinfo="skip",
        )
        for name, units, shade in signs
        if np.any(units)
    ]
    value = line_trace(
        "position", position, axis, "%{y:,.6~g}", line=shape | {"color": color("muted", 0.0)}
    )
    return "Position (units)", [*areas, value]


def _areas(
    values: "dict[str, NDArray[np.float64]]", axis: str, shape: str, what: str
) -> list[Json]:
    """Return stacked areas if nothing is short, else lines."""
    is_stack = all(np.nanmin(one, initial=0.0) >= 0 for one in values.values())
    traces = []
    for index, (name, value) in enumerate(values.items()):
        shade = color("grid") if name == "cash" else series(index)
        line = {"shape": shape, "color": shade, "width": 0 if is_stack else 1.4}
        more: Json = {"line": line, "legendgroup": f"held {name}", "showlegend": True}
        if is_stack:
            more |= {"stackgroup": "held", "fillcolor": shade | {"opacity": 0.8}}
        traces.append(line_trace(f"{name} {what}", value, axis, "%{y:.1%}", **more))
    return traces


def equity_trace(record: "EpisodeRecord", axis: str) -> Json:
    """Return the equity in money."""
    line = {"color": color("equity"), "width": 2}
    return line_trace("equity", column(record.bars, "equity"), axis, "%{y:,.2f}", line=line)


def drawdown_trace(record: "EpisodeRecord", axis: str) -> Json:
    """Return the fall below the running peak as a fraction."""
    fall = drawdowns(column(record.bars, "equity"), record.start_cash)
    look = {
        "line": {"color": color("drawdown"), "width": 1.1},
        "fill": "tozeroy",
        "fillcolor": color("drawdown", 0.18),
    }
    return line_trace("drawdown", fall, axis, "%{y:.2%}", **look)


def reward_traces(record: "EpisodeRecord", axis: str) -> list[Json]:
    """Return the running sums of the reward and its terms."""
    traces = []
    for index, (name, curve) in enumerate(paid(record).items()):
        line = {
            "color": color("ink") if index == 0 else series(index),
            "width": 1.8 if index == 0 else 1.3,
            "dash": _DASHES[index % len(_DASHES)],
        }
        label = name.replace("_", " ")
        look = {"line": line, "legendgroup": f"reward {name}", "showlegend": True}
        if name != "reward":
            label = f"reward: {label}"
        traces.append(line_trace(label, curve, axis, "%{y:+.4~g}", **look))
    return traces
