"""Which synthetic processes compiled code can draw, and how it is called."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.schema.parameters import Range
from tradegym.envs.data.synthetic.correlation import MatrixMix
from tradegym.envs.data.synthetic.parameters import SHARED
from tradegym.envs.data.synthetic.process import BootstrapProcess, SimulatedProcess
from tradegym.envs.engines.compiled.cache import paths_ready
from tradegym.envs.engines.compiled.program.table import BarTable, calendar_days

if TYPE_CHECKING:
    from tradegym.envs.data.synthetic.process import PathProcess
    from tradegym.envs.engines.compiled.kernel.draft import Plan
    from tradegym.envs.fresh import FreshMarkets
    from tradegym.envs.market import Market

_QUOTES = (
    *("volume.mean", "volume.reaction", "volume.noise"),
    *("spread.minimum", "spread.maximum", "spread.alpha", "spread.beta"),
    *("correlation", "start_price"),
)

_TRIED, _FEWEST = 50, 3

#: The processes that compiled code knows, by ``dataset.process.kind``, and their parameters in the
#: order in which ``kernel.models`` and ``kernel.memory_models`` have them.
TWINS: dict[str, tuple[str, ...]] = {
    "gbm": ("drift", "volatility"),
    "sine": ("level", "amplitude", "period", "phase", "noise"),
    "ou": ("reversion", "volatility", "level"),
    "regimes": ("regimes",),
    "merton": ("drift", "volatility", "jump_intensity", "jump_mean", "jump_volatility"),
    "garch": ("drift", "volatility", "alpha", "beta", "degrees"),
    "heston": ("drift", "volatility", "reversion", "vol_of_vol", "variance_correlation"),
    "pair": ("drift", "volatility", "hedge_ratio", "reversion", "residual_volatility"),
    "bootstrap": ("block_length",),
}


def kind_of(process: "PathProcess") -> str | None:
    """Return the process that compiled code knows this one by, None where it knows none."""
    if isinstance(process, BootstrapProcess):
        kind = "bootstrap"
    elif isinstance(process, SimulatedProcess):
        kind = process.kind
    else:
        return None
    spread = process.ranges["spread.alpha"], process.ranges["spread.beta"]
    # numpy draws Beta in another way where both shapes are 1 or less.
    alike = any(span.low > 1 for span in spread) or process.ranges["spread.maximum"].high == 0
    return kind if kind in TWINS and alike else None


def path_plan(
    process: SimulatedProcess | BootstrapProcess,
    columns: Sequence[int],
    lowest: NDArray[np.float64],
) -> "Plan":
    """Return what compiled code has to know of a process of a kind that it knows.

    Parameters
    ----------
    process : SimulatedProcess or BootstrapProcess
    columns : sequence of int
        Which of its assets are traded, in the order of the bar table.
    lowest : ndarray of float64, shape [A]
        Prices of which costs leave nothing; nan: there are none.
    """
    from tradegym.envs.engines.compiled.kernel.draft import M_ALIKE, M_MATRIX, M_NONE, Plan

    places = {name: row for row, name in enumerate(process.ranges)}
    number, lower, mix = len(process.assets), np.zeros((0, 0)), M_NONE
    steps, rows = 1, np.zeros((0, 0, 0))
    if isinstance(process, BootstrapProcess):
        rows = np.ascontiguousarray(process.rows)
    else:
        steps = process.steps_per_bar
        if process.correlation is not None:
            lower, mix = np.ascontiguousarray(MatrixMix.of(process.correlation).lower), M_MATRIX
        elif number > 1 and "correlation" in places:
            mix = M_ALIKE
    names = [*_QUOTES]
    for name in TWINS[str(kind_of(process))]:
        # A node stands for its parameters: drift, volatility, duration, weight of each regime.
        names += [key for key in places if key == name or key.startswith(f"{name}.")]
    return Plan(
        whole=np.array([number, steps, mix], np.int64),
        years=np.array([1 / process.bars_per_year]),
        spans=np.array([_span(name, span) for name, span in process.ranges.items()]),
        places=np.array([places.get(name, -1) for name in names], np.int64),
        lower=lower,
        rows=rows,
        columns=np.array(columns, np.int64),
        lowest=lowest,
    )


def _span(name: str, span: Range) -> tuple[float, float, bool, bool]:
    return span.low, span.high, span.log, name.rpartition(".")[2] in SHARED


class PathDrawer:
    """Draws paths into a bar table in compiled code, or in the same code as plain Python.

    Parameters
    ----------
    kind : str
        One of `TWINS`.
    plan : Plan
    table : BarTable
    days : ndarray of int64, shape [T] or [0]
        Of the bars whose times the paths have.
    most, longest : int
        Most paths of a call, most bars of a path.
    """

    def __init__(
        self,
        kind: str,
        plan: "Plan",
        table: BarTable,
        days: NDArray[np.int64],
        most: int,
        longest: int,
    ) -> None:
        from tradegym.envs.engines.compiled.kernel.draft import Room, make_work
        from tradegym.envs.engines.compiled.kernel.entry import make_handle
        from tradegym.envs.engines.compiled.kernel.paths import COMPILED, DOORS

        self._keys, self._episodes = np.zeros(most, np.uint64), np.zeros((most, 3), np.int64)
        room = Room(table.ohlcv, table.raw, table.days, days, self._keys, self._episodes)
        # Kept alive here: compiled functions know only the arrays' addresses.
        self._work = make_work(plan, room, longest)
        self._draw = partial(DOORS[kind], make_handle(self._work) if COMPILED else self._work)

    def __call__(self, keys: Sequence[int], episodes: Sequence[tuple[int, int, int]]) -> int:
        """Draw paths; return how many were drawn. If not all, the next one is impossible.

        Parameters
        ----------
        keys : sequence of int
        episodes : sequence of tuple of int
            First row in the table, first row of the times, number of bars.
        """
        number = len(keys)
        self._keys[:number] = keys
        self._episodes[:number] = episodes
        return int(self._draw(number))


def path_drawer(
    fresh: "FreshMarkets",
    home: "Market",
    table: BarTable,
    n_envs: int,
    longest: int,
    notify: Callable[[str], None] | None = None,
) -> PathDrawer | None:
    """Return what draws the paths of a batch in compiled code; None where only numpy can.

    Another version of numpy may draw other numbers, so that it is tried first whether both agree.
    """
    process: Any = fresh.process
    kind = kind_of(process)
    if fresh.features is not None or kind is None or paths_ready(kind, notify) is not None:
        return None
    lowest = np.full(len(fresh.assets), np.nan)
    for asset, least in fresh.engine.lowest_prices.items():
        lowest[fresh.assets.index(asset)] = least
    traded = fresh.engine.traded
    columns = traded.order(fresh.assets)[: len(traded.names)]
    days = calendar_days(home.dataset.times) if len(table.days) else np.zeros(0, np.int64)
    plan = path_plan(process, columns, lowest)
    drawer = PathDrawer(kind, plan, table, days, n_envs, longest)
    return drawer if _agrees(drawer, process, list(columns), table, longest) else None


def _agrees(
    drawer: PathDrawer, process: Any, columns: list[int], table: BarTable, longest: int
) -> bool:
    """Try whether numpy, and the process as it is registered here, make the same path."""
    number = min(longest, _TRIED)
    if number < _FEWEST:
        return False  # numpy says what is wrong with it
    if drawer([1], [(0, 0, number)]) == 0:
        return True  # impossible prices, which are left to numpy in any case
    return np.array_equal(table.ohlcv[:number], process.bars(1, number)[:, columns])
