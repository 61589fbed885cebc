"""Intervals of a run's metrics: those that its evaluation kept, else drawn again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradegym.experiments.comparing.stored import AGENT, StoredRun, number, read_json

if TYPE_CHECKING:
    from tradegym.experiments.comparing.series import Series

LUCK_FILE = "luck.json"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A metric with its interval; what is undefined is None.

    Attributes
    ----------
    value, low, high : float or None
    method : str
        How the interval was made; empty without one.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = ""


def stored_intervals(run: StoredRun, who: str = AGENT) -> dict[str, Estimate]:
    """Return the intervals in the ``luck.json`` of a run's evaluation, without the values."""
    folder = run.folder
    listed = {} if folder is None else read_json(folder / LUCK_FILE).get("intervals")
    found = listed.get(who) if isinstance(listed, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {str(name): _estimate(entry) for name, entry in found.items() if _is_interval(entry)}


def seed_intervals(run: StoredRun) -> dict[str, Estimate]:
    """Return the intervals over the seeds of a run that is made of several."""
    summary = run.many.get("summary")
    if not isinstance(summary, Mapping):
        return {}
    return {str(name): _estimate(entry) for name, entry in summary.items() if _is_interval(entry)}


def bootstrap_intervals(
    series: "Series", per_year: float, metrics: Collection[str]
) -> dict[str, Estimate]:
    """Return 95 % block bootstrap intervals of the metrics that are made of returns alone.

    Parameters
    ----------
    series : Series
    per_year : float
        Bars in a year.
    metrics : collection of str
        Those that are wanted.
    """
    from tradegym.experiments.luck.headline import headline_intervals

    return {
        name: Estimate(None, ends.low, ends.high, ends.method)
        for name, ends in headline_intervals(series.returns, per_year).items()
        if name in metrics and ends is not None
    }


def _estimate(entry: Mapping[str, Any]) -> Estimate:
    return Estimate(
        None, number(entry["low"]), number(entry["high"]), str(entry.get("method") or "")
    )


def _is_interval(entry: Any) -> bool:
    return isinstance(entry, Mapping) and number(entry.get("low")) is not None and "high" in entry
