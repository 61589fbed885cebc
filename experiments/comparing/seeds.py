"""Differences between experiments of several seeds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tradegym.experiments.luck.bootstrap import Floats

_DRAWS = 5000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class SeedTest:
    """Difference of one metric between two sets of seeds; what is undefined is None.

    Attributes
    ----------
    difference : float or None
        Of the interquartile means, first minus second.
    low, high : float or None
        Ends of its 95 % interval.
    improvement, improvement_low, improvement_high : float or None
        Probability that a seed of the first has a higher value than one of the second, and its
        95 % interval.
    p : float or None
        Two-sided p-value of the Mann-Whitney test, which belongs to that probability.
    seeds : tuple of int
        Number of values on each side.
    method : str
        How the interval was made.
    """

    difference: float | None
    low: float | None
    high: float | None
    improvement: float | None
    improvement_low: float | None
    improvement_high: float | None
    p: float | None
    seeds: tuple[int, int]
    method: str


def compare_seeds(first: Sequence[float], second: Sequence[float]) -> SeedTest:
    """Compare a metric of two sets of independent seeds.

    From 10 seeds a side, the interval is that of percentiles of a bootstrap that draws seeds on
    each side; with fewer its coverage is poor, and Welch's t-interval of the difference of the
    means stands in its place.

    Parameters
    ----------
    first, second : sequence of float
        One value for each seed, the higher the better. A single value of the second, such as that
        of a rule without chance, is taken as exact.

    References
    ----------
    R. Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice,
    NeurIPS 2021 (interquartile mean, probability of improvement). B. L. Welch, Biometrika
    34(1/2), 1947, 28-35. H. B. Mann and D. R. Whitney, Annals of Mathematical Statistics 18(1),
    1947, 50-60.
    """
    from scipy.stats import mannwhitneyu

    from tradegym.experiments.luck.seeds import (
        ENOUGH_SEEDS,
        improvement_interval,
        iqm,
        probability_of_improvement,
    )

    seeds = (len(first), len(second))
    if not all(seeds):
        return SeedTest(None, None, None, None, None, None, None, seeds, "")
    one, other = (np.asarray(values, dtype=np.float64) for values in (first, second))
    middles = iqm(one), iqm(other)
    difference = None if middles[0] is None or middles[1] is None else middles[0] - middles[1]
    ends = improvement_interval(one, other)
    if min(seeds) < ENOUGH_SEEDS:
        low, high, method = *_welch(one, other), "Welch's t-interval of the means"
    else:
        low, high, method = *_bootstrap(one, other), "percentile bootstrap of the seeds"
    return SeedTest(
        difference,
        low,
        high,
        probability_of_improvement(one, other),
        None if ends is None else ends.low,
        None if ends is None else ends.high,
        float(mannwhitneyu(one, other).pvalue) if min(seeds) > 1 else None,
        seeds,
        method if low is not None else "",
    )


def _welch(one: Floats, other: Floats) -> tuple[float | None, float | None]:
    from scipy.stats import t

    if min(len(one), len(other)) < 2:
        return None, None
    parts = [float(np.var(values, ddof=1)) / len(values) for values in (one, other)]
    variance = sum(parts)
    middle = float(np.mean(one) - np.mean(other))
    if variance <= 0:
        return middle, middle
    weights = sum(
        part**2 / (len(values) - 1) for part, values in zip(parts, (one, other), strict=True)
    )
    reach = float(t.ppf((1 + _LEVEL) / 2, variance**2 / weights)) * math.sqrt(variance)
    return middle - reach, middle + reach


def _bootstrap(one: Floats, other: Floats) -> tuple[float, float]:
    from scipy.stats import trim_mean

    generator = np.random.default_rng(0)
    sides = [
        trim_mean(values[generator.integers(len(values), size=(_DRAWS, len(values)))], 0.25, axis=1)
        for values in (one, other)
    ]
    low, high = np.quantile(sides[0] - sides[1], [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2])
    return float(low), float(high)
