"""Replays the stored trace of an evaluation against its configuration and its data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.conf.overrides import parse_overrides
from tradegym.conf.resolve import resolve, resolve_stored
from tradegym.conf.stored import CONFIG_FILE
from tradegym.experiments import trust
from tradegym.experiments.runs import find_run

if TYPE_CHECKING:
    from tradegym.envs.market import Market

TRACE_FILE = "trace.parquet"

_EVAL_FOLDER = re.compile(r"(\d+)-(train|validation|test)")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of replaying a trace.

    Attributes
    ----------
    file : Path
        The trace.
    episodes, orders, bars : int
        How many there were.
    difference : float
        Largest difference of the equity at a bar, money.
    mismatch : str or None
        The first thing that is not as the trace says; None if everything is.
    """

    file: Path
    episodes: int
    orders: int
    bars: int
    difference: float
    mismatch: str | None

    def __str__(self) -> str:
        """Return the outcome in one line."""
        start = f"{self.orders} orders replayed in plain backtrader: "
        largest = f"(largest difference {self.difference:.3g})"
        if self.mismatch is None:
            return f"{start}equity equal at all {self.bars} bars {largest}"
        return f"{start}{self.mismatch} {largest}"


def replay_trace(
    text: str,
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
    *,
    trust_run: bool = False,
) -> Replayed:
    """Play the orders of a stored trace again in plain backtrader.

    Parameters
    ----------
    text : str
        A trace file, the directory of an evaluation, or a run (a directory, a name, an MLflow run
        id or ``last``), of which the latest traced evaluation is taken.
    overrides : sequence of str
        Applied to the stored configuration, such as a file that has moved.
    config_dir : Path or None
    trust_run : bool
        Import what the stored configuration names even if the run is not the user's.

    Raises
    ------
    UserError
        There is no such trace, its configuration is missing, or the data are others.
    """
    file = find_trace(text, overrides, config_dir)
    # pandas and backtrader are not needed to find out that there is no trace.
    from tradegym.envs.build import EnvBuilder
    from tradegym.envs.replay import replay
    from tradegym.envs.strategies.trace_table import EPISODE, read_trace

    trace = read_trace(file)
    home = _home(file)
    resolved = resolve_stored(home, overrides, config_dir)
    typed = frozenset(one.key for one in parse_overrides(overrides))
    trust.check(_run_of(home).name, resolved, typed, trust=trust_run)
    folder = _EVAL_FOLDER.fullmatch(file.parent.name)
    split = folder[2] if folder else resolved.config.eval.split
    market = EnvBuilder(resolved).env(split, whole=True).market
    episodes = [trace] if EPISODE not in trace else [part for _, part in trace.groupby(EPISODE)]
    found = [replay(part, market.dataset, _broker(market)) for part in episodes]
    wrong = [
        f"episode {number}: {one.mismatch}" if len(found) > 1 else one.mismatch
        for number, one in enumerate(found, start=1)
        if one.mismatch is not None
    ]
    return Replayed(
        file=file,
        episodes=len(found),
        orders=sum(one.orders for one in found),
        bars=sum(len(one.bars) for one in found),
        difference=max(one.difference for one in found),
        mismatch=wrong[0] if wrong else None,
    )


def find_trace(text: str, overrides: Sequence[str], config_dir: Path | None) -> Path:
    """Return the file of the trace that a command line means.

    Raises
    ------
    UserError
        There is none.
    """
    path = Path(text).expanduser().absolute()
    if path.is_file() or path.suffix in (".parquet", ".jsonl"):
        return path
    if not path.is_dir():
        roots = [override for override in overrides if override.startswith("runs_root=")]
        path = find_run(Path(resolve(roots, config_dir).config.runs_root), text)
    if (path / TRACE_FILE).is_file():
        return path / TRACE_FILE
    traced = [
        (int(match[1]), file)
        for file in path.glob(f"eval/*/{TRACE_FILE}")
        if (match := _EVAL_FOLDER.fullmatch(file.parent.name))
    ]
    if not traced:
        raise UserError(f"{path}: has no {TRACE_FILE}; evaluate it with eval.trace=true")
    return max(traced)[1]


def _home(file: Path) -> Path:
    """Return the directory that has the configuration of a trace: its own, or its run's."""
    for folder in file.parents[:3]:
        if (folder / CONFIG_FILE).is_file():
            return folder
    raise UserError(
        f"{file}: there is no {CONFIG_FILE} beside it; a trace is replayed where it was written, "
        f"in the directory of its run"
    )


def _run_of(home: Path) -> Path:
    """Return the run that an evaluation belongs to."""
    return home.parent.parent if home.parent.name == "eval" else home


def _broker(market: "Market") -> Any:
    """Return a fresh broker with the costs of the configuration."""
    plan = market.engine
    broker, params = plan.new_cerebro().broker, plan.params
    # As the strategy does when it is made.
    if params["start_cash"] is not None:
        broker.setcash(params["start_cash"])
    if params["commission"] is not None:
        broker.setcommission(params["commission"], leverage=params["leverage"])
    return broker
