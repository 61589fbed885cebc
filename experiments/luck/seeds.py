"""What several seeds of one configuration say together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tradegym.experiments.luck.bootstrap import Floats
from tradegym.experiments.luck.interval import Interval, percentile_interval
from tradegym.experiments.luck.sharpe import NORMAL

#: Under so many seeds a bootstrap interval holds the truth too rarely: 76 % instead of 95 % for
#: 3 seeds, 90 % for 5.
ENOUGH_SEEDS = 10

_REPS = 10_000


@dataclass(frozen=True, slots=True)
class SeedSummary:
    """One metric over the seeds of a configuration.

    Attributes
    ----------
    iqm : float or None
        Interquartile mean.
    mean, std, min, max : float or None
        ``std`` with ``ddof=1``, None for one seed.
    n : int
        Seeds with a value.
    interval : Interval or None
        Of the IQM by bootstrap from 10 seeds on, else of the mean by Student's t.
    warning : str or None
        Why the interval says less than it seems.
    """

    iqm: float | None
    mean: float | None
    std: float | None
    min: float | None
    max: float | None
    n: int
    interval: Interval | None
    warning: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values by name, with ``low``, ``high`` and ``method`` of the interval."""
        ends = self.interval
        return {
            "iqm": self.iqm,
            "low": None if ends is None else ends.low,
            "high": None if ends is None else ends.high,
            "level": None if ends is None else ends.level,
            "method": None if ends is None else ends.method,
            "mean": self.mean,
            "std": self.std,
            "min": self.min,
            "max": self.max,
            "n": self.n,
        }


def iqm(values: Floats | Sequence[float]) -> float | None:
    """Return the interquartile mean.

    Parameters
    ----------
    values : array_like
        Scores, of any shape; all of them count alike.

    Returns
    -------
    float or None
        Mean without the lowest and the highest quarter, ``floor(n / 4)`` values each; None
        without values or with one that is not finite.

    References
    ----------
    R. Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice,
    NeurIPS 2021.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    if not len(flat) or not np.all(np.isfinite(flat)):
        return None
    return float(_iqms(flat[None, :])[0])


def _iqms(rows: Floats) -> Floats:
    """Return the interquartile mean of each row, shape [R] of [R, n]."""
    cut = rows.shape[-1] // 4
    middle = np.sort(rows, axis=-1)[..., cut : rows.shape[-1] - cut]
    means: Floats = middle.mean(axis=-1)
    return means


def stratified_bootstrap_interval(
    scores: Floats | Sequence[float],
    level: float = 0.95,
    reps: int = _REPS,
    seed: int = 0,
    *,
    widened: bool = True,
) -> Interval | None:
    """Return the bootstrap interval of the interquartile mean.

    Parameters
    ----------
    scores : array_like
        One per seed, shape [n], or per seed and market, shape [n, M]. The seeds of each market
        are drawn apart, so that every market keeps its weight.
    level : float
    reps : int
        Resamples.
    seed : int
    widened : bool
        Correct for the bootstrap's spread, which is too small by ``sqrt((n - 1) / n)`` for n
        seeds: take the percentiles of ``z sqrt(n / (n - 1))`` for those of the normal quantile z.
        For 10 seeds 95 % is then true; plain percentiles hold the truth in 93.5 %.

    Returns
    -------
    Interval or None
        Percentiles; None under 2 seeds or with a value that is not finite.

    References
    ----------
    Agarwal et al. 2021, as for `iqm`. T. Hesterberg, What Teachers Should Know about the Bootstrap,
    The American Statistician 69(4), 2015, 371-386 (narrowness bias).
    """
    table = np.asarray(scores, dtype=np.float64)
    table = table[:, None] if table.ndim == 1 else table
    if len(table) < 2 or not table.size or not np.all(np.isfinite(table)):
        return None
    rows = np.random.default_rng(seed).integers(len(table), size=(reps, *table.shape))
    drawn = table[rows, np.arange(table.shape[1])].reshape(reps, -1)
    method = f"stratified bootstrap of the interquartile mean, {reps} resamples, percentiles"
    if not widened:
        return percentile_interval(_iqms(drawn), level, method)
    reach = NORMAL.inv_cdf((1 + level) / 2) * math.sqrt(len(table) / (len(table) - 1))
    found = percentile_interval(_iqms(drawn), 2 * NORMAL.cdf(reach) - 1, f"{method}, widened")
    return None if found is None else replace(found, level=level)


def t_interval(values: Floats | Sequence[float], level: float = 0.95) -> Interval | None:
    """Return the interval of the mean of a few independent values.

    Parameters
    ----------
    values : array_like
        Shape [n].
    level : float

    Returns
    -------
    Interval or None
        ``mean -+ t std(ddof=1) / sqrt(n)`` with the quantile t of ``n - 1`` degrees of freedom;
        None under 2 values or with one that is not finite.

    References
    ----------
    Student, The Probable Error of a Mean, Biometrika 6(1), 1908, 1-25.
    """
    known = np.asarray(values, dtype=np.float64)
    if len(known) < 2 or not np.all(np.isfinite(known)):
        return None
    from scipy.special import stdtrit

    half = float(stdtrit(len(known) - 1, (1 + level) / 2))
    half *= float(np.std(known, ddof=1)) / math.sqrt(len(known))
    mean = float(np.mean(known))
    return Interval(mean - half, mean + half, level, f"Student's t of the mean, {len(known)} seeds")


def summarise_seeds(
    values: Sequence[float | None], level: float = 0.95, seed: int = 0
) -> SeedSummary:
    """Summarise one metric over seeds.

    Parameters
    ----------
    values : sequence of float or None
        One per seed; undefined ones are left out and said.
    level : float
    seed : int
        Of the bootstrap.
    """
    known = np.array([one for one in values if one is not None and math.isfinite(one)])
    n = len(known)
    warnings = []
    if n < len(values):
        warnings.append(f"undefined for {len(values) - n} of {len(values)} seeds")
    if n < ENOUGH_SEEDS:
        warnings.append(
            f"{n} {'seed is' if n == 1 else 'seeds are'} too few for a bootstrap interval: "
            + (
                "the interval is Student's t of the mean, and wide"
                if n > 1
                else "there is no interval"
            )
        )
    interval = t_interval(known, level)
    if n >= ENOUGH_SEEDS:
        interval = stratified_bootstrap_interval(known, level, seed=seed)
    return SeedSummary(
        iqm=iqm(known),
        mean=float(known.mean()) if n else None,
        std=float(known.std(ddof=1)) if n > 1 else None,
        min=float(known.min()) if n else None,
        max=float(known.max()) if n else None,
        n=n,
        interval=interval,
        warning="; ".join(warnings) or None,
    )


def probability_of_improvement(
    first: Floats | Sequence[float], second: Floats | Sequence[float]
) -> float | None:
    """Return the probability that a seed of the first beats one of the second.

    Parameters
    ----------
    first, second : array_like
        Scores of the seeds, shape [n] and [m], or per seed and market, shape [n, M] and [m, M].

    Returns
    -------
    float or None
        Share of the pairs in which the first is higher, a tie counting half (the Mann-Whitney U
        over ``n m``), its mean over the markets; None without pairs or with a value that is not
        finite.

    References
    ----------
    Agarwal et al. 2021, as for `iqm`.
    """
    one, other = _table(first), _table(second)
    if not one.size or not other.size or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return None
    return float(_improvement(one[None], other[None])[0])


def improvement_interval(
    first: Floats | Sequence[float],
    second: Floats | Sequence[float],
    level: float = 0.95,
    reps: int = 2000,
    seed: int = 0,
) -> Interval | None:
    """Return the stratified bootstrap interval of `probability_of_improvement`.

    Parameters
    ----------
    first, second : array_like
        As for `probability_of_improvement`.
    level : float
    reps : int
        Resamples.
    seed : int

    Returns
    -------
    Interval or None
        Percentiles; None under 2 seeds of the first. A single score of the second, such as that
        of a rule without chance, is taken as exact.
    """
    one, other = _table(first), _table(second)
    if len(one) < 2 or not other.size:
        return None
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return None
    rng, markets = np.random.default_rng(seed), np.arange(one.shape[1])
    drawn = one[rng.integers(len(one), size=(reps, *one.shape)), markets]
    against = other[rng.integers(len(other), size=(reps, *other.shape)), markets]
    method = f"stratified bootstrap, {reps} resamples, percentiles"
    return percentile_interval(_improvement(drawn, against), level, method)


def _table(scores: Floats | Sequence[float]) -> Floats:
    table = np.asarray(scores, dtype=np.float64)
    return table[:, None] if table.ndim == 1 else table


def _improvement(first: Floats, second: Floats) -> Floats:
    """Return the mean over markets of the share of pairs won, shape [R] of [R, n, M]."""
    gaps = first[:, :, None, :] - second[:, None, :, :]
    won: Floats = np.mean((gaps > 0) + 0.5 * (gaps == 0), axis=(1, 2, 3))
    return won
