"""Traces and layout of the page: panels below each other that share the axis of times."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.rendering.episode import MAX_ASSETS
from tradegym.envs.rendering.page.account import (
    drawdown_trace,
    equity_trace,
    holding_traces,
    reward_traces,
)
from tradegym.envs.rendering.page.events import event_trace
from tradegym.envs.rendering.page.prices import fill_traces, price_traces, refused_traces
from tradegym.envs.rendering.page.tokens import Json, color
from tradegym.envs.rendering.panels.common import utc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

_GAP = 26  # pixels between panels
_LEFT, _TOP, _BOTTOM = 88, 44, 34  # pixels
_FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif"
_DAY = 86_400.0
_SPANS = (
    ("1 hour", _DAY / 24),
    ("1 day", _DAY),
    ("1 week", 7 * _DAY),
    ("1 month", 30.5 * _DAY),
    ("6 months", 182.5 * _DAY),
    ("1 year", 365.25 * _DAY),
    ("5 years", 5 * 365.25 * _DAY),
)  # with their seconds
_NUMBER = ",.6~g"


@dataclass
class _Panels:
    """Panels from the top: their traces, names, formats and pixels."""

    traces: list[Json] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    formats: list[str] = field(default_factory=list)
    heights: list[int] = field(default_factory=list)

    def add(self, title: str, height: int, tick_format: str = _NUMBER) -> str:
        """Add a panel and return the name of its axis."""
        self.titles.append(title)
        self.heights.append(height)
        self.formats.append(tick_format)
        return f"y{len(self.titles)}" if len(self.titles) > 1 else "y"


def page_spec(record: "EpisodeRecord") -> tuple[list[Json], Json]:
    """Return what plotly draws: the traces and the layout, with tokens for colours and times."""
    panels = _Panels()
    shown = record.assets[:MAX_ASSETS]
    for asset in shown:
        title = "Price" if len(record.assets) == 1 else asset
        axis = panels.add(title, 300 if len(shown) == 1 else 170)
        panels.traces += price_traces(record, asset, axis)
        if asset == record.asset:
            panels.traces.append(event_trace(record, axis))
        panels.traces += fill_traces(record, asset, axis) + refused_traces(record, asset, axis)
    is_joint = "close" not in record.bars
    axis = panels.add("", 110, ".0%" if is_joint else _NUMBER)
    panels.titles[-1], held = holding_traces(record, axis)
    panels.traces += held
    panels.traces.append(equity_trace(record, panels.add("Equity (money)", 190)))
    panels.traces.append(drawdown_trace(record, panels.add("Drawdown", 100, ".0%")))
    panels.traces += reward_traces(record, panels.add("Reward (sum)", 140))
    _share_legend(panels.traces)
    return panels.traces, _layout(record, panels)


def _share_legend(traces: list[Json]) -> None:
    """Keep one entry of each group in the legend."""
    seen: set[str] = set()
    for trace in traces:
        group = trace.get("legendgroup")
        if group is not None:
            trace["showlegend"] = group not in seen
            seen.add(group)


def _layout(record: "EpisodeRecord", panels: _Panels) -> Json:
    room = sum(panels.heights) + _GAP * (len(panels.heights) - 1)
    layout: Json = {
        "height": room + _TOP + _BOTTOM,
        "modebar": {"orientation": "v", "bgcolor": color("background", 0.0)},
        "margin": {"l": _LEFT, "r": 44, "t": _TOP, "b": _BOTTOM},
        "paper_bgcolor": color("background"),
        "plot_bgcolor": color("panel"),
        "font": {"family": _FONT, "size": 12, "color": color("ink")},
        "hovermode": "x unified",
        "hoversubplots": "axis",
        "hoverlabel": {
            "bgcolor": color("panel", 0.94),
            "bordercolor": color("axis"),
            "font": {"color": color("ink"), "size": 12},
        },
        "dragmode": "zoom",
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1 + 8 / room,
            "yanchor": "bottom",
            "font": {"size": 12},
            "bgcolor": color("background", 0.0),
        },
        "uirevision": "kept",
        "annotations": [],
        "shapes": [_level(record.start_cash, _axis_of(panels, "Equity (money)"))],
    }
    y = 1.0
    for index, (title, height) in enumerate(zip(panels.titles, panels.heights, strict=True)):
        share = height / room
        layout[f"yaxis{index + 1 if index else ''}"] = {
            "domain": [max(y - share, 0.0), y],
            "tickformat": panels.formats[index],
            "gridcolor": color("grid"),
            "linecolor": color("axis"),
            "zerolinecolor": color("axis"),
            "nticks": max(4, height // 30),
            "automargin": False,
        }
        layout["annotations"].append(_name(title, y - share / 2))
        y -= share + _GAP / room
    layout["xaxis"] = {
        "type": "date",
        "anchor": f"y{len(panels.titles)}",
        "gridcolor": color("grid"),
        "linecolor": color("axis"),
        "rangeslider": {"visible": False},
        "range": _range(record),
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": color("muted"),
        "hoverformat": "%Y-%m-%d %H:%M" if _is_intraday(record) else "%Y-%m-%d",
    }
    return layout


def _name(title: str, y: float) -> Json:
    """Return the name of a panel, at the same place left of each."""
    return {
        "text": title,
        "textangle": -90,
        "xref": "paper",
        "x": 0,
        "xshift": 12 - _LEFT,
        "yref": "paper",
        "y": y,
        "xanchor": "center",
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 12, "color": color("muted")},
    }


def _axis_of(panels: _Panels, title: str) -> str:
    number = panels.titles.index(title) + 1
    return f"y{number if number > 1 else ''}"


def _level(value: float, axis: str) -> Json:
    """Return a dotted line across a panel."""
    line = {"color": color("muted"), "width": 1, "dash": "dot"}
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": axis,
        "y0": value,
        "y1": value,
        "layer": "below",
        "line": line,
    }


def _is_intraday(record: "EpisodeRecord") -> bool:
    times = utc(record.bars["time"]).astype("datetime64[s]")
    return not bool(np.all(times == times.astype("datetime64[D]")))


def spans(record: "EpisodeRecord") -> list[tuple[str, float]]:
    """Return name and milliseconds of spans between some bars and the whole episode."""
    times = _seconds(record)
    whole = float(times[-1] - times[0]) if len(times) else 0.0
    least = 15 * whole / max(len(times) - 1, 1)
    return [(name, 1000 * long) for name, long in _SPANS if least <= long < 0.8 * whole]


def _range(record: "EpisodeRecord") -> list[str]:
    """Return where the axis of times begins and ends: a little outside the bars."""
    times = _seconds(record)
    room = (times[-1] - times[0]) / 100 or _DAY
    ends = np.array([times[0] - room, times[-1] + room]).astype("int64").astype("datetime64[s]")
    return [str(end).replace("T", " ") for end in ends]


def _seconds(record: "EpisodeRecord") -> "NDArray[np.float64]":
    return utc(record.bars["time"]).astype("datetime64[s]").astype(np.float64)
