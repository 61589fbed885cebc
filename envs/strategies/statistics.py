"""What ``env.get_stat()`` tells of an episode: drawdown, trades, and what analyzers found.

The keys are BTgym's (``episode``, ``runtime``, ``length`` and one per analyzer) and those of
backtrader's ``DrawDown`` and ``TradeAnalyzer``, whose shape ``drawdown`` and ``trades`` have.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from tradegym.envs.strategies.base import BaseStrategy
    from tradegym.envs.strategies.round_trips import TradeRow

#: Keys that no analyzer may take.
RESERVED: Final = ("episode", "runtime", "length")

#: Keys that are there without any analyzer.
PACKAGED: Final = frozenset({*RESERVED, "drawdown", "trades"})


class Drawdown:
    """Depth and length of the fall from the highest equity so far.

    Parameters
    ----------
    start : float
        Equity before the first bar, money.

    Attributes
    ----------
    peak : float
        Highest equity so far, money.
    percent, max_percent : float
        ``100 * (peak - equity) / peak`` now, and the largest so far.
    """

    __slots__ = ("_bars", "_max_bars", "_max_money", "_money", "max_percent", "peak", "percent")

    def __init__(self, start: float) -> None:
        self.peak = start
        self.percent = self.max_percent = self._money = self._max_money = 0.0
        self._bars = self._max_bars = 0

    def update(self, value: float) -> float:
        """Take in the equity (money) of the next bar and return the drawdown in percent."""
        if value >= self.peak:
            self.peak = value
            self.percent = self._money = 0.0
            self._bars = 0
            return 0.0
        self._money = money = self.peak - value
        self.percent = percent = money / self.peak * 100.0
        self._bars += 1
        if money > self._max_money:
            self._max_money = money
        if percent > self.max_percent:
            self.max_percent = percent
        if self._bars > self._max_bars:
            self._max_bars = self._bars
        return percent

    def as_dict(self) -> dict[str, Any]:
        """Return ``len`` (bars), ``drawdown`` (percent), ``moneydown``; now and under ``max``."""
        return {
            "len": self._bars,
            "drawdown": self.percent,
            "moneydown": self._money,
            "max": {
                "len": self._max_bars,
                "drawdown": self.max_percent,
                "moneydown": self._max_money,
            },
        }


def collect_statistics(
    strategy: "BaseStrategy", *, episode: int, runtime: timedelta, length: int, drawdown: Drawdown
) -> dict[str, Any]:
    """Return the statistics of a finished episode as plain Python data.

    To be called when the Cerebro has stopped, so that its analyzers have finished.

    Parameters
    ----------
    strategy : BaseStrategy
    episode : int
        Its number, from 1.
    runtime : timedelta
        Wall-clock time from its reset to its end.
    length : int
        Bars from the first decision to the end.
    drawdown : Drawdown

    Returns
    -------
    dict
        ``episode, runtime, length``, ``drawdown``, ``trades``, and the ``get_analysis()`` of each
        analyzer under its name; an analyzer called ``drawdown`` or ``trades`` replaces ours.
    """
    return {
        "drawdown": drawdown.as_dict(),
        "trades": trade_statistics(strategy.ledger.round_trips),
        **{name: plain(one.get_analysis()) for name, one in strategy.analyzers.getitems()},
        "episode": episode,
        "runtime": runtime,
        "length": length,
    }


def plain(value: Any) -> Any:
    """Return mappings, sequences and numpy values as built-in types; anything else as it is."""
    if isinstance(value, Mapping):
        return {plain(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def trade_statistics(trips: "Sequence[TradeRow]") -> dict[str, Any]:
    """Return counts, results and lengths of closed round trips.

    A trip is won when its result after commission and interest is at least 0, as backtrader's
    ``TradeAnalyzer`` has it.

    Parameters
    ----------
    trips : sequence of TradeRow

    Returns
    -------
    dict
        ``total`` {total, open, closed}; ``streak`` {won, lost} {current, longest}; ``pnl``
        {gross, net} {total, average}; ``won``, ``lost`` {total, pnl {total, average, max}};
        ``long``, ``short`` {total, won, lost, pnl {total, average}}; ``len`` {total, average,
        max, min}. Money and bars; 0 where there are no trades.
    """
    nets = [trip.pnl_net for trip in trips]
    won, lost = [net for net in nets if net >= 0.0], [net for net in nets if net < 0.0]
    bars = [trip.bars for trip in trips]
    return {
        # Every position is closed at the end of an episode.
        "total": {"total": len(trips), "open": 0, "closed": len(trips)},
        "streak": {
            "won": _streak([net >= 0.0 for net in nets]),
            "lost": _streak([net < 0.0 for net in nets]),
        },
        "pnl": {"gross": _sums([trip.pnl for trip in trips]), "net": _sums(nets)},
        "won": {"total": len(won), "pnl": {**_sums(won), "max": max(won, default=0.0)}},
        "lost": {"total": len(lost), "pnl": {**_sums(lost), "max": min(lost, default=0.0)}},
        "long": _side([trip.pnl_net for trip in trips if trip.direction > 0]),
        "short": _side([trip.pnl_net for trip in trips if trip.direction < 0]),
        "len": {
            **_sums(bars),
            "max": max(bars, default=0),
            "min": min(bars, default=0),
        },
    }


def _sums(values: Sequence[float]) -> dict[str, float]:
    total = sum(values)
    return {"total": total, "average": total / len(values) if values else 0.0}


def _side(nets: Sequence[float]) -> dict[str, Any]:
    won = sum(net >= 0.0 for net in nets)
    return {"total": len(nets), "won": won, "lost": len(nets) - won, "pnl": _sums(nets)}


def _streak(hits: Sequence[bool]) -> dict[str, int]:
    current = longest = 0
    for hit in hits:
        current = current + 1 if hit else 0
        longest = max(longest, current)
    return {"current": current, "longest": longest}
