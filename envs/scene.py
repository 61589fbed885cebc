"""Collects what an environment has to show at the current bar."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tradegym.envs.rendering.scene import Scene
from tradegym.envs.strategies import broker_stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.market import Market
    from tradegym.envs.record import EpisodeRecord

#: Bars in a picture of the prices.
SHOWN_BARS = 120


def scene_of(
    market: "Market",
    part: range,
    info: Mapping[str, Any],
    observation: "Mapping[str, NDArray[Any]]",
    record: "EpisodeRecord | None",
    *,
    action: str,
    start_cash: float,
) -> Scene:
    """Return what can be drawn at the current bar.

    Parameters
    ----------
    market : Market
    part : range
        Rows that belong to the episode's part; bars before it are not shown.
    info : mapping
        Of the last reset or step.
    observation : mapping of str to ndarray
        Likewise, by mode.
    record : EpisodeRecord or None
        If the episode is over.
    action : str
        The last one in words.
    start_cash : float
        Money.
    """
    stop = info["bar"] + 1
    rows = slice(max(stop - SHOWN_BARS, part.start), stop)
    assets, n_traded = market.dataset.assets, len(market.engine.traded.names)
    names = tuple(assets[column] for column in market.order)
    prices = ("open", "high", "low", "close")
    several = n_traded > 1
    raw = [f"{price} {name}" if several else price for name in names[:n_traded] for price in prices]
    columns = {
        "raw": tuple(raw),
        "internal": broker_stats.column_names(market.engine.params["internal"], names[:n_traded]),
    }
    if market.features is not None:
        columns["features"] = market.features.names
    bars = market.bars(rows)[:, :, :4]
    return Scene(
        record=record,
        window=bars[:, 0] if len(names) == 1 else bars,
        times=market.dataset.times[rows],
        observation=observation,
        columns={mode: found for mode, found in columns.items() if mode in observation},
        assets=names,
        traded=n_traded,
        info=info,
        action=action,
        start_cash=start_cash,
    )
