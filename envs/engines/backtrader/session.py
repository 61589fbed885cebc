"""One run of a Cerebro, paused at every decision by a greenlet.

A switch costs under a microsecond, where a thread costs tens. The price is that an episode
lives in the thread that started it and cannot be pickled.
"""

import threading
import time
from datetime import timedelta
from typing import Any

import backtrader as bt
import numpy as np
from greenlet import getcurrent, greenlet
from numpy.typing import NDArray

from tradegym.conf.errors import RunFailed, TradegymError
from tradegym.envs.engines.backtrader.feed import ArrayFeed, bar_timeframe
from tradegym.envs.strategies.base import BaseStrategy
from tradegym.envs.strategies.context import Costs, EpisodeContext, Report
from tradegym.envs.strategies.trace import Trace


class Session:
    """Plays one episode of ``cerebro``.

    Parameters
    ----------
    cerebro : backtrader.Cerebro
        With exactly one `BaseStrategy` and no data.
    assets : tuple of str
        Names of the feeds, the traded ones first.
    n_traded : int
        How many are traded.
    joint : bool
        Whether one action trades several assets.
    ohlcv : ndarray of float64, shape [T, A, 5]
        Warm-up bars, decision bars and the reserved last bar.
    day_numbers : ndarray of float64, shape [T]
    features : ndarray of float32, shape [T, F], or None
    warmup : int
        Bars before the first decision.
    record : bool
        Whether to keep a row per bar.
    trace : bool
        Whether to note every event.
    costs : Costs
    limited : bool
        Whether the strategy's limits may end the episode.
    bar_seconds : float
        Length of a bar, for analyzers.
    """

    def __init__(
        self,
        cerebro: bt.Cerebro,
        *,
        assets: tuple[str, ...],
        n_traded: int,
        joint: bool,
        ohlcv: NDArray[np.float64],
        day_numbers: NDArray[np.float64],
        features: NDArray[np.float32] | None,
        warmup: int,
        record: bool,
        trace: bool,
        costs: Costs,
        limited: bool,
        bar_seconds: float,
    ) -> None:
        self._thread = threading.get_ident()
        self._cerebro = cerebro
        traded = assets[:n_traded]
        #: Every event so far, None unless it was asked for.
        self.trace = Trace(traded) if trace else None
        cerebro.tradegym = EpisodeContext(
            assets=traded,
            joint=joint,
            ohlcv=ohlcv,
            features=features,
            warmup=warmup,
            record=record,
            trace=self.trace,
            costs=costs,
            limited=limited,
            pause=self._pause,
        )
        timeframe, compression = bar_timeframe(bar_seconds)
        for column, asset in enumerate(assets):
            feed = ArrayFeed(
                ohlcv=ohlcv[:, column],
                day_numbers=day_numbers,
                timeframe=timeframe,
                compression=compression,
            )
            cerebro.adddata(feed, name=asset)
        self._runner = greenlet(self._run)

    @property
    def strategy(self) -> BaseStrategy:
        """The strategy that is being played."""
        strategy: BaseStrategy = self._cerebro.runningstrats[0]
        return strategy

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended, by itself or by an error."""
        return bool(self._runner.dead)

    def start(self) -> Report | None:
        """Run to the first decision; None when the bars end before it."""
        self._started = time.perf_counter()
        return self._switch(None)

    def step(self, action: Any) -> Report:
        """Hand over an action and run to the next decision or to the end of the episode."""
        runner = self._runner
        if threading.get_ident() != self._thread:
            _refuse_thread()
        runner.parent = getcurrent()
        report: Report | None = runner.switch(action)
        if report is None:
            raise RunFailed("the strategy's Cerebro stopped before the episode was over")
        if report.reason is not None:
            self._switch(None)  # lets analyzers and the strategy's own stop() finish
            self._runtime = timedelta(seconds=time.perf_counter() - self._started)
        return report

    def statistics(self, episode: int) -> dict[str, Any]:
        """Return statistics of the episode, which is over and was the ``episode``-th."""
        return self.strategy.statistics(episode, self._runtime)

    def stop(self) -> None:
        """Abandon the episode, wherever it is."""
        if not self._runner.dead and threading.get_ident() == self._thread:
            # Not to whoever stepped it last: that may be in the middle of another episode.
            self._runner.parent = getcurrent()
            self._runner.throw()

    def _switch(self, value: Any) -> Report | None:
        if threading.get_ident() != self._thread:
            _refuse_thread()
        self._runner.parent = getcurrent()
        report: Report | None = self._runner.switch(value)
        return report

    def _pause(self, report: Report) -> Any:
        return self._runner.parent.switch(report)

    def _run(self, _: None) -> None:
        try:
            self._cerebro.run(
                stdstats=False, runonce=True, preload=True, exactbars=False, optreturn=False
            )
        except TradegymError:
            raise
        except Exception as error:
            name = (
                type(self._cerebro.runningstrats[0]).__name__
                if self._cerebro.runningstrats
                else "strategy"
            )
            raise RunFailed(f"{name} raised {type(error).__name__}: {error}") from error


def _refuse_thread() -> None:
    raise RunFailed(
        "a tradegym environment was stepped from another thread than the one that reset it; make "
        "one environment per thread (or use processes)"
    )
