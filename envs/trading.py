"""``tradegym/Trading-v0``: one asset, discrete actions, backtrader underneath."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.sampling import sample_start
from tradegym.envs.engines.backtrader.feed import to_day_numbers
from tradegym.envs.engines.backtrader.plan import EnginePlan
from tradegym.envs.engines.backtrader.session import Session
from tradegym.envs.record import EpisodeRecord
from tradegym.envs.strategies import broker_stats
from tradegym.envs.strategies.context import Report
from tradegym.envs.strategies.endings import TRUNCATIONS
from tradegym.envs.strategies.features import FeatureTable
from tradegym.envs.strategies.orders import OrderIntent, check_actions
from tradegym.envs.strategies.recorder import bars_table, orders_table, trades_table
from tradegym.envs.strategies.spaces import observation_space

if TYPE_CHECKING:
    from tradegym.envs.rendering.renderers import Scene

Observation = dict[str, NDArray[Any]]

# Bars in a picture of the prices.
_RENDERED_BARS = 120


@dataclass(frozen=True, slots=True)
class Market:
    """Everything that the environments of one configuration share.

    Attributes
    ----------
    dataset : Dataset
    day_numbers : ndarray of float64, shape [T]
        The dataset's times as backtrader counts them.
    features : FeatureTable or None
    engine : EnginePlan
    """

    dataset: Dataset
    day_numbers: NDArray[np.float64]
    features: FeatureTable | None
    engine: EnginePlan

    @classmethod
    def of(cls, dataset: Dataset, features: FeatureTable | None, engine: EnginePlan) -> "Market":
        """Build it, computing the day numbers once."""
        return cls(dataset, to_day_numbers(dataset.times), features, engine)

    def session(self, start: int, stop: int, warmup: int, record: bool) -> Session:
        """Prepare an episode on bars ``start`` to ``stop``."""
        return Session(
            self.engine.new_cerebro(),
            ohlcv=self.dataset.ohlcv[start:stop, 0],
            day_numbers=self.day_numbers[start:stop],
            features=None if self.features is None else self.features.values[start:stop],
            warmup=warmup,
            record=record,
            costs=self.engine.costs,
            asset=self.dataset.assets[0],
            bar_seconds=self.dataset.bar_seconds,
        )


class TradingEnv(gym.Env[Observation, Any]):
    """Trade one asset; the accounts are kept by a real backtrader broker.

    Observation: Dict with the strategy's state modes, float32: ``raw`` [time_dim, 4] (prices),
    ``features`` [time_dim, F] (scaled), ``internal`` [avg_period, 10] (broker statistics).
    Action: Discrete, one of the strategy's ``portfolio_actions`` (hold, buy, sell, close).
    Reward: the strategy's weighted terms, summed over the bars of the step.
    Terminated: RUIN, DRAWDOWN_CALL, TARGET_REACHED or STRATEGY. Truncated: END_OF_DATA.
    Exactly one of them is in ``info["reason"]`` at the end, None before.

    Timeline of a step
    ------------------
    1. At the close of bar t the agent gets the observation of bar t, made of bars up to t.
    2. Its action becomes an order at once and fills at the open of t+1 (``engine.latency``
       adds bars).
    3. Bar t+1 closes, equity is marked at that close, the endings are checked, the reward is
       paid. Observation, reward and info belong to the same bar.
    4. With ``skip_frame=k`` the agent decides every k-th bar and holds in between.
    5. When an ending holds at the close of t, pending orders are cancelled and the position is
       closed at the open of t+1, so the final equity is cash; the step covers that bar too.
       The last bar of an episode is reserved for this.

    Info (``reset``'s too): ``time`` (datetime64, UTC), ``step`` (decisions made), ``cash, value,
    commission`` (money), ``position`` (units), ``price`` (close), ``trades, rejected`` (counts),
    ``drawdown, max_drawdown`` (percent), ``reward_terms``, ``reason``, ``bar`` (row in the
    dataset).

    Parameters
    ----------
    market : Market
    part : range
        Rows of the dataset that episodes may use.
    part_name : str
        For messages, for example ``train``.
    episode_duration : int or None
        Decisions per episode, at a random place; None plays the whole part.
    record : bool
        Keep what `episode_record` needs.
    render_mode : {None, "rgb_array"}
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012  as gymnasium's
    action_space: spaces.Discrete

    def __init__(
        self,
        market: Market,
        part: range,
        part_name: str,
        *,
        episode_duration: int | None,
        record: bool = False,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            raise UserError(f"render_mode: '{render_mode}' is not known; allowed: rgb_array")
        self.render_mode = render_mode
        self.market = market
        self.part = part
        self.part_name = part_name
        self._duration = episode_duration
        self._record = record
        params = market.engine.params
        self.action_names = check_actions(params["portfolio_actions"])
        self.action_space = spaces.Discrete(len(self.action_names))
        self._modes = observation_space(params)
        self.observation_space = cast("spaces.Space[Observation]", self._modes)
        self._warmup = self._find_warmup()
        self._check_length()
        self._session: Session | None = None
        self._offset = part.start
        self._stop = part.stop
        self._over = True
        #: ``info`` of the last reset or step.
        self.last_info: dict[str, Any] = {}
        self._last_observation: Observation = {}

    # -- gymnasium --------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; see `gymnasium.Env.reset`. No options are known."""
        super().reset(seed=seed)
        if options:
            raise UserError(f"reset options: {sorted(options)} are not known; none are allowed")
        self._discard()
        self._offset, self._stop = self._choose_bars()
        session = self.market.session(self._offset, self._stop, self._warmup, self._record)
        report = session.start()
        if report is None:
            raise RunFailed("the episode's bars ended before the first decision")
        self._check_observation(report.observation)
        self._session = session
        self._over = False
        return self._observe(report), self.last_info

    def step(self, action: Any) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Act; see `gymnasium.Env.step`. An `OrderIntent` is accepted in place of an action."""
        if self._over or self._session is None:
            raise gym.error.ResetNeeded("call reset() before step(): the episode is over")
        if not isinstance(action, OrderIntent) and not self.action_space.contains(action):
            raise ValueError(
                f"action was {action!r}; it must be 0 to {self.action_space.n - 1} "
                f"({', '.join(self.action_names)})"
            )
        try:
            report = self._session.step(action)
        except BaseException:
            self._over = self._session.is_over  # the strategy's own code failed
            raise
        self._over = report.reason is not None
        truncated = report.reason in TRUNCATIONS
        observation = self._observe(report)
        return observation, report.reward, self._over and not truncated, truncated, self.last_info

    def render(self) -> Any:
        """Return the current price window as an RGB picture (``render_mode="rgb_array"``)."""
        if self.render_mode is None or not self.last_info:
            return None
        # matplotlib is only needed to draw.
        from tradegym.envs.rendering.renderers import render

        return render("human", self.scene())

    def close(self) -> None:
        """Abandon the running episode."""
        self._discard()

    def __del__(self) -> None:
        """Let go of a running episode, which would keep itself alive."""
        if getattr(self, "_session", None) is not None:
            self._discard()

    def __getstate__(self) -> Any:
        raise RunFailed(
            "a tradegym environment cannot be pickled while it holds an episode of backtrader; "
            "pass a function that makes it (tradegym.make) to the other process"
        )

    # -- beyond gymnasium -------------------------------------------------------------------

    @property
    def state_modes(self) -> tuple[str, ...]:
        """Keys of the observation."""
        return tuple(self._modes.spaces)

    def closes(self) -> NDArray[np.float64]:
        """Return the closes of this part up to and including the current bar."""
        return self.market.dataset.ohlcv[self.part.start : self.last_info["bar"] + 1, 0, 3]

    def scene(self) -> "Scene":
        """Return what can be drawn at the current bar: prices, the observation, the record."""
        from tradegym.envs.rendering.renderers import Scene

        stop = self.last_info["bar"] + 1
        rows = slice(max(stop - _RENDERED_BARS, self.part.start), stop)
        dataset = self.market.dataset
        columns: dict[str, tuple[str, ...]] = {
            "raw": ("open", "high", "low", "close"),
            "internal": broker_stats.NAMES,
        }
        if self.market.features is not None:
            columns["features"] = self.market.features.names
        return Scene(
            record=self.episode_record() if self._over and self._record else None,
            window=dataset.ohlcv[rows, 0, :4],
            times=dataset.times[rows],
            observation=self._last_observation,
            columns=columns,
        )

    def episode_record(self) -> EpisodeRecord:
        """Return the record of the episode that has just ended.

        Raises
        ------
        RuntimeError
            When the environment was made without ``record`` or the episode is not over.
        """
        if self._session is None or not self._over or not self._record:
            raise RuntimeError("a record needs record=True and a finished episode")
        strategy = self._session.strategy
        dataset = self.market.dataset
        times = dataset.times[self._offset : self._stop]
        return EpisodeRecord(
            asset=dataset.assets[0],
            start_cash=float(strategy.broker.startingcash),
            bars_per_year=dataset.bars_per_year,
            reason=self.last_info["reason"],
            action_names=self.action_names,
            bars=bars_table(strategy.bar_rows, times, dataset.ohlcv[self._offset : self._stop, 0]),
            trades=trades_table(strategy.ledger, times),
            orders=orders_table(strategy.ledger, times),
        )

    # -- details ----------------------------------------------------------------------------

    def _find_warmup(self) -> int:
        """Return how many bars come before the first decision."""
        params = self.market.engine.params
        features = self.market.features
        needed: int = params["time_dim"] - 1
        if features is not None:
            needed += features.lookback
        if self.market.engine.declared:
            return needed
        # A strategy class may have indicators: let backtrader say when the first bar is ready.
        probe = self.market.session(self.part.start, self.part.stop, needed, record=False)
        report = probe.start()
        probe.stop()
        if report is None:
            raise UserError(
                f"split.{self.part_name}: its {len(self.part)} bars end before the strategy's "
                f"indicators are ready, or its next() does not call super().next(); use a longer "
                f"split or shorter indicators"
            )
        return report.row

    def _bars_needed(self, decisions: int) -> int:
        # The reserved bar follows the last bar of the last decision.
        skip_frame: int = self.market.engine.params["skip_frame"]
        return self._warmup + decisions * skip_frame + 2

    def _check_length(self) -> None:
        needed = self._bars_needed(self._duration or 1)
        if len(self.part) < needed:
            what = f"an episode of {self._duration} decisions" if self._duration else "an episode"
            raise UserError(
                f"split.{self.part_name}: has {len(self.part)} bars, but {what} needs {needed} "
                f"({self._warmup} of warm-up); use a longer split"
                + (" or a smaller split.episode_duration" if self._duration else "")
            )

    def _choose_bars(self) -> tuple[int, int]:
        # All of an episode's randomness comes from one key, so it depends on the seed and on
        # the number of the episode alone.
        key = self.np_random.integers(2**64, dtype=np.uint64)
        if self._duration is None:
            return self.part.start, self.part.stop
        generator = np.random.Generator(np.random.Philox(key=int(key)))
        needed = self._bars_needed(self._duration)
        start = sample_start(self.part, needed, generator)
        return start, start + needed

    def _observe(self, report: Report) -> Observation:
        bar = self._offset + report.row
        self.last_info = {"time": self.market.dataset.times[bar], "bar": bar, **report.info}
        self._last_observation = {
            mode: np.asarray(report.observation[mode], dtype=space.dtype)
            for mode, space in self._modes.spaces.items()
        }
        return self._last_observation

    def _check_observation(self, observation: Observation) -> None:
        """Compare what a strategy returns with what it declares, once per episode."""
        for mode, space in self._modes.spaces.items():
            shape = np.shape(observation[mode])
            if shape != space.shape:
                raise UserError(
                    f"strategy: get_{mode}_state returned shape {shape}, but state_shape "
                    f"declares {space.shape}"
                )

    def _discard(self) -> None:
        if self._session is not None:
            self._session.stop()
            self._session = None
