"""One environment of a batch, as far as others ask for it."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import UserError

if TYPE_CHECKING:
    from gymnasium import spaces

    from tradegym.envs.engines.compiled.batch import Batch
    from tradegym.envs.engines.compiled.info import InfoReader
    from tradegym.envs.market import Market

#: What only an environment of the other engine can do.
BACKTRADER_ONLY = ("get_stat", "episode_record", "scene", "look")


class BacktraderOnly(UserError, AttributeError):  # noqa: N818  it says what it is
    """What is asked of a compiled environment is an attribute of the other engine's alone.

    As a missing attribute it lets ``hasattr`` and ``VecEnv.has_attr`` answer.
    """


def refuse(name: str) -> BacktraderOnly:
    """Return the error for what only the backtrader engine can do."""
    return BacktraderOnly(
        f"engine.backend: the compiled engine has no '{name}'; choose engine.backend=backtrader"
    )


class Slot:
    """Environment ``number`` of a batch: the attributes of `tradegym.envs.trading.TradingEnv`.

    Parameters
    ----------
    batch : Batch
    number : int
        From 0.
    reader : InfoReader
    """

    render_mode = None
    spec = None

    def __init__(self, batch: "Batch", number: int, reader: "InfoReader") -> None:
        self._batch = batch
        self._reader = reader
        self.number = number
        #: Info of the end of the last episode.
        self.last_info: dict[str, Any] = {}

    @property
    def unwrapped(self) -> "Slot":
        """The same object: there are no wrappers."""
        return self

    @property
    def observation_space(self) -> "spaces.Space[Any]":
        """Of one environment."""
        return self._batch.observation_space

    @property
    def action_space(self) -> "spaces.Space[Any]":
        """Of one environment."""
        return self._batch.action_space

    @property
    def market(self) -> "Market":
        """What its running episode is played on."""
        return self._batch.market_of(self.number)

    @property
    def part_name(self) -> str:
        """``train``, ``validation`` or ``test``."""
        return self._batch.source.part_name

    @property
    def part(self) -> range:
        """The contiguous rows in which the current episode lies."""
        return self._batch.bars_of(self.number).part

    @property
    def rows(self) -> range:
        """The dataset's rows of the current episode."""
        bars = self._batch.bars_of(self.number)
        return range(bars.start, bars.stop)

    @property
    def episode_key(self) -> int:
        """What everything random in the episode derives from."""
        return int(self._batch.state.envs["key"][self.number])

    @property
    def assets(self) -> tuple[str, ...]:
        """Names of the traded assets."""
        return self._batch.source.market.assets

    @property
    def action_names(self) -> tuple[str, ...]:
        """Name of each choice for an asset; empty when actions are weights."""
        return self._batch.source.market.engine.scheme().names

    def info(self) -> dict[str, Any]:
        """Return the info of the current bar."""
        return self._reader.infos([self.number])[0]

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which choices are possible now, those of the first asset first."""
        masks: NDArray[np.bool_] = self._batch.masks()[self.number].copy()
        return masks

    def __getattr__(self, name: str) -> Any:
        if name in BACKTRADER_ONLY:
            raise refuse(name)
        raise AttributeError(f"environments of the compiled engine have no attribute '{name}'")
