"""A rule that knows the prices to come: a bound for agents, never an agent itself."""

from typing import TYPE_CHECKING, Any, cast

import gymnasium
import numpy as np

from tradegym.conf.errors import UserError
from tradegym.conf.schema.engine import asset_options
from tradegym.envs.strategies.orders import OrderIntent
from tradegym.experiments.agents.foresight_plan import FillCosts, Schedule, best_schedule
from tradegym.experiments.agents.rule_base import Orders, RuleSettings, rule

if TYPE_CHECKING:
    from tradegym.envs.trading import TradingEnv

# What keeps the rounding of a size from costing a whole order.
_ROUNDING = 1e-9


@rule("perfect_foresight")
class PerfectForesight:
    """Sees the future: plays the best schedule of all-in and all-out for the episode's prices.

    The schedule is planned with the actual opens, spread, slippage and commission, and played by
    market orders like any agent's. What it earns is near the most that can be earned at these
    opens without leverage: the check of the cash at the close before a fill, lots, interest and
    the limits of the strategy keep it below the bound that `bound` tells. It trades one asset and
    sells it short where the engine allows that.

    Parameters
    ----------
    settings : RuleSettings
        Its ``latency`` and ``engine`` are used; without an engine fills cost nothing, and nothing
        is sold short.
    """

    def __init__(self, settings: RuleSettings) -> None:
        self._latency, self._engine = settings.latency, settings.engine
        self._costs, self._shorts = FillCosts(), False

    @property
    def bound(self) -> float:
        """Money at the end of the planned schedule; see `best_schedule`."""
        return self._schedule.wealth

    def reset(self, env: gymnasium.Env[Any, Any]) -> None:
        """Plan the episode.

        Raises
        ------
        UserError
            Several assets are traded.
        """
        trading = cast("TradingEnv", env.unwrapped)
        if len(trading.assets) != 1:
            raise UserError(
                f"agent.rule: perfect_foresight plans one asset, but strategy.actions.assets are "
                f"{', '.join(trading.assets)}; choose one of them"
            )
        if self._engine is not None:
            own = asset_options(self._engine, trading.assets[0])
            self._shorts = own.short
            self._costs = FillCosts(
                own.slip_perc,
                own.slip_fixed + own.spread / 2.0,
                own.commission_kind,
                own.broker_commission,
                own.commission_minimum,
            )
        prices = trading.market.dataset.ohlcv[:, trading.market.order[0]]
        self._opens, self._closes = prices[:, 0], prices[:, 3]
        self._first, last = int(trading.last_info["bar"]), trading.rows[-1]
        self._step = int(trading.market.engine.params["skip_frame"])
        # The close before the last bar decides nothing: what is open is closed on the last bar.
        placed = np.arange(self._first, last - 1 - self._latency, self._step) + self._latency
        self._schedule: Schedule = best_schedule(
            self._opens[placed + 1],
            float(self._opens[last]),
            float(trading.last_info["value"]),
            self._costs,
            shorts=self._shorts,
        )

    def act(self, obs: Any, env: gymnasium.Env[Any, Any]) -> Orders:
        """Return the order that the schedule asks for."""
        info = cast("TradingEnv", env.unwrapped).last_info
        number = (int(info["bar"]) - self._first) // self._step
        positions = self._schedule.positions
        if number >= len(positions):
            return ()
        wanted = int(positions[number])
        held = int(positions[number - 1]) if number else 0
        if not self._latency:  # nothing is on its way, so what is held is known
            held = int(np.sign(float(np.sum(info["position"]))))
        if wanted == held:
            return ()
        if not wanted:
            return (OrderIntent.close(),)
        return (OrderIntent.target(wanted * self._weight(info, wanted, held)),)

    def _weight(self, info: dict[str, Any], wanted: int, held: int) -> float:
        """Return the largest weight that passes the checks of the cash at the close and the fill.

        The size of the order is ``weight * equity / close`` at the close at which it is placed.
        """
        costs, row = self._costs, int(info["bar"]) + self._latency
        close, base = float(self._closes[row]), float(self._opens[row + 1])
        equity = float(info["value"])
        cash = equity
        if held:
            # A reversal first closes what is held, at a price that differs from the close.
            price = costs.sell_price(base) if held > 0 else costs.buy_price(base)
            units = max(equity, float(abs(np.sum(info["position"]))) * close) / close
            lost = held * (close - price) * units + float(costs.commission(units, price))
            cash -= max(lost, 0.0)
        price = costs.buy_price(base) if wanted > 0 else costs.sell_price(base)
        units = costs.affordable(max(cash, 0.0), max(price, close))
        return units * close / equity * (1.0 - _ROUNDING)
