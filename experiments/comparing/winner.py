"""Whether the best of the compared runs was picked by luck."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import RunFailed
from tradegym.experiments.comparing.configurations import Configuration, find_configurations
from tradegym.experiments.comparing.lining import line_up
from tradegym.experiments.comparing.stored import StoredRun, number
from tradegym.experiments.luck.selection import Selection, judge_selection
from tradegym.experiments.luck.selection_verdict import judge_winner
from tradegym.experiments.trials import TrialCount, count

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[np.float64]]

#: The benchmark unless another is named: fixed before any run was looked at.
BENCHMARK = "buy_and_hold"

#: Entries that stand for the benchmark's series beside those of the configurations.
_HELD = "\0held "


@dataclass(frozen=True, slots=True)
class Winner:
    """What the choice among the compared runs is worth.

    Attributes
    ----------
    case, text : str
        Verdict, see `judge_winner`; the case is ``untested`` if nothing could be worked out.
    configurations : tuple of Configuration
        All that were compared, the benchmark among them if it is a run.
    against : str
        Label of the benchmark.
    part : str
        Part of the data: ``test``, or what the evaluations played.
    selection : Selection or None
    ledger : TrialCount
        What the ledgers of the runs know of the data.
    notes : tuple of str
        What a reader has to know.
    """

    case: str
    text: str
    configurations: tuple[Configuration, ...]
    against: str
    part: str
    selection: Selection | None
    ledger: TrialCount = field(default_factory=TrialCount)
    notes: tuple[str, ...] = ()


def find_winner(
    runs: Mapping[str, StoredRun],
    *,
    same_bars: bool,
    against: StoredRun | None,
    baseline: str | None,
    per_year: float,
) -> Winner:
    """Judge the choice of the best of the compared runs; see `judge_selection`.

    Parameters
    ----------
    runs : mapping of str to StoredRun
        By label.
    same_bars : bool
        Whether all were evaluated on the same bars of the same data.
    against : StoredRun or None
        The run that was named as the baseline: it is the benchmark and cannot be the winner.
    baseline : str or None
        Name of a recorded baseline that is the benchmark; each configuration is held against its
        own recording, which paid the same costs. With neither, it is `BENCHMARK` where all have
        recorded it, else the first run, which could have been the winner too.
    per_year : float
        Bars in a year.
    """
    found = find_configurations(runs)
    first = next(iter(runs.values()))
    part, notes = first.split, [_missing(one) for one in found if one.missing]
    if not same_bars:
        text = (
            "Whether the winner is luck cannot be told: the runs were not tested on the same bars"
        )
        return Winner("untested", f"{text}.", tuple(found), baseline or "", part, None)
    agents = {one.label: one.series() for one in found}
    usable = [one for one in found if agents[one.label]]
    left = [one.label for one in found if not agents[one.label]]
    if left:
        notes.append(f"without returns, and not among the configurations: {', '.join(left)}")
    rival = _rival(usable, runs, against)
    held = {one.label: one.series(baseline or BENCHMARK) for one in usable}
    if against is None and baseline is None:
        if all(held.values()):
            baseline = BENCHMARK
        else:
            rival = usable[0] if usable else None
    label = baseline if baseline is not None else rival.label if rival is not None else ""
    candidates = [one for one in usable if against is None or one is not rival]
    if not candidates:
        text = (
            f"Whether the winner is luck cannot be told: no run has returns to hold against {label}"
        )
        return Winner("untested", f"{text}.", tuple(found), label, part, None, notes=tuple(notes))
    series = {one.label: agents[one.label] for one in usable}
    if baseline is not None:
        series |= {_HELD + name: one for name, one in held.items() if one}
    bars = line_up(series)
    returns, gains = _split(bars.returns, candidates, rival, baseline)
    broken = [one for one, values in returns.items() if not np.all(np.isfinite(values))]
    if broken:
        notes.append(f"with returns that are no numbers, and left out: {', '.join(broken)}")
        returns = {key: one for key, one in returns.items() if key not in broken}
        gains = {key: one for key, one in gains.items() if key not in broken}
    trials = _ledger(runs, first, notes)
    selection = judge_selection(
        returns,
        gains,
        per_year,
        trials,
        risk_free=number(first.value("eval.risk_free")) or 0.0,
    )
    ended = [one for one in bars.ended if not one.startswith(_HELD)]
    notes += _remarks(candidates, gains, label, ended)
    verdict = judge_winner(selection, readable(label), part)
    return Winner(
        verdict.case, verdict.text, tuple(found), label, part, selection, trials, tuple(notes)
    )


def readable(label: str) -> str:
    """Return what a benchmark is called in a sentence."""
    from tradegym.experiments.baselines import BASELINES

    return BASELINES[label].label if label in BASELINES else label


def _missing(one: Configuration) -> str:
    noun = "seed has" if one.missing == 1 else "seeds have"
    return f"{one.label}: {one.missing} {noun} no returns and is not in its mean"


def _rival(
    configurations: list[Configuration], runs: Mapping[str, StoredRun], against: StoredRun | None
) -> Configuration | None:
    """Return the configuration of the run that is the benchmark."""
    labels = [
        label for label, run in runs.items() if against is not None and run.path == against.path
    ]
    return next((one for one in configurations if set(labels) & set(one.runs)), None)


def _split(
    lined: "Arrays",
    candidates: list[Configuration],
    rival: Configuration | None,
    baseline: str | None,
) -> "tuple[Arrays, Arrays]":
    """Return the returns of the candidates, and what they gained above the benchmark."""
    returns = {one.label: lined[one.label] for one in candidates}
    if baseline is not None:
        held = {label: lined.get(_HELD + label) for label in returns}
        return returns, {
            label: returns[label] - one for label, one in held.items() if one is not None
        }
    if rival is None:
        return returns, {}
    return returns, {
        label: values - lined[rival.label]
        for label, values in returns.items()
        if label != rival.label
    }


def _ledger(runs: Mapping[str, StoredRun], first: StoredRun, notes: list[str]) -> TrialCount:
    """Count the trials in the ledgers of the folders that hold the runs."""
    roots = list(dict.fromkeys(_root(run) for run in runs.values()))
    try:
        return count(roots[0], str(first.dataset.get("sha256") or ""), *roots[1:])
    except RunFailed as error:
        notes.append(f"the ledger of trials cannot be read: {error}")
        return TrialCount()


def _root(run: StoredRun) -> Path:
    below = run.path.parent.name == "eval" and "/" in run.id
    return run.path.parents[2] if below else run.path.parent


def _remarks(
    candidates: list[Configuration],
    gains: Mapping[str, object],
    label: str,
    ended: list[str],
) -> list[str]:
    notes = []
    several = [one for one in candidates if len(one.seeds) > 1]
    if several:
        counts = sorted({len(one.seeds) for one in candidates})
        text = " to ".join(str(one) for one in dict.fromkeys((counts[0], counts[-1])))
        notes.append(
            f"seeds are no configurations: each configuration is the mean over its seeds' returns, "
            f"bar by bar ({text} seeds)"
        )
        if len(counts) > 1:
            notes.append(
                "the configurations have different numbers of seeds: the mean of more seeds swings "
                "less, which flatters its Sharpe ratio"
            )
    if ended:
        notes.append(
            f"ended before the others, by ruin or a limit, and earned nothing from then on: "
            f"{', '.join(ended)}"
        )
    untested = [one.label for one in candidates if one.label not in gains and one.label != label]
    if untested and gains:
        notes.append(f"not held against {label}, which they did not record: {', '.join(untested)}")
    return notes
