"""The bars that the kernel reads, and what the state shows of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.backtrader.feed import to_day_numbers
from tradegym.envs.market import Market

_OHLC = 4
_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Shown:
    """What a bar table must have.

    Attributes
    ----------
    raw, features, days : bool
        Prices and features for the state, calendar days for interest.
    """

    raw: bool
    features: bool
    days: bool


@dataclass(frozen=True, slots=True)
class BarTable:
    """Bars of the traded assets; see `Shared` for what each array is.

    Attributes
    ----------
    ohlcv : ndarray of float64, shape [R, A, 5]
    raw : ndarray of float32, shape [R * 4 * A] or [0]
    features : ndarray of float32, shape [R * F] or [0]
    days : ndarray of int64, shape [R] or [0]
    """

    ohlcv: NDArray[np.float64]
    raw: NDArray[np.float32]
    features: NDArray[np.float32]
    days: NDArray[np.int64]


def market_table(market: Market, shown: Shown) -> BarTable:
    """Return the table of a market's bars, all of them.

    What is not the dataset's own array is made once per market and kept with it.
    """
    return BarTable(
        ohlcv=traded_bars(market),
        raw=_kept(market, "raw", _raw) if shown.raw else _nothing(np.float32),
        features=features_of(market) if shown.features else _nothing(np.float32),
        days=_kept(market, "days", _days) if shown.days else _nothing(np.int64),
    )


def empty_table(rows: int, n_assets: int, n_features: int, shown: Shown) -> BarTable:
    """Return a table of zeros that episodes are written into by `write_rows`."""
    return BarTable(
        ohlcv=np.zeros((rows, n_assets, 5)),
        raw=np.zeros(rows * _OHLC * n_assets if shown.raw else 0, np.float32),
        features=np.zeros(rows * n_features if shown.features else 0, np.float32),
        days=np.zeros(rows if shown.days else 0, np.int64),
    )


def write_rows(table: BarTable, first: int, market: Market) -> None:
    """Write all bars of a market into a table, from row ``first`` on."""
    bars = traded_bars(market)
    rows, n_assets, _ = bars.shape
    table.ohlcv[first : first + rows] = bars
    if len(table.raw):
        width = _OHLC * n_assets
        fill_raw(bars, table.raw[first * width : (first + rows) * width])
    if len(table.features):
        values = features_of(market)
        width = len(values) // rows
        table.features[first * width : (first + rows) * width] = values
    if len(table.days):
        table.days[first : first + rows] = calendar_days(market.dataset.times)


def traded_bars(market: Market) -> NDArray[np.float64]:
    """Return the bars of the traded assets; the dataset's own array if it is just that."""
    number = len(market.engine.traded.names)
    traded = market.order[:number]
    if traded == tuple(range(market.dataset.ohlcv.shape[1])):
        return market.dataset.ohlcv
    # Picking columns leaves them in an order of numpy's own.
    return _kept(
        market, "ohlcv", lambda one: np.ascontiguousarray(one.dataset.ohlcv[:, list(traded)])
    )


def features_of(market: Market) -> NDArray[np.float32]:
    """Return the feature table of a market, row by row in one dimension."""
    if market.features is None:
        return _nothing(np.float32)
    return np.ascontiguousarray(market.features.values, dtype=np.float32).reshape(-1)


def fill_raw(bars: NDArray[np.float64], out: NDArray[np.float32]) -> None:
    """Write open, high, low and close of bars [R, A, 5] into ``out`` [R * 4 * A]."""
    rows, n_assets, _ = bars.shape
    with np.errstate(over="ignore"):  # a price beyond float32 is infinite, as astype makes it
        out.reshape(rows, n_assets, _OHLC)[...] = bars[:, :, :_OHLC]


def calendar_days(times: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Return the day of each bar, counted as backtrader does, from the float that it keeps.

    That float is exact to ten microseconds, and backtrader rounds the last ten of a day up.
    """
    import backtrader as bt

    days = np.empty(len(times), np.int64)
    for begin in range(0, len(times), _CHUNK):
        numbers = to_day_numbers(times[begin : begin + _CHUNK])
        floors = np.floor(numbers)
        found = floors.astype(np.int64)
        for late in np.flatnonzero(numbers - floors > 1.0 - 1e-9):
            found[late] = bt.num2date(numbers[late]).toordinal()
        days[begin : begin + _CHUNK] = found
    return days


def _raw(market: Market) -> NDArray[np.float32]:
    bars = traded_bars(market)
    out = np.empty(bars.shape[0] * bars.shape[1] * _OHLC, np.float32)
    fill_raw(bars, out)
    return out


def _days(market: Market) -> NDArray[np.int64]:
    return calendar_days(market.dataset.times)


def _kept(market: Market, name: str, make: Any) -> NDArray[Any]:
    """Return what ``make`` gives for a market, made once and not to be changed."""
    found = market.kept.get(name)
    if found is None:
        found = make(market)
        found.setflags(write=False)
        market.kept[name] = found
    return found  # type: ignore[no-any-return]


def _nothing(dtype: Any) -> NDArray[Any]:
    return np.zeros(0, dtype)
