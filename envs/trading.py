"""The market environment: episodes of a dataset, played by a strategy, with backtrader beneath."""

from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
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
from tradegym.envs.pictures import RENDER_MODES, Pictures
from tradegym.envs.record import EpisodeRecord
from tradegym.envs.recording import record_of
from tradegym.envs.session_holder import SessionHolder
from tradegym.envs.strategies.context import Report
from tradegym.envs.strategies.endings import TRUNCATIONS
from tradegym.envs.strategies.orders import NUMBERS, is_intent
from tradegym.envs.strategies.spaces import (
    check_shapes,
    flat_space,
    flatten,
    observation_space,
    plain_choices,
)
from tradegym.envs.warmup import find_warmup

if TYPE_CHECKING:
    from tradegym.conf.schema.render import RenderConfig
    from tradegym.envs.fresh import FreshMarkets
    from tradegym.envs.rendering import Look, Scene


_SECOND = 1_000_000_000  # ns


class TradingEnv(SessionHolder, gym.Env[Any, Any]):
    """Trade one or several assets; the accounts are kept by a real backtrader broker.

    Observation: Dict with the strategy's state modes, float32: ``raw`` [time_dim, 4 * n] (prices
    of the n traded assets), ``features`` [time_dim, F] (scaled), ``internal`` [avg_period, S]
    (broker statistics); or with ``strategy.state.flat`` all in one vector, modes by name.
    Action: what the scheme of ``strategy.actions`` says: Discrete for one asset, MultiDiscrete
    for several, Box for weights. `action_masks` tells which choices are possible now.
    Reward: the strategy's weighted terms, summed over the bars of the step.
    Terminated: RUIN, DRAWDOWN_CALL, MAX_LOSS, TARGET_REACHED or STRATEGY. Truncated: END_OF_DATA.
    Exactly one of them is in ``info["reason"]`` at the end, None before.

    Timeline of a step
    ------------------
    1. At the close of bar t the agent gets the observation of bar t, made of bars up to t.
    2. Its action becomes orders at once, which fill at the open of t+1 (``engine.latency``
       adds bars; limit, stop-loss and take-profit orders fill when they are reached).
    3. Bar t+1 closes, equity is marked at that close, the endings are checked, the reward is
       paid. Observation, reward and info belong to the same bar.
    4. With ``skip_frame=k`` the agent decides every k-th bar and holds in between.
    5. When an ending holds at the close of t, pending orders are cancelled and every position is
       closed at the open of t+1, the reserved last bar, so the final equity is cash.

    Info (``reset``'s too): ``time`` (datetime64, UTC), ``step`` (decisions made), ``cash, value,
    commission, interest`` (money; the last two paid so far), ``position`` (units), ``price``
    (close; both arrays of float64 with joint trading), ``trades, rejected, impossible`` (counts
    of closed trades, refused orders, choices that meant nothing), ``drawdown, max_drawdown``
    (percent), ``reward_terms``, ``reason``, ``bar`` (row in the dataset), ``metadata`` (BTgym's).

    Parameters
    ----------
    market : Market
    ranges : range or tuple of range
        Rows of the dataset that episodes may use: contiguous ranges, in the order of time. No
        episode crosses from one to another.
    part_name : {"train", "validation", "test"}
    sampling : SamplingOptions
        How long episodes are and where they start.
    fresh : FreshMarkets or None
        Draws a new path for each episode; ``market`` then gives only the bar times.
    record : bool
        Keep what `episode_record` needs.
    trace : bool
        Keep every event for the record.
    limited : bool
        Whether the strategy's limits and its ``get_done`` may end an episode; ruin always does.
    pictures : RenderConfig, optional
        How pictures look.
    render_mode : {None, "rgb_array", "human", "ansi"}
        ``human`` shows a window where there is a display.
    """

    metadata = {"render_modes": [*RENDER_MODES], "render_fps": 4}  # noqa: RUF012  as gymnasium's

    def __init__(
        self,
        market: Market,
        ranges: Part,
        part_name: str,
        *,
        sampling: SamplingOptions,
        fresh: "FreshMarkets | None" = None,
        record: bool = False,
        trace: bool = False,
        limited: bool = True,
        pictures: "RenderConfig | None" = None,
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = render_mode
        self.market = market
        self._home = market
        #: Draws a new path for each episode, if there is one.
        self.fresh = fresh
        self.ranges = ranges_of(ranges)
        if not self.ranges:
            raise UserError(f"split.{part_name}: has no bars; nothing can be played on it")
        self.part_name = part_name
        #: Whether the strategy's limits may end an episode, and how episodes are chosen.
        self.limited, self.sampling = limited, sampling
        self._record, self._trace = record, trace
        self._pictures = Pictures(render_mode, pictures)
        params = market.engine.params
        #: Turns actions into orders.
        self.action_scheme = market.engine.scheme()
        self.action_space = self.action_scheme.space
        self._modes = observation_space(params, len(market.assets))
        self._flat = flat_space(self._modes) if params["flat_state"] else None
        self.observation_space = self._flat or self._modes
        self._warmup = find_warmup(market, self.ranges, part_name)
        self._sampler = EpisodeSampler(
            market.dataset.times,
            self.ranges,
            part_name,
            sampling,
            warmup=self._warmup,
            skip_frame=params["skip_frame"],
        )
        self._bars = EpisodeBars(0, 0, 0, self.ranges[0])
        self._over = True
        #: What everything random in the episode derives from; between 0 and 2^64 - 1.
        self.episode_key = 0
        #: ``info`` of the last reset or step.
        self.last_info: dict[str, Any] = {}
        self._last_observation: dict[str, NDArray[Any]] = {}
        self._kinds = [(mode, space.dtype) for mode, space in self._modes.spaces.items()]
        self._n_choices = plain_choices(self.action_space)
        self._metadata: dict[str, int] = {}
        self._action = ""
        self._start_cash = 0.0
        self._episodes = 0
        self._statistics: dict[str, Any] = {}

    # -- gymnasium --------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see `gymnasium.Env.reset`.

        Parameters
        ----------
        seed : int, optional
            Seeds all episodes from this one on, and begins a sequence of episodes anew.
        options : mapping, optional
            ``start``: where the first decision is, as a row of the dataset (``info["bar"]``; of
            the reference path, where each episode draws a path of its own) or a time (UTC; the
            first bar at or after it). Or BTgym's ``episode_config``, as a mapping or its keys
            themselves: ``get_new`` (False repeats the last episode's bars),
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
            self._episodes = 0
        # All of an episode's randomness comes from one key, so it depends on the seed and on the
        # number of the episode alone; a request that no episode meets counts for none.
        generator = self.np_random.bit_generator
        before = generator.state
        key = int(self.np_random.integers(2**64, dtype=np.uint64))
        if not request.get_new and self._sampler.previous is not None:
            key = self.episode_key
        try:
            self._bars = self._sampler.choose(key, request)
        except UserError:
            generator.state = before
            raise
        self.episode_key = key
        if self.fresh is not None:
            self._draw_market()
        bars = self._bars
        session = self.market.session(
            bars.start,
            bars.stop,
            self._warmup,
            record=self._record,
            trace=self._trace,
            limited=self.limited,
        )
        self._session = session
        report = session.start()
        if report is None:
            raise RunFailed("the episode's bars ended before the first decision")
        self._stamps = self.market.dataset.times.view(np.int64)
        check_shapes(report.observation, self._modes)
        self._action, self._start_cash = "", float(session.strategy.broker.startingcash)
        self._over = False
        kind = int(self.part_name != "train")
        number = self._episodes  # since it was seeded
        self._metadata = {
            "type": kind,
            "trial_num": number,
            "trial_type": kind,
            "sample_num": number,
            "first_row": bars.start,
        }
        self._episodes += 1
        observation = self._observe(report)
        self._pictures.update(self)
        return observation, self.last_info

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act; see `gymnasium.Env.step`.

        An `OrderIntent`, or a sequence of them, is accepted in place of an action.
        """
        if self._over or self._session is None:
            raise gym.error.ResetNeeded("call reset() before step(): the episode is over")
        # Checked by hand first: gymnasium takes longer for it than all else here.
        known = type(action) in NUMBERS and 0 <= action < self._n_choices
        if not known and not is_intent(action) and not self.action_space.contains(action):
            names = f" ({', '.join(self.action_names)})" if self.action_names else ""
            raise ValueError(f"action was {action!r}; it must be in {self.action_space}{names}")
        if isinstance(action, np.ndarray):
            action = action.copy()  # the caller may reuse it while the order waits
        if self.render_mode is not None:
            self._action = self._session.strategy.explain(action)
        try:
            report = self._session.step(action)
        except BaseException:
            self._over = self._session.is_over  # the strategy's own code failed
            raise
        self._over = report.reason is not None
        truncated = report.reason in TRUNCATIONS
        observation = self._observe(report)
        if self._over:
            self._statistics = self._session.statistics(self._episodes)
        if self.render_mode is not None:
            self._pictures.update(self)
        return observation, report.reward, self._over and not truncated, truncated, self.last_info

    def render(self) -> Any:
        """Return the current prices as ``render_mode`` says; None in ``human``, which shows them.

        Returns
        -------
        ndarray of uint8, shape [height, width, 3], or str, or None
        """
        return self._pictures.render(self) if self.last_info else None

    def close(self) -> None:
        """Abandon the running episode, and close the window if there is one."""
        self._discard()
        self._pictures.close()

    # -- beyond gymnasium -------------------------------------------------------------------

    @property
    def part(self) -> range:
        """The contiguous rows in which the current episode lies, or the first will."""
        return self._bars.part

    @property
    def rows(self) -> range:
        """The dataset's rows of the current episode, warm-up and the reserved last bar included."""
        return range(self._bars.start, self._bars.stop)

    @property
    def state_modes(self) -> tuple[str, ...]:
        """Parts of the observation."""
        return tuple(self._modes.spaces)

    @property
    def action_names(self) -> tuple[str, ...]:
        """Name of each choice for an asset; empty when actions are weights."""
        return self.action_scheme.names

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the traded assets."""
        return self.market.assets

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which choices are possible now, those of the first asset first.

        Impossible is what could mean nothing (closing a position that is not there) and what
        would be refused for lack of cash.

        Returns
        -------
        ndarray of bool, shape [number of choices of all assets]

        Raises
        ------
        tradegym.conf.errors.UserError
            The actions are not discrete.
        """
        if self._session is None:
            raise gym.error.ResetNeeded("call reset() before action_masks()")
        strategy = self._session.strategy
        mask = strategy.action_scheme.mask(strategy.account)
        if mask is None:
            raise UserError("strategy.actions: weights have no masks; choose a discrete scheme")
        return mask

    def closes(self, asset: int = 0) -> NDArray[np.float64]:
        """Return the closes of a traded asset in the part, up to and including the current bar."""
        column = self.market.order[asset]
        return self.market.dataset.ohlcv[self.part.start : self.last_info["bar"] + 1, column, 3]

    def get_stat(self) -> dict[str, Any]:
        """Return statistics of the last finished episode; see `strategies.statistics`.

        Empty before the first episode has ended. A running episode goes on.
        """
        return self._statistics

    @property
    def look(self) -> "Look":
        """Sizes and colours of pictures."""
        return self._pictures.look

    def scene(self) -> "Scene":
        """Return what can be drawn at the current bar: prices, the observation, the record."""
        record = self.episode_record() if self._over and self._record else None
        from tradegym.envs.scene import scene_of

        return scene_of(
            self.market,
            self.part,
            self.last_info,
            self._last_observation,
            record,
            action=self._action,
            start_cash=self._start_cash,
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
        return record_of(
            self.market,
            self._session,
            self._bars,
            self._statistics,
            self._home.dataset.bars_per_year,
        )

    def _draw_market(self) -> None:
        """Replace the bars that were chosen by a new path over the same times."""
        bars = self._bars
        times = self._home.dataset.times[bars.start : bars.stop]
        if self.fresh is not None:
            self.market = self.fresh.market(self.episode_key, times)
        self._bars = EpisodeBars(0, len(times), bars.decision - bars.start, range(len(times)))

    # -- details ----------------------------------------------------------------------------

    def _observe(self, report: Report) -> Any:
        bar, info, states = self._bars.start + report.row, report.info, report.observation
        info["time"], info["bar"] = self.market.dataset.times[bar], bar
        info["metadata"] = {**self._metadata, "timestamp": int(self._stamps[bar]) // _SECOND}
        self.last_info = info
        self._last_observation = shown = {}
        for mode, kind in self._kinds:
            state = states[mode]
            plain = type(state) is np.ndarray and state.dtype == kind
            shown[mode] = state.copy() if plain else np.array(state, dtype=kind)
        return shown if self._flat is None else flatten(shown)
