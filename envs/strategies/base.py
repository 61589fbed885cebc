"""The strategy that plays an episode: state, actions, reward and endings, bar by bar."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.strategies import endings
from tradegym.envs.strategies.bar_row import BarRow
from tradegym.envs.strategies.broker_stats import NAMES, BrokerStats
from tradegym.envs.strategies.context import EpisodeContext, Report
from tradegym.envs.strategies.desk import OrderDesk
from tradegym.envs.strategies.orders import is_intent
from tradegym.envs.strategies.rewards import BarView, Reward, RewardSetup
from tradegym.envs.strategies.state_readers import packaged_readers, state_readers
from tradegym.envs.strategies.statistics import Drawdown, collect_statistics

#: Statistics kept even when the state shows fewer bars, so that user code can look back.
_MIN_HISTORY = 2


class BaseStrategy(OrderDesk):
    """A ``bt.Strategy`` that pauses at each decision and hands over to the environment.

    Subclass it to write a strategy as code. Override any of `set_datalines` (indicators),
    ``get_<mode>_state`` for each key of the ``state_shape`` parameter, `get_reward`,
    `get_info` and `get_done`; declare parameters in ``params``.

    Timeline of a step: at the close of bar t the agent sees the state of bar t; its action
    becomes orders at once, which fill at the open of t+1; bar t+1 closes, equity is marked,
    the endings are checked, the reward is paid. With ``skip_frame=k`` the agent decides every
    k-th bar. When an ending holds at the close of t, pending orders are cancelled, every position
    is closed at the open of t+1, and the step ends there.

    ``self.datas`` holds the traded assets first, in their order, then those that are only
    observed. Read ``close[0]`` and ``close[-1]``, never ``close[1]``: all bars of the episode are
    loaded, so a positive index is the future.

    Parameters
    ----------
    state_shape : dict of str to gymnasium.spaces.Box
        Shape of each state mode; None means ``raw`` alone.
    flat_state : bool
        Whether the observation is one vector instead of a mapping by mode.
    time_dim, avg_period : int
        Bars in the price window and in the window of broker statistics.
    internal : sequence of str
        The broker statistics of the internal state (`broker_stats.ALL_NAMES`).
    skip_frame : int
        Bars per decision.
    actions : mapping or None
        Keys of ``strategy.actions``; None: the discrete scheme of ``portfolio_actions``.
    portfolio_actions : sequence of str or None
        Names of the discrete actions; None: target weights.
    asset_names : sequence of str or None
        The traded assets; None: the first of the dataset.
    order_size : float, mapping of str to float, or None
        Units per order, of every asset or by asset; None asks the sizer.
    drawdown_call, target_call, max_loss : float or None
        Percent; None switches the ending off.
    max_orders : int or None
        Opening orders within ``max_orders_window`` bars; further ones are refused.
    start_cash, commission, leverage
        Passed to the broker when given (leverage only with a commission, as in BTgym).
    gamma, reward_scale : float
        Of the ``btgym`` reward term when ``reward_terms`` is None.
    reward_terms : mapping or None
        Options of each reward term by name.
    """

    params = (
        ("state_shape", None),
        ("flat_state", False),
        ("time_dim", 4),
        ("avg_period", 4),
        ("internal", NAMES),
        ("skip_frame", 1),
        ("actions", None),
        ("portfolio_actions", ("hold", "buy", "sell", "close")),
        ("asset_names", None),
        ("order_size", None),
        ("drawdown_call", 10.0),
        ("target_call", 10.0),
        ("max_loss", None),
        ("max_orders", None),
        ("max_orders_window", 1),
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
        ndarray of float32, shape [time_dim, 4 * n]
            Prices; the four columns of each of the n traded assets in turn.
        """
        stop, n_assets = len(self), len(self._context.assets)
        window = self._context.ohlcv[stop - self.p.time_dim : stop, :n_assets, :4]
        return window.reshape(len(window), -1).astype(np.float32)

    def get_internal_state(self) -> NDArray[np.float32]:
        """Return the chosen broker statistics of the last ``avg_period`` bars, [avg_period, S]."""
        return self._stats.window(self.p.avg_period)

    def get_features_state(self) -> NDArray[np.float32]:
        """Return the scaled features of the last ``time_dim`` bars, [time_dim, F]."""
        stop, features = len(self), self._context.features
        if features is None:
            raise ValueError("this strategy's state has no features")
        return features[stop - self.p.time_dim : stop].copy()

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

        Called on every bar after the first decision.
        """
        return False

    # -- what a subclass may read -----------------------------------------------------------

    @property
    def broker_stats(self) -> Mapping[str, Sequence[float]]:
        """The last values of each broker statistic, oldest first."""
        return self._stats.history

    @property
    def broker_stat(self) -> Mapping[str, Sequence[float]]:
        """The same under BTgym's name."""
        return self._stats.history

    @property
    def reason(self) -> str | None:
        """Why the episode ends, None while it goes on."""
        return self._reason

    def statistics(self, episode: int, runtime: timedelta) -> dict[str, Any]:
        """Return what `TradingEnv.get_stat` tells of this episode, which is over."""
        length = len(self) - self._first_row
        return collect_statistics(
            self, episode=episode, runtime=runtime, length=length, drawdown=self._drawdown
        )

    @property
    def bars_in_step(self) -> int:
        """Bars since the last decision; more than ``skip_frame`` in an episode's last step."""
        return self._bars_in_step

    # -- the loop ---------------------------------------------------------------------------

    def _start(self) -> None:
        """Prepare the episode's accounts; called by Cerebro before the first bar."""
        self._context: EpisodeContext = self.cerebro.tradegym
        context, assets = self._context, self._context.assets
        super()._start()
        self._open_desk()
        start = float(self.broker.startingcash)
        leverages = [self._account.leverage(asset) for asset in range(len(assets))]
        limits = endings.Limits(
            start_cash=start,
            drawdown_call=self.p.drawdown_call,
            max_loss=self.p.max_loss,
            target_call=self.p.target_call,
            maintenance_margin=context.costs.maintenance_margin,
            margin_always=max(leverages) > 1.0,
        )
        self._limits = limits if context.limited else limits.off()
        length = max(self.p.avg_period, 2 * self.p.skip_frame, _MIN_HISTORY)
        self._stats = BrokerStats(
            start, self.p.drawdown_call, self.p.target_call, length, self.p.internal, len(assets)
        )
        self._opens: list[list[float]] = context.ohlcv[:, : len(assets), 0].tolist()
        self._closes: list[list[float]] = context.ohlcv[:, : len(assets), 3].tolist()
        self._may_stop = context.limited and type(self).get_done is not BaseStrategy.get_done
        self._tells_more = type(self).get_info is not BaseStrategy.get_info
        self._clock = self.lines.lines[0]
        self._last_row = len(self._closes) - 2
        packaged = packaged_readers(context, self._stats, self.p.time_dim, self.p.avg_period)
        self._states = state_readers(self, BaseStrategy, self.p.state_shape, packaged)
        self._view = BarView()
        self._drawdown = Drawdown(start)
        self._decisions = 0
        self._first_row = 0
        self._bars_in_step = 0
        self._reason: str | None = None
        self._message = ""
        self._fills = 0
        self.bar_rows: list[BarRow] = []

    def has_own_code(self) -> bool:
        """Tell whether this is a subclass."""
        return type(self) is not BaseStrategy

    def _begin(self, row: int) -> None:
        """Prepare the reward at the first decision bar."""
        self._first_row = row
        start = float(self.broker.startingcash)
        setup = RewardSetup(start, self.p.skip_frame, tuple(self._closes[row]))
        self._reward = Reward(self.p.reward_terms, setup, complete=True)
        self._pays_terms = type(self).get_reward is BaseStrategy.get_reward
        self.reward_terms = dict.fromkeys(self._reward.names if self._pays_terms else (), 0.0)

    def _periodset(self) -> None:
        super()._periodset()
        needed = self._context.warmup + 1
        self._minperiods: list[int] = [max(period, needed) for period in self._minperiods]

    def next(self) -> None:
        """Play one bar; not meant to be overridden."""
        row = self._clock.lencount - 1
        first = self._decisions == 0
        if first:
            self._begin(row)
        view = self._mark(row, first)
        if self._reason is not None:
            self._finish(row, view)
            return
        if not first:
            self._reason = self._find_ending(row, view)
        if self._reason is not None:
            self._liquidate()
            self._note(row, view)
            return
        if self._delayed or self._executor.expiries:
            self._tend(row)
        if first or self._bars_in_step >= self.p.skip_frame:
            reward = 0.0 if first else self._pay()
            self._decisions += 1
            self._bars_in_step = 0
            action = self._context.pause(self._report(row, view, reward))
            if self._context.record:
                self._note(row, view, reward, {} if first else self.reward_terms, action)
            self._decide(row, action)
        else:
            self._note(row, view)

    def _mark(self, row: int, first: bool) -> BarView:
        """Bring statistics and reward terms up to this bar's close."""
        broker, view, stats = self.broker, self._view, self._stats
        if getattr(broker, "interest_charged", True):
            self._charge_interest()
        value, cash = float(broker.getvalue()), float(broker.getcash())
        positions, closes = self._account.positions(), self._closes[row]
        drawdown = self._drawdown.update(value)
        realized, closed = self._ledger.take_closed()
        stats.update(
            cash=cash,
            value=value,
            positions=positions,
            closes=closes,
            leverage=broker.get_leverage() if any(positions) else 0.0,
            drawdown=drawdown,
            realized=realized,
            closed=closed,
        )
        view.value, view.cash, view.drawdown = value, cash, drawdown
        view.positions, view.opens, view.closes = positions, self._opens[row], closes
        if self._trace is not None:
            self._trace.market(row, closes, positions, cash, value)
        if not first:
            view.orders, self._executor.placed = self._executor.placed, 0
            view.fills, self._fills = self._ledger.fills - self._fills, self._ledger.fills
            view.closed, view.pos_duration = closed, stats.duration
            view.realized_pnl, view.unrealized_pnl = stats.realized_pnl, stats.unrealized_pnl
            self._bars_in_step += 1
            for watch in self._reward.watchers:
                watch(view)
        return view

    def _find_ending(self, row: int, view: BarView) -> str | None:
        """Return the first reason that holds at this close, or None."""
        gross = self._stats.gross
        reason = self._limits.reached(view.value, view.drawdown, view.positions, gross)
        if reason is None and self._may_stop:
            done: bool | tuple[bool, str] = self.get_done()
            if isinstance(done, tuple | list):
                done, message = done
                self._message = str(message) if done else ""
            if done:
                reason = endings.STRATEGY
        if reason is not None and self._trace is not None:
            measured, threshold = self._limits.measure(reason, view.value, view.drawdown, gross)
            self._trace.limit(row, reason, view.value, measured, threshold, message=self._message)
        if reason is None and row >= self._last_row:
            reason = endings.END_OF_DATA
        return reason

    def _finish(self, row: int, view: BarView) -> None:
        """Pay the last reward and hand over the final state."""
        reward = self._pay()
        self._note(row, view, reward, self.reward_terms)
        if self._trace is not None:
            self._trace.done(row, str(self._reason), view.cash, view.value)
        self.cerebro.runstop()
        self._context.pause(self._report(row, view, reward))

    def _pay(self) -> float:
        if self._pays_terms:
            reward = self._reward.collect()
            self.reward_terms = self._reward.last
            if self.reward_terms and reward - reward == 0.0:  # they sum to it
                return reward
        else:
            self.reward_terms = {}
            reward = float(self.get_reward())
        # What a subclass pays without naming it, alone or beside the packaged terms.
        unnamed = reward - sum(self.reward_terms.values())
        if unnamed or not self.reward_terms:
            self.reward_terms["strategy"] = unnamed
        return reward

    # -- reports ----------------------------------------------------------------------------

    def _report(self, row: int, view: BarView, reward: float) -> Report:
        stop = row + 1
        states = {mode: read(stop) for mode, read in self._states}
        joint, ledger = self._context.joint, self._ledger
        positions, closes = view.positions, view.closes
        info = {
            "step": self._decisions if self._reason is not None else self._decisions - 1,
            "cash": view.cash,
            "value": view.value,
            "position": np.array(positions) if joint else positions[0],
            "price": np.array(closes) if joint else closes[0],
            "commission": ledger.commission,
            "interest": ledger.interest,
            "trades": ledger.trades,
            "rejected": ledger.rejected,
            "impossible": self._executor.impossible,
            "drawdown": view.drawdown,
            "max_drawdown": self._drawdown.max_percent,
            "reward_terms": self.reward_terms,
            "reason": self._reason,
        }
        if self._message:
            info["message"] = self._message
        own = self.get_info() if self._tells_more else None
        return Report(row, states, reward, self._reason, {**own, **info} if own else info)

    def _note(
        self,
        row: int,
        view: BarView,
        reward: float = 0.0,
        terms: Mapping[str, float] | None = None,
        action: Any = None,
    ) -> None:
        if not self._context.record:
            return
        self.bar_rows.append(
            BarRow(
                row=row,
                cash=view.cash,
                equity=view.value,
                exposure=self._stats.gross / view.value if view.value > 0.0 else 0.0,
                commission=self._ledger.commission,
                interest=self._ledger.interest,
                drawdown=view.drawdown,
                reward=reward,
                positions=tuple(view.positions),
                terms=dict(terms or {}),
                action=None if action is None or is_intent(action) else action,
            )
        )
