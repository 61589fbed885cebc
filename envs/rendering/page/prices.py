"""Traces of an asset's price and its fills."""

from typing import TYPE_CHECKING

from tradegym.envs.rendering.page.tokens import TIMES, Json, color, numbers
from tradegym.envs.rendering.panels.common import column, utc
from tradegym.envs.rendering.panels.fills import filled_orders, orders_of, refused_orders
from tradegym.envs.rendering.ticks import time_texts

if TYPE_CHECKING:
    import pandas as pd

    from tradegym.envs.record import EpisodeRecord

# The trace of events tells what happened at a bar: the pointer would find marks of other bars.
_MARKS: Json = {"type": "scatter", "mode": "markers", "hoverinfo": "skip"}
MOST_CANDLES = 1500  # bars; more would take the browser too long, and be too narrow to see


def price_traces(record: "EpisodeRecord", asset: str, axis: str) -> list[Json]:
    """Return candles and a line, of which the page shows one, or the line with its range."""
    bars = record.of(asset)
    name = "close" if len(record.assets) == 1 else f"{asset} close"
    line = {
        "type": "scatter",
        "mode": "lines" if len(bars) > 1 else "markers",
        "name": name,
        "x": TIMES,
        "y": numbers(column(bars, "close")),
        "yaxis": axis,
        "line": {"color": color("price"), "width": 1.3},
        "marker": {"color": color("price")},
        "showlegend": False,
        "hovertemplate": "%{y:,.6~g}",
        "meta": "line",
    }
    if len(bars) <= MOST_CANDLES:
        return [_candles(bars, asset, axis), line | {"visible": False}]
    edge = {
        "type": "scatter",
        "mode": "lines",
        "x": TIMES,
        "yaxis": axis,
        "line": {"color": color("price", 0.0), "width": 0},
        "showlegend": False,
        "hoverinfo": "skip",
    }
    return [
        {**edge, "y": numbers(column(bars, "low"))},
        {
            **edge,
            "y": numbers(column(bars, "high")),
            "fill": "tonexty",
            "fillcolor": color("price", 0.22),
        },
        line,
    ]


def _candles(bars: "pd.DataFrame", asset: str, axis: str) -> Json:
    prices = {name: numbers(column(bars, name)) for name in ("open", "high", "low", "close")}
    return {
        "type": "candlestick",
        "name": asset,
        "x": TIMES,
        **prices,
        "yaxis": axis,
        "increasing": {"line": {"color": color("up"), "width": 1}, "fillcolor": color("panel")},
        "decreasing": {"line": {"color": color("down"), "width": 1}, "fillcolor": color("down")},
        "showlegend": False,
        "meta": "candles",
    }


def fill_traces(record: "EpisodeRecord", asset: str, axis: str) -> list[Json]:
    """Return a trace for each kind of fill; kinds share their entry in the legend."""
    traces = []
    for fill, rows in filled_orders(orders_of(record.orders, asset)):
        edge, face = color(fill.color), color("panel" if fill.hollow else fill.color)
        traces.append(
            _MARKS
            | {
                "name": fill.label,
                "legendgroup": fill.label,
                "x": times_of(rows["executed"]),
                "y": numbers(column(rows, "price")),
                "yaxis": axis,
                "marker": {
                    "symbol": fill.symbol,
                    "size": 10 * fill.scale,
                    "color": face,
                    "line": {"color": edge if fill.hollow else color("panel"), "width": 1.4},
                },
            }
        )
    return traces


def refused_traces(record: "EpisodeRecord", asset: str, axis: str) -> list[Json]:
    """Return ticks at the foot of the panel where orders were refused."""
    rows = refused_orders(orders_of(record.orders, asset))
    if not len(rows):
        return []
    bars = record.of(asset)
    label = "refused order"
    return [
        _MARKS
        | {
            "name": label,
            "legendgroup": label,
            "x": times_of(rows["created"]),
            "y": [float(column(bars, "low").min())] * len(rows),
            "yaxis": axis,
            "marker": {
                "symbol": "line-ns-open",
                "size": 8,
                "color": color("muted"),
                "line": {"color": color("muted"), "width": 1.2},
            },
        }
    ]


def times_of(values: "pd.Series[pd.Timestamp]") -> list[str]:
    """Return times as the page knows them, in UTC."""
    return time_texts(utc(values))
