"""Returns per bar of a stored evaluation, and the bars that several have in common."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.experiments.comparing.stored import AGENT, StoredRun, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Times = NDArray[np.datetime64]
    Array = NDArray[np.float64]

EQUITY_FILE = "equity.parquet"
STITCHED_FILE = "stitched.parquet"


@dataclass(frozen=True, slots=True)
class Series:
    """Returns of an account.

    Attributes
    ----------
    times : numpy.ndarray
        End of each return, in UTC, datetime64[ns], shape [T].
    episodes : numpy.ndarray
        Number of the episode of each return, int64, shape [T].
    returns : numpy.ndarray
        Simple returns, float64, shape [T]; an account that is ruined ends with -1.
    """

    times: "Times"
    episodes: "NDArray[np.int64]"
    returns: "Array"


def read_series(run: StoredRun, who: str = AGENT) -> Series | None:
    """Return the returns of a run's agent or of one of its baselines; None if they are not there.

    Of folds: those of the stitched account, of its first path if there are several.

    Parameters
    ----------
    run : StoredRun
    who : str
        ``agent`` or the name of a baseline.

    Raises
    ------
    UserError
        If the file is damaged.
    """
    folder, column = run.folder, "equity"
    if folder is None:
        return None
    if run.kind == "folds":
        path, column = folder / STITCHED_FILE, "equity" if who == AGENT else who
    elif who == AGENT:
        path = folder / EQUITY_FILE
    else:
        path = folder / "baselines" / who / EQUITY_FILE
    if not path.is_file():
        return None
    return _returns(path, column, number(run.value("engine.start_cash")))


def _returns(path: Path, column: str, start: float | None) -> Series | None:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
        if "path" in table.column_names:  # of several paths over the same bars, the first
            table = table.filter(pc.equal(table.column("path"), 0))
        if column not in table.column_names and column != "equity":
            return None
        times = table.column("time").to_numpy().astype("datetime64[ns]")
        equity = table.column(column).to_numpy().astype(np.float64)
        has_episodes = "episode" in table.column_names
        episodes = table.column("episode").to_numpy() if has_episodes else np.ones(len(equity))
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        raise UserError(
            f"{path}: not readable as a table of the equity ({_first(error)})"
        ) from None
    parts = [
        _episode(times[rows], equity[rows], start)
        for one in np.unique(episodes)
        if len(rows := np.flatnonzero(episodes == one))
    ]
    if not parts:
        return Series(times, np.zeros(0, np.int64), equity)
    numbers = [np.full(len(part[0]), n, np.int64) for n, part in enumerate(parts, start=1)]
    return Series(
        np.concatenate([part[0] for part in parts]),
        np.concatenate(numbers),
        np.concatenate([part[1] for part in parts]),
    )


def _episode(times: "Times", equity: "Array", start: float | None) -> "tuple[Times, Array]":
    """Return the returns of one episode.

    Money that was gained or lost before the first bar closed is a return too; see
    `tradegym.envs.curves.equity_curve`.
    """
    if start and start > 0 and not np.isclose(equity[0], start, rtol=1e-12, atol=0.0):
        curve = np.concatenate(([start], equity))
    else:
        curve, times = equity, times[1:]
    ruined = np.flatnonzero(~(curve > 0))
    if len(ruined):
        last = max(int(ruined[0]), 1)
        curve, times = np.maximum(curve[: last + 1], 0.0), times[:last]
        if not curve[0] > 0:
            return times[:0], curve[:0]
    return times, curve[1:] / curve[:-1] - 1.0


def align(series: Mapping[str, Series]) -> "tuple[Times, dict[str, Array]]":
    """Return the bars that all series have, and the returns of each on them.

    Bars are told apart by their time; where one series has a time more than once, since its
    episodes overlap, by episode and time.

    Parameters
    ----------
    series : mapping of str to Series

    Returns
    -------
    times : numpy.ndarray
        datetime64[ns], shape [T]; in the order of the first series.
    returns : dict of str to numpy.ndarray
        float64, shape [T] each.
    """
    overlap = any(len(np.unique(one.times)) < len(one.times) for one in series.values())
    keys = {name: _keys(one, with_episode=overlap) for name, one in series.items()}
    rows = {name: {key: row for row, key in enumerate(found)} for name, found in keys.items()}
    common = set.intersection(*(set(found) for found in rows.values()))
    lead = next(iter(series))
    order = [key for key in keys[lead] if key in common]
    returns = {
        name: one.returns[[rows[name][key] for key in order]] for name, one in series.items()
    }
    return series[lead].times[[rows[lead][key] for key in order]], returns


def _keys(series: Series, *, with_episode: bool) -> Sequence[tuple[int, int]]:
    numbers = series.episodes if with_episode else np.zeros(len(series.times), np.int64)
    return list(zip(numbers.tolist(), series.times.astype(np.int64).tolist(), strict=True))


def _first(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:120]
