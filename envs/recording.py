"""Makes the record of an episode from what its strategy noted."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tradegym.envs.record import EpisodeRecord

if TYPE_CHECKING:
    from tradegym.envs.data.sampling import EpisodeBars
    from tradegym.envs.engines.backtrader.session import Session
    from tradegym.envs.market import Market


def record_of(
    market: "Market",
    session: "Session",
    bars: "EpisodeBars",
    statistics: Mapping[str, Any],
    bars_per_year: float,
) -> EpisodeRecord:
    """Return the record of an episode that is over.

    Parameters
    ----------
    market : Market
    session : Session
        It was made to record.
    bars : EpisodeBars
        The episode's rows of the dataset.
    statistics : mapping
        As `TradingEnv.get_stat` returns them.
    bars_per_year : float
        Of the whole dataset.
    """
    from tradegym.envs.strategies.recorder import bars_table, orders_table, trades_table

    strategy, trace = session.strategy, session.trace
    rows = slice(bars.start, bars.stop)
    times = market.dataset.times[rows]
    scheme = strategy.action_scheme
    events = None
    if trace is not None:
        events = trace.to_frame(times, bars.start, strategy.ledger.numbers)
    return EpisodeRecord(
        assets=market.assets,
        start_cash=float(strategy.broker.startingcash),
        bars_per_year=bars_per_year,
        reason=str(strategy.reason),
        action_names=scheme.names,
        bars=bars_table(
            strategy.bar_rows,
            times,
            market.bars(rows),
            market.assets,
            scheme,
            market.engine.traded.joint,
        ),
        trades=trades_table(strategy.ledger, times),
        orders=orders_table(strategy.ledger, times),
        statistics=statistics,
        trace=events,
    )
