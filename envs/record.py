"""What happened in one episode, as tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """One finished episode, from its first decision bar to its last bar.

    Attributes
    ----------
    assets : tuple of str
        Names of the traded assets.
    start_cash : float
        Money at the first decision bar.
    bars_per_year : float
        Bars in a year of the whole dataset, measured from its time index.
    reason : str
        Why the episode ended (see `tradegym.envs.strategies.endings`).
    action_names : tuple of str
        Name of each choice for an asset; empty when actions are weights.
    bars : pandas.DataFrame
        One row per bar: ``time`` (UTC), ``cash, equity`` (money at the close), ``exposure`` (gross
        market value over equity), ``reward`` (of the step that ended on this bar, else 0),
        ``reward_<term>`` (its weighted parts), ``commission, interest`` (cumulative money),
        ``drawdown`` (percent from the running peak). With one traded asset ``open, high, low,
        close`` (price), ``position`` (units), ``action`` (Int64, NA where no decision was made);
        with joint trading of several the same with ``_<asset>`` behind the name, and for weights
        ``weight_<asset>`` and ``weight_cash`` (the targets, NaN where no decision was made).
    trades : pandas.DataFrame
        One row per closed round trip: ``asset``, ``direction`` (+1 long, -1 short), ``size``
        (units), ``opened, closed`` (UTC), ``entry_price, exit_price``, ``bars``, ``pnl`` (money,
        before costs), ``commission``, ``interest``, ``pnl_net``.
    orders : pandas.DataFrame
        One row per order: ``ref`` (1, 2, ... within the episode), ``asset``, ``created``,
        ``executed`` (UTC, NaT when nothing was filled), ``side`` (buy or sell), ``type`` (market,
        limit, stop), ``size`` (units, positive), ``limit`` (the price of a limit or stop order),
        ``filled`` (units), ``price`` (NaN when nothing was filled), ``commission`` (money),
        ``status`` (Completed, Partial, Margin, Canceled, Expired, Refused ...), ``kind`` (entry,
        exit, reversal, stop_loss, take_profit, liquidation).
    statistics : mapping
        What `TradingEnv.get_stat` returns.
    trace : pandas.DataFrame or None
        Every event (`tradegym.envs.strategies.trace`), if the environment was made to trace.
    """

    assets: tuple[str, ...]
    start_cash: float
    bars_per_year: float
    reason: str
    action_names: tuple[str, ...]
    bars: "pd.DataFrame"
    trades: "pd.DataFrame"
    orders: "pd.DataFrame"
    statistics: Mapping[str, Any] = field(default_factory=dict)
    trace: "pd.DataFrame | None" = None

    @property
    def asset(self) -> str:
        """Name of the first traded asset."""
        return self.assets[0]

    def of(self, asset: str) -> "pd.DataFrame":
        """Return ``time, open, high, low, close, position`` of one traded asset.

        Raises
        ------
        KeyError
            It was not traded.
        """
        if asset not in self.assets:
            raise KeyError(asset)
        suffix = "" if "close" in self.bars else f"_{asset}"
        columns = {f"{name}{suffix}": name for name in (*PRICES, "position")}
        return self.bars[["time", *columns]].rename(columns=columns)
