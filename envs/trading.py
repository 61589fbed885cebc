"""``tradegym/Trading-v0``: one asset, discrete actions, backtrader underneath."""

from typing import TYPE_CHECKING, Any, cast

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.data.sampling import (
    EpisodeBars,
    EpisodeSampler,
    SamplingOptions,
    parse_request,
)
from tradegym.envs.data.splits import Part, ranges_of
from tradegym.envs.market import Market
from tradegym.envs.record import EpisodeRecord
from tradegym.envs.strategies import broker_stats
from tradegym.envs.strategies.context import Report
from tradegym.envs.strategies.endings import TRUNCATIONS
from tradegym.envs.strategies.orders import OrderIntent, check_actions
from tradegym.envs.strategies.recorder import bars_table, orders_table, trades_table
from tradegym.envs.strategies.spaces import observation_space

if TYPE_CHECKING:
    from tradegym.envs.engines.backtrader.session import Session
    from tradegym.envs.fresh import FreshMarkets
    from tradegym.envs.rendering.renderers import Scene

Observation = dict[str, NDArray[Any]]

# Bars in a picture of the prices.
_RENDERED_BARS = 120


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
    ranges : range or tuple of range
        Rows of the dataset that episodes may use: contiguous ranges, in the order of time. No
        episode crosses from one to another.
    part_name : {"train", "validation", "test"}
        What they are.
    sampling : SamplingOptions
        How long episodes are and where they start.
    fresh : FreshMarkets or None
        Draws a new path for each episode; ``market`` then gives only the bar times.
    record : bool
        Keep what `episode_record` needs.
    render_mode : {None, "rgb_array"}
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012  as gymnasium's
    action_space: spaces.Discrete

    def __init__(
        self,
        market: Market,
        ranges: Part,
        part_name: str,
        *,
        sampling: SamplingOptions,
        fresh: "FreshMarkets | None" = None,
        record: bool = False,
        render_mode: str | None = None,
    ) -> None:
        if render_mode not in (None, "rgb_array"):
            raise UserError(f"render_mode: '{render_mode}' is not known; allowed: rgb_array")
        self.render_mode = render_mode
        self.market = market
        self._home, self._fresh = market, fresh
        self.ranges = ranges_of(ranges)
        if not self.ranges:
            raise UserError(f"split.{part_name}: has no bars; nothing can be played on it")
        self.part_name = part_name
        self._record = record
        params = market.engine.params
        self.action_names = check_actions(params["portfolio_actions"])
        self.action_space = spaces.Discrete(len(self.action_names))
        self._modes = observation_space(params)
        self.observation_space = cast("spaces.Space[Observation]", self._modes)
        self._warmup = self._find_warmup()
        self._sampler = EpisodeSampler(
            market.dataset.times,
            self.ranges,
            part_name,
            sampling,
            warmup=self._warmup,
            skip_frame=params["skip_frame"],
        )
        self._session: Session | None = None
        self._bars = EpisodeBars(0, 0, 0, self.ranges[0])
        self._over = True
        #: What everything random in the episode derives from; between 0 and 2^64 - 1.
        self.episode_key = 0
        #: ``info`` of the last reset or step.
        self.last_info: dict[str, Any] = {}
        self._last_observation: Observation = {}

    # -- gymnasium --------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Start an episode; see `gymnasium.Env.reset`.

        Parameters
        ----------
        seed : int, optional
            Seeds all episodes from this one on, and begins a sequence of episodes anew.
        options : mapping, optional
            ``start``: where the first decision is, as a row of the dataset (``info["bar"]``) or a
            time (UTC; the first bar at or after it). Or BTgym's ``episode_config``, as a mapping
            or its keys themselves: ``get_new`` (False repeats the last episode's bars),
            ``sample_type`` (0 train, 1 test: must be this environment's part), ``timestamp`` (in
            train the episode ends by then, elsewhere it starts at or after it), ``b_alpha`` and
            ``b_beta`` (in train, instead of the configured ones).

        Raises
        ------
        tradegym.conf.errors.UserError
            For an unknown option, a wrong value, or one that no episode meets.
        """
        request = parse_request(options)
        super().reset(seed=seed)
        self._discard()
        if seed is not None:
            self._sampler.restart()
        # All of an episode's randomness comes from one key, so it depends on the seed and on the
        # number of the episode alone.
        key = int(self.np_random.integers(2**64, dtype=np.uint64))
        if request.get_new or self._sampler.previous is None:
            self.episode_key = key
        self._bars = self._sampler.choose(self.episode_key, request)
        if self._fresh is not None:
            self._draw_market()
        session = self.market.session(self._bars.start, self._bars.stop, self._warmup, self._record)
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
    def part(self) -> range:
        """The contiguous rows in which the current episode lies, or the first will."""
        return self._bars.part

    @property
    def state_modes(self) -> tuple[str, ...]:
        """Keys of the observation."""
        return tuple(self._modes.spaces)

    def closes(self) -> NDArray[np.float64]:
        """Return the closes of the part up to and including the current bar."""
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
        rows = slice(self._bars.start, self._bars.stop)
        times = dataset.times[rows]
        return EpisodeRecord(
            asset=dataset.assets[0],
            start_cash=float(strategy.broker.startingcash),
            bars_per_year=dataset.bars_per_year,
            reason=self.last_info["reason"],
            action_names=self.action_names,
            bars=bars_table(strategy.bar_rows, times, dataset.ohlcv[rows, 0]),
            trades=trades_table(strategy.ledger, times),
            orders=orders_table(strategy.ledger, times),
        )

    def _draw_market(self) -> None:
        """Replace the bars that were chosen by a new path over the same times."""
        bars = self._bars
        times = self._home.dataset.times[bars.start : bars.stop]
        if self._fresh is not None:
            self.market = self._fresh.market(self.episode_key, times)
        self._bars = EpisodeBars(0, len(times), bars.decision - bars.start, range(len(times)))

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
        longest = max(self.ranges, key=len)
        probe = self.market.session(longest.start, longest.stop, needed, record=False)
        report = probe.start()
        probe.stop()
        if report is None:
            raise UserError(
                f"split.{self.part_name}: its {len(longest)} bars end before the strategy's "
                f"indicators are ready, or its next() does not call super().next(); use a longer "
                f"split or shorter indicators"
            )
        return report.row

    def _observe(self, report: Report) -> Observation:
        bar = self._bars.start + report.row
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
