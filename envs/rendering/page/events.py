"""What happened at each bar in words: the action and the orders."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.rendering.page.account import line_trace
from tradegym.envs.rendering.page.prices import times_of
from tradegym.envs.rendering.page.tokens import Json, color
from tradegym.envs.rendering.panels.common import column
from tradegym.envs.rendering.panels.fills import filled_orders, refused_orders

if TYPE_CHECKING:
    import pandas as pd

    from tradegym.envs.record import EpisodeRecord

_NOTHING = "none"
_BREAK = "<br>"


def event_trace(record: "EpisodeRecord", axis: str) -> Json:
    """Return an invisible trace that tells action and orders of the bar under the pointer."""
    texts = [action or _NOTHING for action in actions(record)]
    places = {time: index for index, time in enumerate(times_of(record.bars["time"]))}
    for time, text in _orders(record):
        if time in places:
            texts[places[time]] += f"{_BREAK}{text}"
    hidden = {"marker": {"color": color("muted", 0.0)}, "mode": "markers", "text": texts}
    closes = column(record.of(record.asset), "close")
    return line_trace("action", closes, axis, "%{text}", **hidden)


def _orders(record: "EpisodeRecord") -> list[tuple[str, str]]:
    """Return when each order was filled or refused, and what to say of it."""
    several = len(record.assets) > 1
    found: list[tuple[str, str]] = []
    for fill, rows in filled_orders(record.orders):
        found += [
            (time, f"{fill.label}: {text} at {price:,.6g}")
            for time, text, price in zip(
                times_of(rows["executed"]),
                _amounts(rows, "filled", several),
                column(rows, "price"),
                strict=True,
            )
        ]
    rows = refused_orders(record.orders)
    if len(rows):
        texts = (f"refused: {text}" for text in _amounts(rows, "size", several))
        found += zip(times_of(rows["created"]), texts, strict=True)
    return found


def _amounts(orders: "pd.DataFrame", name: str, several: bool) -> list[str]:
    """Return side and units of orders, with the asset if there are several."""
    rows = zip(orders["side"], column(orders, name), orders["asset"], strict=True)
    return [f"{side} {units:,.6g}{f' {asset}' if several else ''}" for side, units, asset in rows]


def actions(record: "EpisodeRecord") -> list[str]:
    """Return the action of each bar in words; empty where none was taken."""
    bars = record.bars
    weights = [str(name) for name in bars if str(name).startswith("weight_")]
    if weights:
        names = [name.removeprefix("weight_") for name in weights]
        rows = bars[weights].to_numpy(dtype=np.float64)
        return ["" if np.isnan(row).any() else _weights(names, row.tolist()) for row in rows]
    if "action" in bars:
        return _names(bars["action"], record.action_names)
    chosen = {one: bars[f"action_{one}"] for one in record.assets if f"action_{one}" in bars}
    columns = [
        [f"{asset} {text}" if text else "" for text in _names(values, record.action_names)]
        for asset, values in chosen.items()
    ]
    if not columns:
        return [""] * len(bars)
    return [", ".join(filter(None, row)) for row in zip(*columns, strict=True)]


def _weights(names: list[str], values: list[float]) -> str:
    return ", ".join(f"{name} {value:.0%}" for name, value in zip(names, values, strict=True))


def _names(values: "pd.Series[int]", names: tuple[str, ...]) -> list[str]:
    chosen = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return ["" if np.isnan(one) else _name(int(one), names) for one in chosen.tolist()]


def _name(number: int, names: tuple[str, ...]) -> str:
    return names[number] if number < len(names) else f"action {number}"
