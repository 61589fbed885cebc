"""What happened in one episode, as tables."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class EpisodeRecord:
    """One finished episode, from its first decision bar to its last bar.

    Attributes
    ----------
    asset : str
        Name of the traded asset.
    start_cash : float
        Money at the first decision bar.
    bars_per_year : float
        Bars in a year of the whole dataset, measured from its time index.
    reason : str
        Why the episode ended (see `tradegym.envs.strategies.endings`).
    action_names : tuple of str
        Name of each action number.
    bars : pandas.DataFrame
        One row per bar: ``time`` (UTC), ``open, high, low, close`` (price), ``cash, equity``
        (money at the close), ``position`` (units), ``reward`` (of the step that ended on this
        bar, else 0), ``action`` (Int64, NA where no decision was made), ``commission``
        (cumulative money), ``drawdown`` (percent from the running peak).
    trades : pandas.DataFrame
        One row per closed round trip: ``direction`` (+1 long, -1 short), ``size`` (units),
        ``opened, closed`` (UTC), ``entry_price, exit_price``, ``bars``, ``pnl`` (money, before
        commission), ``commission``, ``pnl_net``.
    orders : pandas.DataFrame
        One row per order: ``ref`` (1, 2, ... within the episode), ``created``, ``executed``
        (UTC, NaT when nothing was filled), ``side`` (buy or sell), ``size, filled`` (units,
        positive), ``price`` (NaN when nothing was filled), ``commission`` (money), ``status``
        (Completed, Partial, Margin, Canceled, ...), ``kind`` (entry, exit, reversal, liquidation).
    """

    asset: str
    start_cash: float
    bars_per_year: float
    reason: str
    action_names: tuple[str, ...]
    bars: "pd.DataFrame"
    trades: "pd.DataFrame"
    orders: "pd.DataFrame"
