"""Synthetic markets: each environment owns a block of the bar table and draws a path into it."""

from typing import TYPE_CHECKING

from tradegym.envs.engines.compiled.program.build import shown_by
from tradegym.envs.engines.compiled.program.table import BarTable, empty_table, write_rows
from tradegym.envs.market import Market

if TYPE_CHECKING:
    from tradegym.envs.fresh import FreshMarkets


class Paths:
    """The paths that the environments of a batch play.

    Parameters
    ----------
    fresh : FreshMarkets
    home : Market
        Gives the bar times.
    n_envs : int
    longest : int
        Most bars of an episode.
    """

    def __init__(self, fresh: "FreshMarkets", home: Market, n_envs: int, longest: int) -> None:
        self._fresh, self._home, self._rows = fresh, home, longest
        width = 0 if home.features is None else home.features.values.shape[1]
        traded = len(home.engine.traded.names)
        #: Bars of all environments, one block after the other.
        self.table: BarTable = empty_table(n_envs * longest, traded, width, shown_by(home.engine))
        self._markets: list[Market] = [home] * n_envs
        self._last: list[Market] = [home] * n_envs

    def draw(self, i: int, key: int, first: int, length: int) -> None:
        """Draw the path of a key over these rows of the home dataset, for environment i."""
        times = self._home.dataset.times[first : first + length]
        market = self._fresh.market(key, times)
        write_rows(self.table, self.first_row(i), market)
        self._markets[i] = market

    def keep(self) -> None:
        """Take the markets of now for those of the episodes that end in this step."""
        self._last = self._markets.copy()

    def first_row(self, i: int) -> int:
        """Return the first row of environment i's block."""
        return i * self._rows

    def market(self, i: int) -> Market:
        """Return what environment i plays."""
        return self._markets[i]

    def last_market(self, i: int) -> Market:
        """Return what environment i played in the last step."""
        return self._last[i]
