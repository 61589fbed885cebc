"""Synthetic markets: each environment owns a block of the bar table and draws a path into it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tradegym.envs.engines.compiled.drawing import PathDrawer, path_drawer
from tradegym.envs.engines.compiled.program.build import shown_by
from tradegym.envs.engines.compiled.program.table import BarTable, empty_table, write_rows
from tradegym.envs.market import Market

if TYPE_CHECKING:
    from tradegym.envs.fresh import FreshMarkets

#: Key, first row in the home dataset and number of bars of a path.
_Episode = tuple[int, int, int]


class Paths:
    """The paths that the environments of a batch play.

    They are drawn in compiled code where the process has a twin there and the state shows no
    features, else with numpy; the bars are the same. The market of a path is made only when
    somebody asks for it.

    Parameters
    ----------
    fresh : FreshMarkets
    home : Market
        Gives the bar times.
    n_envs : int
    longest : int
        Most bars of an episode.
    compiled : bool
        Whether compiled code may draw.
    notify : callable, optional
        Is given a line when that has to be compiled first.
    """

    def __init__(
        self,
        fresh: "FreshMarkets",
        home: Market,
        n_envs: int,
        longest: int,
        *,
        compiled: bool = False,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        self._fresh, self._home, self._rows = fresh, home, longest
        width = 0 if home.features is None else home.features.values.shape[1]
        traded = len(home.engine.traded.names)
        #: Bars of all environments, one block after the other.
        self.table: BarTable = empty_table(n_envs * longest, traded, width, shown_by(home.engine))
        self._drawer: PathDrawer | None = None
        if compiled:
            self._drawer = path_drawer(fresh, home, self.table, n_envs, longest, notify)
        self._episodes: list[_Episode | None] = [None] * n_envs
        self._last: list[_Episode | None] = [None] * n_envs
        self._markets: list[tuple[_Episode, Market] | None] = [None] * n_envs
        self._last_markets: list[tuple[_Episode, Market] | None] = [None] * n_envs
        # Closes of the bars on which episodes ended, and which bars those were.
        self._last_closes = np.zeros((n_envs, traded))
        self._last_bars: list[tuple[_Episode, int] | None] = [None] * n_envs

    @property
    def compiled(self) -> bool:
        """Whether paths are drawn in compiled code."""
        return self._drawer is not None

    def draw(self, chosen: Sequence[int], episodes: Sequence[_Episode]) -> None:
        """Draw paths for some environments.

        Parameters
        ----------
        chosen : sequence of int
            The environments.
        episodes : sequence of tuple of int
            Key, first row in the home dataset and number of bars of each.

        Raises
        ------
        tradegym.conf.errors.UserError
            The prices of a path leave what a number can hold, or costs leave nothing of them.
        """
        drawn = 0
        if self._drawer is not None:
            keys = [key for key, _, _ in episodes]
            rows = [
                (self.first_row(i), first, length)
                for i, (_, first, length) in zip(chosen, episodes, strict=True)
            ]
            drawn = self._drawer(keys, rows)
        for i, episode in zip(chosen[drawn:], episodes[drawn:], strict=True):
            market = self._draw_one(episode)
            write_rows(self.table, self.first_row(i), market)
            self._markets[i] = episode, market
        for i, episode in zip(chosen, episodes, strict=True):
            self._episodes[i] = episode

    def keep(self) -> None:
        """Take the paths of now for those of the episodes that end in this step."""
        self._last = self._episodes.copy()

    def keep_closes(self, chosen: Sequence[int], rows: NDArray[np.int64]) -> None:
        """Keep the closes of the bars on which episodes ended, before others are drawn."""
        for i, row in zip(chosen, rows.tolist(), strict=True):
            episode = self._episodes[i]
            if episode is not None and row < episode[2]:
                self._last_closes[i] = self.table.ohlcv[self.first_row(i) + row, :, 3]
                self._last_bars[i] = episode, row

    def first_row(self, i: int) -> int:
        """Return the first row of environment i's block."""
        return i * self._rows

    def shown(self, i: int) -> tuple[NDArray[np.datetime64], NDArray[np.float64]]:
        """Return times [T] and bars [T, A, 5] of the traded assets, as environment i plays them.

        The bars are its block of the table, which the next episode overwrites.
        """
        _, first, length = self._episodes[i] or (0, 0, self._rows)
        times, row = self._home.dataset.times[first : first + length], self.first_row(i)
        return times, self.table.ohlcv[row : row + length]

    def last_quote(self, i: int, row: int) -> tuple[np.datetime64, NDArray[np.float64]]:
        """Return time and closes [A] of a bar of what environment i played in the last step."""
        episode = self._last[i]
        if episode is None or episode == self._episodes[i]:
            times, bars = self.shown(i)
            return times[row], bars[row, :, 3]
        if self._last_bars[i] == (episode, row):
            return self._home.dataset.times[episode[1] + row], self._last_closes[i]
        market = self.last_market(i)
        columns = list(market.order[: len(market.assets)])
        return market.dataset.times[row], market.dataset.ohlcv[row, columns, 3]

    def market(self, i: int) -> Market:
        """Return what environment i plays; the home market before its first episode."""
        episode, found = self._episodes[i], self._markets[i]
        if episode is None:
            return self._home
        if found is None or found[0] != episode:
            found = self._markets[i] = episode, self._draw_one(episode)
        return found[1]

    def last_market(self, i: int) -> Market:
        """Return what environment i played in the last step."""
        episode, current = self._last[i], self._markets[i]
        if episode is None:
            return self._home
        if current is not None and current[0] == episode:
            return current[1]
        found = self._last_markets[i]
        if found is None or found[0] != episode:
            found = self._last_markets[i] = episode, self._draw_one(episode)
        return found[1]

    def _draw_one(self, episode: _Episode) -> Market:
        key, first, length = episode
        return self._fresh.market(key, self._home.dataset.times[first : first + length])
