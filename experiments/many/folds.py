"""Every fold of a split: train on each, test on each, and stitch the tests together."""

import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.experiments.many.experiment import Conclusion, Test
from tradegym.experiments.many.job import Job, Outcome
from tradegym.experiments.many.reading import AGENT, called, read_episodes
from tradegym.experiments.many.stitching import Piece, Stitched, Tables, rows_of, stitch

if TYPE_CHECKING:
    import pandas as pd

    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.run import Config
    from tradegym.envs.build import EnvBuilder
    from tradegym.envs.data.splits import Fold

_Read = Callable[[Path, str], list[Tables]]

FIRST = 0

#: Accounts in the picture; more than a few curves hide each other.
_DRAWN = (AGENT, "buy_and_hold", "sma_cross", "volatility_target")
_QUANTILES = {"q05": 0.05, "median": 0.5, "q95": 0.95}


@dataclass(frozen=True, slots=True)
class Path_:  # noqa: N801  Path is the file system's
    """A way through time made of tests of several folds.

    Attributes
    ----------
    stretches : tuple of (int, range)
        Number of the fold and bars of the dataset, in order of time.
    """

    stretches: tuple[tuple[int, range], ...]


def paths_of(folds: "Sequence[Fold]") -> list[Path_]:
    """Return the paths that the tests of the folds make: one, or several if combinatorial."""
    from tradegym.envs.data.splits import backtest_paths

    paths = backtest_paths(folds)
    if not paths:
        return [Path_(tuple((fold.number, fold.test[0]) for fold in folds))]
    tested = {
        (fold.number, group): rows
        for fold in folds
        for group, rows in zip(fold.groups, fold.test, strict=True)
    }
    return [Path_(tuple((fold, tested[fold, group]) for fold, group in path)) for path in paths]


class Folds:
    """Trains and tests every fold of a split."""

    noun = "fold"
    file = "folds.json"

    def first(self, config: "Config") -> Job:
        """Return the job of fold 0."""
        if config.eval.episodes != 1:
            raise UserError(
                f"eval.episodes: {config.eval.episodes} random episodes of each fold cannot be "
                f"stitched together; allowed with split.fold=all: 1, the whole test period"
            )
        return _job(config, FIRST)

    def jobs(self, resolved: "Resolved", builder: "EnvBuilder") -> list[Job]:
        """Return one job for each fold."""
        folds = _folds(resolved, builder)
        for before, after in itertools.pairwise(folds):
            if not after.groups and after.test[0].start < before.test[0].stop:
                raise UserError(
                    f"split.stride: {resolved.config.split.stride} lets the test periods of folds "
                    f"{before.number} and {after.number} overlap, and such tests cannot be "
                    f"stitched; allowed with split.fold=all: at least split.test_length="
                    f"{resolved.config.split.test_length}"
                )
        return [_job(resolved.config, fold.number) for fold in folds]

    def conclude(
        self, resolved: "Resolved", builder: "EnvBuilder", outcomes: Sequence[Outcome]
    ) -> Conclusion:
        """Stitch the tests of all folds, if all have finished, and measure the result."""
        content = self.partial(resolved, outcomes)
        _add_periods(content, _folds(resolved, builder), builder)
        if not all(one.finished for one in outcomes):
            return Conclusion(content, warnings=(content["warning"],))
        return _conclude(content, resolved, builder, outcomes)

    def partial(self, resolved: "Resolved", outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """Return the content of ``folds.json`` without a stitched account."""
        missing = [one.job.label for one in outcomes if not one.finished]
        warning = None
        if missing:
            warning = f"{', '.join(missing)} did not finish, so that nothing can be stitched"
        return {
            "folds": [
                {
                    "fold": number,
                    "run": None if one.run is None else one.run.name,
                    "status": one.ending,
                    "error": one.error,
                    "metrics": one.test.get(AGENT, {}),
                    "baselines": {key: one.test[key] for key in one.test if key != AGENT},
                }
                for number, one in enumerate(outcomes)
            ],
            "stitched": None,
            "baselines": {},
            "paths": [],
            "distribution": {},
            "statistic": None,
            "warning": warning,
        }


def _conclude(
    content: dict[str, Any],
    resolved: "Resolved",
    builder: "EnvBuilder",
    outcomes: Sequence[Outcome],
) -> Conclusion:
    from tradegym.experiments.many.plot_folds import plot_paths, plot_stitched
    from tradegym.experiments.recording import agent_name

    paths = paths_of(_folds(resolved, builder))
    runs = [one.run for one in outcomes]
    names = list(outcomes[0].test)
    read = functools.cache(read_episodes)  # the paths share the folds
    accounts = [
        {name: _stitched(path, runs, name, builder, read) for name in names} for path in paths
    ]  # by path, then by agent
    impossible = int(sum(one.test[AGENT].get("impossible") or 0 for one in outcomes))
    tests = [_measure(found, impossible if len(paths) == 1 else None) for found in accounts]
    test = tests[0] if len(paths) == 1 else median_test(tests)
    statistic = "one path" if len(paths) == 1 else f"median of {len(paths)} paths"
    content["stitched"] = test[AGENT]
    content["baselines"] = {key: test[key] for key in test if key != AGENT}
    content["statistic"] = statistic
    content["paths"] = [
        {
            "path": number,
            "folds": [fold for fold, _ in path.stretches],
            "metrics": found[AGENT],
            "baselines": {key: found[key] for key in found if key != AGENT},
        }
        for number, (path, found) in enumerate(zip(paths, tests, strict=True))
    ]
    content["distribution"] = distribution([found[AGENT] for found in tests])
    name = agent_name(resolved)
    title = f"{name} on {builder.dataset.name}, {resolved.config.split.kind.replace('_', ' ')}"
    first = {called(key, name): accounts[0][key].record for key in _DRAWN if key in accounts[0]}
    if len(paths) == 1:
        figure = plot_stitched(first, accounts[0][AGENT].folds, f"{title}: out-of-sample equity")
    else:
        agents = [found[AGENT].record for found in accounts]
        figure = plot_paths(agents, first, f"{title}: {len(paths)} out-of-sample paths", name)
    return Conclusion(
        content,
        test=test,
        statistic="stitched out-of-sample account" + ("" if len(paths) == 1 else f", {statistic}"),
        tables={"stitched.parquet": _table(accounts)},
        figures={"stitched.png": figure},
    )


def _stitched(
    path: Path_, runs: Sequence[Path | None], agent: str, builder: "EnvBuilder", read: _Read
) -> Stitched:
    pieces = []
    for fold, rows in path.stretches:
        run = runs[fold]
        assert run is not None
        pieces.append(Piece(fold, rows, _episode(read(run, agent), rows, builder)))
    return stitch(pieces, builder)


def _episode(episodes: Sequence[Tables], rows: range, builder: "EnvBuilder") -> Tables:
    """Return the episode that was played on these bars: the last that begins before their end."""
    begun = [one for one in episodes if rows_of(one.bars["time"][:1], builder)[0] < rows.stop]
    return begun[-1]


def _measure(accounts: Mapping[str, Stitched], impossible: int | None) -> Test:
    from tradegym.experiments.metrics import compute_metrics

    market = accounts.get("buy_and_hold")
    benchmark = None if market is None else market.record
    return {
        name: compute_metrics(
            one.record, impossible if name == AGENT else None, benchmark=benchmark
        ).as_dict()
        for name, one in accounts.items()
    }


def median_test(tests: Sequence[Test]) -> Test:
    """Return the median of each metric over paths; undefined where no path has a value."""
    return {
        agent: {name: _median([one[agent].get(name) for one in tests]) for name in metrics}
        for agent, metrics in tests[0].items()
    }


def distribution(
    paths: Sequence[Mapping[str, float | None]],
) -> dict[str, dict[str, float | int | None]]:
    """Return how each metric is spread over paths.

    Parameters
    ----------
    paths : sequence of mapping
        Metrics of each path.

    Returns
    -------
    dict
        By metric: ``n`` (paths with a value), ``mean``, ``std`` (``ddof=1``), ``min``, ``q05``,
        ``median``, ``q95``, ``max`` and ``below_zero`` (a share); None where undefined.
    """
    found: dict[str, dict[str, float | int | None]] = {}
    for name in paths[0]:
        known = np.array([one[name] for one in paths if one.get(name) is not None], dtype=float)
        n = len(known)
        found[name] = {
            "n": n,
            "mean": float(known.mean()) if n else None,
            "std": float(known.std(ddof=1)) if n > 1 else None,
            "min": float(known.min()) if n else None,
            "max": float(known.max()) if n else None,
            "below_zero": float(np.mean(known < 0)) if n else None,
            **{
                key: float(np.quantile(known, level)) if n else None
                for key, level in _QUANTILES.items()
            },
        }
    return found


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def _table(accounts: Sequence[Mapping[str, Stitched]]) -> "pd.DataFrame":
    """Return ``time``, ``equity`` of the agent, ``fold``, ``path`` and the baselines' equity."""
    import pandas as pd

    frames = []
    for number, found in enumerate(accounts):
        agent = found[AGENT]
        columns = {
            "time": agent.record.bars["time"],
            "equity": agent.record.bars["equity"],
            "fold": agent.folds,
            "path": number,
        }
        for name, one in found.items():
            if name != AGENT:
                columns[name] = one.record.bars["equity"]
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def _add_periods(content: dict[str, Any], folds: "Sequence[Fold]", builder: "EnvBuilder") -> None:
    times = builder.dataset.times
    for entry, fold in zip(content["folds"], folds, strict=True):
        periods = [[str(times[row])[:19] for row in (one[0], one[-1])] for one in fold.test]
        entry["test"] = [periods[0][0], periods[-1][1]]
        if len(periods) > 1:
            entry["periods"] = periods


def _folds(resolved: "Resolved", builder: "EnvBuilder") -> "list[Fold]":
    from tradegym.envs.build import decision_reach
    from tradegym.envs.data.splits import make_folds

    reach = decision_reach(resolved, builder.dataset)
    return make_folds(resolved.config.split, builder.dataset, reach.lookback, reach.horizon)


def _job(config: "Config", fold: int) -> Job:
    return Job(f"fold {fold}", (f"split.fold={fold}", f"name={config.name}-fold{fold}"))
