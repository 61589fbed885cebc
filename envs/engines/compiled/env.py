"""One compiled environment."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling import parse_request
from tradegym.envs.engines.compiled.batch import Autoreset, Batch, BatchSource
from tradegym.envs.engines.compiled.single_info import SingleInfo
from tradegym.envs.engines.compiled.slot import BACKTRADER_ONLY, refuse
from tradegym.envs.strategies.endings import REASONS, TRUNCATIONS
from tradegym.envs.strategies.orders import NUMBERS, is_intent

if TYPE_CHECKING:
    from tradegym.envs.market import Market

_TRUNCATING = tuple(reason in TRUNCATIONS for reason in (None, *REASONS))


class CompiledTradingEnv(gym.Env[Any, Any]):
    """The environment of `tradegym.envs.trading.TradingEnv`, stepped by the compiled engine.

    Observations, actions, rewards, endings, info, episodes and seeds are the same. What needs a
    broker object is not there: `OrderIntent` as actions, pictures, records, traces and the
    statistics of ``get_stat``.

    Parameters
    ----------
    source : BatchSource
    full_info : bool
        Whether every step has its info, or only the end of an episode. `last_info` is there in
        any case.
    notify : callable, optional
        Is given a line when the engine has to be compiled first.
    """

    metadata = {"render_modes": []}  # noqa: RUF012  as gymnasium's
    render_mode = None

    def __init__(
        self,
        source: BatchSource,
        *,
        full_info: bool = True,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        self.batch = batch = Batch(source, 1, autoreset=Autoreset.NONE, notify=notify)
        self.ranges, self.part_name = source.ranges, source.part_name
        self.observation_space, self.action_space = batch.observation_space, batch.action_space
        #: Turns actions into orders.
        self.action_scheme = source.market.engine.scheme()
        self._full = full_info
        buffers, space = batch.buffers, self.action_space
        self._info = SingleInfo(batch)
        self._row: NDArray[np.float32] = buffers.obs[0]
        self._rewards, self._ended = buffers.rewards.data, buffers.ended.data
        self._views = None if isinstance(self.observation_space, spaces.Box) else batch.views
        self._action = buffers.actions[0]
        self._choice = self._action.data
        self._choices = int(space.n) if isinstance(space, spaces.Discrete) else None
        self._kind = space.dtype
        self._play = partial(batch.doors.step, 0, int(Autoreset.NONE), 0, 1)
        self._over = True
        self._is_reset = False

    # -- gymnasium --------------------------------------------------------------------------

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see `TradingEnv.reset`."""
        if options is not None:
            parse_request(options)  # a wrong one changes nothing
        super().reset(seed=seed)
        self._over = True  # also where no episode meets the options
        observation = self.batch.reset_one(0, seed, options).copy()
        self._is_reset, self._over = True, False
        self._info.begin()
        views = self._views
        return (
            observation if views is None else views(observation),
            self._info.read() if self._full else {},
        )

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act; see `TradingEnv.step`. Observations and infos are the caller's own."""
        if self._over:
            raise gym.error.ResetNeeded("call reset() before step(): the episode is over")
        if self._choices is None:
            self._put(action)
        else:
            # Checked by hand first: gymnasium takes longer for it than all else here.
            known = type(action) in NUMBERS and 0 <= action < self._choices
            if not known and not self.action_space.contains(action):
                raise self._refusal(action)
            self._choice[0] = action
        self._over = True  # also where Ctrl-C comes before the step is complete
        self._play()
        observation: Any = self._row.copy()
        if self._views is not None:
            observation = self._views(observation)
        number = self._ended[0]
        if not number:
            info = self._info.read() if self._full else {}
            self._over = False
            return observation, self._rewards[0], False, False, info
        truncated = _TRUNCATING[number]
        return observation, self._rewards[0], not truncated, truncated, self._info.read()

    def render(self) -> None:
        """Return nothing: pictures are made by the backtrader engine."""

    def close(self) -> None:
        """Let go of the batch."""
        self.batch.close()

    # -- beyond gymnasium -------------------------------------------------------------------

    @property
    def market(self) -> "Market":
        """What its running episode is played on; before the first, what gives the bar times."""
        return self.batch.market_of(0)

    @property
    def last_info(self) -> dict[str, Any]:
        """``info`` of the last reset or step, in full."""
        return self._info.read() if self._is_reset else {}

    @property
    def episode_key(self) -> int:
        """What everything random in the episode derives from; between 0 and 2^64 - 1."""
        return int(self.batch.state.envs["key"][0])

    @property
    def part(self) -> range:
        """The contiguous rows in which the current episode lies, or the first will."""
        if not self._is_reset:
            ranges = self.ranges
            return ranges if isinstance(ranges, range) else ranges[0]
        return self.batch.bars_of(0).part

    @property
    def rows(self) -> range:
        """The dataset's rows of the current episode, warm-up and the reserved last bar included."""
        if not self._is_reset:
            return range(0)
        bars = self.batch.bars_of(0)
        return range(bars.start, bars.stop)

    @property
    def state_modes(self) -> tuple[str, ...]:
        """Parts of the observation."""
        return tuple(mode.name for mode in self.batch.program.modes)

    @property
    def action_names(self) -> tuple[str, ...]:
        """Name of each choice for an asset; empty when actions are weights."""
        return self.action_scheme.names

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the traded assets."""
        return self.market.assets

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which choices are possible now; see `TradingEnv.action_masks`."""
        if not self._is_reset:
            raise gym.error.ResetNeeded("call reset() before action_masks()")
        masks: NDArray[np.bool_] = self.batch.masks()[0].copy()
        return masks

    def closes(self, asset: int = 0) -> NDArray[np.float64]:
        """Return the closes of a traded asset in the part, up to and including the current bar."""
        column = self.market.order[asset]
        return self.market.dataset.ohlcv[self.part.start : self.last_info["bar"] + 1, column, 3]

    def __getattr__(self, name: str) -> Any:
        if name in BACKTRADER_ONLY:
            raise refuse(name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    # -- details ----------------------------------------------------------------------------

    def _put(self, action: Any) -> None:
        """Write an action of several numbers to where the kernel reads it."""
        if type(action) is np.ndarray and action.dtype == self._kind:
            if action.shape == self._action.shape:
                self._action[:] = action
                if self.batch.doors.check() < 0:
                    return
            raise self._refusal(action)
        # Anything else is what the space says: no float64, which it would have to round.
        if is_intent(action) or not self.action_space.contains(action):
            raise self._refusal(action)
        self._action[:] = action

    def _refusal(self, action: Any) -> Exception:
        if is_intent(action):
            return UserError(
                "engine.backend: the compiled engine takes no order objects as actions; "
                "choose engine.backend=backtrader"
            )
        names = f" ({', '.join(self.action_names)})" if self.action_names else ""
        return ValueError(f"action was {action!r}; it must be in {self.action_space}{names}")
