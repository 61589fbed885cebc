"""Returns by month and by year, and the trades one by one."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord


def monthly_returns(record: "EpisodeRecord") -> "pd.DataFrame":
    """Return the simple return of each calendar month (UTC) in which the episode has bars.

    Parameters
    ----------
    record : EpisodeRecord

    Returns
    -------
    pandas.DataFrame
        ``year``, ``month`` (1 to 12), ``return`` (fraction): the last equity of the month over
        the last one before it, for the first month over the start money. The returns compound to
        the total return. Ruin is -1 and ends the table; equity that is not finite ends it, too.
    """
    import pandas as pd

    times = pd.DatetimeIndex(record.bars["time"])
    months = times.year.to_numpy() * 12 + times.month.to_numpy() - 1
    keys, values = _returns(record, months)
    return pd.DataFrame({"year": keys // 12, "month": keys % 12 + 1, "return": values})


def yearly_returns(record: "EpisodeRecord") -> "pd.DataFrame":
    """Return the simple return of each calendar year (UTC) in which the episode has bars.

    Parameters
    ----------
    record : EpisodeRecord

    Returns
    -------
    pandas.DataFrame
        ``year``, ``return`` (fraction), as in `monthly_returns`.
    """
    import pandas as pd

    keys, values = _returns(record, pd.DatetimeIndex(record.bars["time"]).year.to_numpy())
    return pd.DataFrame({"year": keys, "return": values})


def trade_table(record: "EpisodeRecord") -> "pd.DataFrame":
    """Return the closed round trips with what each of them gained.

    Parameters
    ----------
    record : EpisodeRecord

    Returns
    -------
    pandas.DataFrame
        `EpisodeRecord.trades` and ``return_net`` (fraction: net profit over the value at entry),
        ``won`` (bool), ``cumulative`` (net profit of this and all earlier trades, money), ordered
        by the time of their end.
    """
    trades = record.trades.sort_values("closed", kind="stable").reset_index(drop=True)
    profits = trades["pnl_net"].astype("float64")
    entered = (trades["size"] * trades["entry_price"]).astype("float64")
    return trades.assign(
        return_net=profits / entered.where(entered > 0),
        won=profits > 0,
        cumulative=profits.cumsum(),
    )


def _returns(
    record: "EpisodeRecord", periods: "NDArray[np.int64]"
) -> "tuple[NDArray[np.int64], list[float]]":
    """Return the periods in order and the return of each, up to ruin."""
    equity = record.bars["equity"].to_numpy(dtype=np.float64)
    if not len(periods):
        return periods, []
    ends = np.append(np.flatnonzero(np.diff(periods)), len(periods) - 1)
    found: list[float] = []
    before, first = float(record.start_cash), 0
    for end in ends:
        now = float(equity[end])
        if before <= 0 or not np.all(np.isfinite(equity[first : end + 1])):
            break
        if float(np.min(equity[first : end + 1])) <= 0:
            found.append(-1.0)
            break
        found.append(now / before - 1.0)
        before, first = now, end + 1
    return periods[ends][: len(found)], found
