"""The strategy that plays an episode: state, actions, reward and endings, bar by bar."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import backtrader as bt
import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies import endings
from tradegym.envs.strategies.broker_stats import BrokerStats
from tradegym.envs.strategies.context import EpisodeContext, Report
from tradegym.envs.strategies.ledger import Ledger
from tradegym.envs.strategies.orders import (
    BUY,
    CLOSE,
    EXIT,
    LIQUIDATION,
    SELL,
    OrderIntent,
    floor_to_lot,
    order_kind,
)
from tradegym.envs.strategies.recorder import BarRow
from tradegym.envs.strategies.rewards import Reward
from tradegym.envs.strategies.spaces import observed_modes

#: Statistics kept even when the state shows fewer bars, so that user code can look back.
_MIN_HISTORY = 2


class BaseStrategy(bt.Strategy):  # type: ignore[misc]  # backtrader has no types
    """A ``bt.Strategy`` that pauses at each decision and hands over to the environment.

    Subclass it to write a strategy as code. Override any of `set_datalines` (indicators),
    ``get_<mode>_state`` for each key of the ``state_shape`` parameter, `get_reward`,
    `get_info` and `get_done`; declare parameters in ``params``.

    Timeline of a step: at the close of bar t the agent sees the state of bar t; its action
    becomes an order at once and fills at the open of t+1; bar t+1 closes, equity is marked,
    the endings are checked, the reward is paid. With ``skip_frame=k`` the agent decides every
    k-th bar. When an ending holds at the close of t, pending orders are cancelled, the position
    is closed at the open of t+1, and the step ends there.

    Parameters
    ----------
    state_shape : dict of str to gymnasium.spaces.Box
        Shape of each state mode; None means ``raw`` alone.
    time_dim, avg_period : int
        Bars in the price window and in the window of broker statistics.
    skip_frame : int
        Bars per decision.
    portfolio_actions : sequence of str
        Names of the discrete actions.
    order_size : float or None
        Units per order; None asks the sizer.
    drawdown_call, target_call : float or None
        Percent; None switches the ending off.
    start_cash, commission, leverage
        Passed to the broker when given (leverage only with a commission, as in BTgym).
    gamma, reward_scale : float
        Of the ``btgym`` reward term when ``reward_terms`` is None.
    reward_terms : mapping or None
        Options of each reward term by name.
    """

    params = (
        ("state_shape", None),
        ("time_dim", 4),
        ("avg_period", 4),
        ("skip_frame", 1),
        ("portfolio_actions", ("hold", "buy", "sell", "close")),
        ("order_size", None),
        ("drawdown_call", 10.0),
        ("target_call", 10.0),
        ("start_cash", None),
        ("commission", None),
        ("leverage", 1.0),
        ("gamma", 0.99),
        ("reward_scale", 1.0),
        ("reward_terms", None),
    )

    def __init__(self, **kwargs: Any) -> None:
        if self.p.start_cash is not None:
            self.broker.setcash(self.p.start_cash)
        if self.p.commission is not None:
            self.broker.setcommission(self.p.commission, leverage=self.p.leverage)
        #: Weighted value of each part of the last step's reward.
        self.reward_terms: dict[str, float] = {}
        self.set_datalines()

    # -- what a subclass may override -------------------------------------------------------

    def set_datalines(self) -> None:
        """Create indicators here; their warm-up is waited for."""

    def get_raw_state(self) -> NDArray[np.float32]:
        """Return open, high, low, close of the last ``time_dim`` bars, oldest first.

        Returns
        -------
        ndarray of float32, shape [time_dim, 4]
            Prices.
        """
        row = len(self) - 1
        window = self._context.ohlcv[row + 1 - self.p.time_dim : row + 1, :4]
        return window.astype(np.float32)

    def get_internal_state(self) -> NDArray[np.float32]:
        """Return the broker statistics of the last ``avg_period`` bars, [avg_period, 10]."""
        return self._stats.window(self.p.avg_period)

    def get_features_state(self) -> NDArray[np.float32]:
        """Return the scaled features of the last ``time_dim`` bars, [time_dim, F]."""
        row = len(self) - 1
        features = self._context.features
        if features is None:
            raise ValueError("this strategy's state has no features")
        return features[row + 1 - self.p.time_dim : row + 1].copy()

    def get_reward(self) -> float:
        """Return the reward of the step, called once per step at its last bar."""
        reward = self._reward.collect()
        self.reward_terms = dict(self._reward.last)
        return reward

    def get_info(self) -> dict[str, Any]:
        """Return further entries of the step's ``info``; its own entries keep their values."""
        return {}

    def get_done(self) -> bool | tuple[bool, str]:
        """Tell whether the strategy wants the episode to end, with a message if you like.

        Called on every bar from the first decision on.
        """
        return False

    # -- what a subclass may read -----------------------------------------------------------

    @property
    def broker_stats(self) -> Mapping[str, Sequence[float]]:
        """The last values of each broker statistic, oldest first."""
        return self._stats.history

    @property
    def bars_in_step(self) -> int:
        """Bars since the last decision; more than ``skip_frame`` in an episode's last step."""
        return self._bars_in_step

    # -- the loop ---------------------------------------------------------------------------

    def _start(self) -> None:
        """Prepare the episode's accounts; called by Cerebro before the first bar."""
        self._context: EpisodeContext = self.cerebro.tradegym
        self._ledger = Ledger()
        super()._start()
        start = float(self.broker.startingcash)
        leverage = self.broker.getcommissioninfo(self.data).get_leverage()
        self._limits = endings.Limits(
            start_cash=start,
            drawdown_call=self.p.drawdown_call,
            target_call=self.p.target_call,
            maintenance_margin=self._context.costs.maintenance_margin,
            margin_always=leverage > 1.0,
        )
        length = max(self.p.avg_period, 2 * self.p.skip_frame, _MIN_HISTORY)
        self._stats = BrokerStats(start, self.p.drawdown_call, self.p.target_call, length)
        terms = self.p.reward_terms
        if terms is None:
            scale, gamma = self.p.reward_scale, self.p.gamma
            terms = {"btgym": {"weight": 1.0, "scale": scale, "gamma": gamma}}
        self._reward = Reward(terms, start, self.p.skip_frame)
        packaged = type(self).get_reward is BaseStrategy.get_reward
        self.reward_terms = dict.fromkeys(self._reward.names if packaged else (), 0.0)
        self._last_row = len(self._context.ohlcv) - 1
        self._modes = observed_modes(self.p.state_shape)
        self._peak = start
        self._max_drawdown = 0.0
        self._decisions = 0
        self._bars_in_step = 0
        self._delayed: deque[tuple[int, Any]] = deque()
        self._reason: str | None = None
        self._closing = False
        self._message = ""
        self.bar_rows: list[BarRow] = []

    def _periodset(self) -> None:
        super()._periodset()
        needed = self._context.warmup + 1
        self._minperiods: list[int] = [max(period, needed) for period in self._minperiods]

    def _addnotification(self, order: Any, quicknotify: bool = False) -> None:
        self._ledger.on_order(order, len(self.data))
        super()._addnotification(order, quicknotify)

    def next(self) -> None:
        """Play one bar; not meant to be overridden."""
        row = len(self) - 1
        first = self._decisions == 0
        value, position, drawdown = self._mark(first)
        if self._reason is not None:
            self._finish(row, value, position, drawdown)
            return
        if not first:
            self._reason = self._find_ending(row, value, position, drawdown)
        if self._reason is not None:
            self._liquidate(position)
            self._note(row, value, position, drawdown, 0.0, None)
            return
        while self._delayed and self._delayed[0][0] <= row:
            self._place(self._delayed.popleft()[1])
        if first or self._bars_in_step >= self.p.skip_frame:
            reward = 0.0 if first else self._pay()
            self._decisions += 1
            self._bars_in_step = 0
            action = self._context.pause(self._report(row, value, position, drawdown, reward))
            self._decide(row, action)
            number = None if isinstance(action, OrderIntent) else int(action)
            self._note(row, value, position, drawdown, reward, number)
        else:
            self._note(row, value, position, drawdown, 0.0, None)

    def _mark(self, first: bool) -> tuple[float, float, float]:
        """Bring statistics and reward terms up to this bar's close."""
        broker = self.broker
        value = float(broker.getvalue())
        position = self._held()
        self._peak = max(self._peak, value)
        drawdown = (self._peak - value) / self._peak * 100.0
        self._max_drawdown = max(self._max_drawdown, drawdown)
        realized, closed = self._ledger.take_closed()
        self._stats.update(
            cash=broker.getcash(),
            value=value,
            position=position,
            leverage=broker.get_leverage() if position else 0.0,
            drawdown=drawdown,
            realized=realized,
            closed=closed,
        )
        if not first:
            self._bars_in_step += 1
            self._reward.on_bar(self._stats, value=value, position=position, closed=closed)
        return value, position, drawdown

    def _find_ending(self, row: int, value: float, position: float, drawdown: float) -> str | None:
        """Return the first reason that holds at this close, or None."""
        limits = self._limits
        if limits.ruined(value, position, self.data.close[0]):
            return endings.RUIN
        if limits.called(drawdown):
            return endings.DRAWDOWN_CALL
        if limits.reached(value):
            return endings.TARGET_REACHED
        done: bool | tuple[bool, str] = self.get_done()
        if isinstance(done, tuple):
            done, message = done
            self._message = str(message) if done else ""
        if done:
            return endings.STRATEGY
        return endings.END_OF_DATA if row >= self._last_row - 1 else None

    def _liquidate(self, position: float) -> None:
        """Cancel everything pending and close the position at the next open."""
        self._delayed.clear()
        self._cancel_open_orders()
        self.broker.p.filler = None  # a liquidation ignores the volume
        if position:
            self._order(-position, kind=LIQUIDATION, check=False)
        self._closing = True

    def _finish(self, row: int, value: float, position: float, drawdown: float) -> None:
        """Pay the last reward and hand over the final state."""
        reward = self._pay()
        self._note(row, value, position, drawdown, reward, None)
        self.cerebro.runstop()
        self._context.pause(self._report(row, value, position, drawdown, reward))

    def _pay(self) -> float:
        self.reward_terms = {}
        reward = float(self.get_reward())
        if not self.reward_terms:  # a subclass pays without naming its parts
            self.reward_terms = {"strategy": reward}
        return reward

    # -- orders -----------------------------------------------------------------------------

    def _decide(self, row: int, action: Any) -> None:
        if self._context.costs.latency:
            self._delayed.append((row + self._context.costs.latency, action))
        else:
            self._place(action)

    def _place(self, action: Any) -> None:
        """Turn an action number or an intent into at most one order."""
        position = self._held()
        if isinstance(action, OrderIntent):
            name = action.name
            size: float | None = self._invest_size(action.fraction)
        else:
            name = self.p.portfolio_actions[int(action)]
            size = self.p.order_size
        if name == CLOSE:
            if position:
                self._cancel_open_orders()
                self._order(-position, kind=EXIT, check=False)
        elif name in (BUY, SELL):
            if size is None:
                size = self.getsizing(self.data, isbuy=name == BUY)
            if not size:
                self._ledger.refuse(self.data.datetime[0], name)
                return
            signed = float(size) if name == BUY else -float(size)
            kind = order_kind(position, signed)
            self._cancel_open_orders()
            # backtrader's check at submission would refuse the closing part too.
            self._order(signed, kind=kind, check=kind == "entry")

    def _invest_size(self, fraction: float) -> float:
        size = fraction * self.broker.getcash() / self.data.close[0]
        return floor_to_lot(size, self._context.costs.lot)

    def buy(self, *args: Any, **kwargs: Any) -> Any:
        """Place a buy order as `backtrader.Strategy.buy`; None once the episode is ending."""
        return None if self._closing else super().buy(*args, **kwargs)

    def sell(self, *args: Any, **kwargs: Any) -> Any:
        """Place a sell order as `backtrader.Strategy.sell`; None once the episode is ending."""
        return None if self._closing else super().sell(*args, **kwargs)

    def _held(self) -> float:
        """Return the position in units; what rounding left of a closed one counts as nothing."""
        return 0.0 if self._ledger.is_flat else float(self.position.size)

    def _order(self, size: float, *, kind: str, check: bool) -> None:
        place = self.buy if size > 0.0 else self.sell
        place(data=self.data, size=abs(size), kind=kind, _checksubmit=check)

    def _cancel_open_orders(self) -> None:
        broker = self.broker
        for order in [one for one in broker.pending if one.data is self.data]:
            broker.cancel(order)
        for order in [one for one in broker.submitted if one.data is self.data]:
            # Placed on this very bar and not yet checked: the broker's cancel() misses those.
            broker.submitted.remove(order)
            order.cancel()
            broker.notify(order)

    # -- reports ----------------------------------------------------------------------------

    def _report(
        self, row: int, value: float, position: float, drawdown: float, reward: float
    ) -> Report:
        states = {mode: getattr(self, f"get_{mode}_state")() for mode in self._modes}
        info = {
            "step": self._decisions if self._reason is not None else self._decisions - 1,
            "cash": float(self.broker.getcash()),
            "value": value,
            "position": position,
            "price": float(self.data.close[0]),
            "commission": self._ledger.commission,
            "trades": self._ledger.trades,
            "rejected": self._ledger.rejected,
            "drawdown": drawdown,
            "max_drawdown": self._max_drawdown,
            "reward_terms": self.reward_terms,
            "reason": self._reason,
        }
        if self._message:
            info["message"] = self._message
        return Report(row, states, reward, self._reason, {**self.get_info(), **info})

    def _note(
        self,
        row: int,
        value: float,
        position: float,
        drawdown: float,
        reward: float,
        action: int | None,
    ) -> None:
        if self._context.record:
            cash = float(self.broker.getcash())
            commission = self._ledger.commission
            self.bar_rows.append(
                BarRow(row, cash, value, position, commission, drawdown, reward, action)
            )

    @property
    def ledger(self) -> Ledger:
        """Orders, round trips and commission of the episode so far."""
        return self._ledger
