"""Maximum likelihood of two regimes, by expectation maximisation."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.fitting.errors import standard_errors
from tradegym.envs.data.synthetic.fitting.gbm import fit_gbm
from tradegym.envs.data.synthetic.fitting.registry import estimator
from tradegym.envs.data.synthetic.fitting.result import Estimate, Found
from tradegym.envs.data.synthetic.fitting.sample import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_ROUNDS = 500
_PRECISION = 1e-7
_WINDOW = 21


@estimator("regimes")
def fit_regimes(sample: Sample) -> Found:
    """Fit a Markov chain of two normal regimes by EM (Hamilton 1990).

    The regime with the lower volatility is called bull, the other bear. The first regime has the
    chain's stationary distribution. The rounds start from high and low volatility over 21 bars.
    """
    r = sample.returns
    best, likelihood = _maximise(r)

    def negative(parameters: "NDArray[np.float64]") -> float:
        return -_filter(r, parameters)[0]

    sizes, leave = best[2:4], best[4:]
    scale = np.concatenate([0.02 * sizes, 0.002 * sizes, 0.02 * leave])
    errors = standard_errors(negative, best, scale)
    per_year = sample.per_year
    found: dict[str, Estimate] = {}
    for i, name in enumerate(("bull", "bear")):
        mean, size, chance = (float(best[k + i]) for k in (0, 2, 4))
        mean_error, size_error, chance_error = (errors[k + i] for k in (0, 2, 4))
        found[f"regimes.{name}.drift"] = Estimate(
            (mean + size**2 / 2) * per_year, _times(mean_error, per_year)
        )
        found[f"regimes.{name}.volatility"] = Estimate(
            size * math.sqrt(per_year), _times(size_error, math.sqrt(per_year))
        )
        found[f"regimes.{name}.duration"] = Estimate(
            1 / chance, _times(chance_error, 1 / chance**2)
        )
    smooth = _smooth(*_filter(r, best)[1:])
    sure = float((np.abs(smooth - 0.5) > 0.4).mean())
    gain = 2 * (likelihood - (fit_gbm(sample).log_likelihood or 0.0))
    comparison = (
        f"twice the gain in log-likelihood over gbm is {gain:.1f} for four parameters (as a guide: "
        "above 15 is more than chance)"
    )
    clarity = (
        f"{sure:.0%} of the bars belong to one regime with a chance above 90 %; "
        f"{float(smooth.mean()):.0%} of the time is bull, the regime of lower volatility"
    )
    return Found(found, likelihood, 6, (comparison, clarity))


def _times(error: float | None, factor: float) -> float | None:
    return None if error is None else error * factor


def _maximise(r: "NDArray[np.float64]") -> "tuple[NDArray[np.float64], float]":
    """Return (mean, mean, size, size, chance to leave, chance to leave) and the likelihood."""
    window = min(_WINDOW, len(r) // 4)
    level = np.convolve(np.abs(r - r.mean()), np.ones(window) / window, mode="same")
    quiet = level < np.quantile(level, 0.6)
    best = np.array(
        [r[quiet].mean(), r[~quiet].mean(), r[quiet].std(), r[~quiet].std(), 0.02, 0.03]
    )
    last = -math.inf
    for _ in range(_MOST_ROUNDS):
        likelihood, known, expected, leave = _filter(r, best)
        if likelihood - last < _PRECISION * abs(likelihood):
            break
        last = likelihood
        best = _improve(r, known, expected, leave)
    if best[2] > best[3]:
        best = best[[1, 0, 3, 2, 5, 4]]
    return best, _filter(r, best)[0]


def _filter(
    r: "NDArray[np.float64]", parameters: "NDArray[np.float64]"
) -> "tuple[float, NDArray[np.float64], NDArray[np.float64], tuple[float, float]]":
    """Run Hamilton's filter.

    Returns
    -------
    likelihood : float
        Logarithm.
    known, expected : ndarray of float64, shape [n]
        Chance of the first regime given the returns up to this bar, and up to the one before.
    leave : tuple of float
        Chance to leave each regime.
    """
    mean, size = parameters[:2, np.newaxis], parameters[2:4, np.newaxis]
    first, second = (
        np.exp(-0.5 * ((r - mean) / size) ** 2) / (size * math.sqrt(2 * math.pi)) + 1e-300
    ).tolist()
    out_1, out_2 = parameters[4:].tolist()
    chance = out_2 / (out_1 + out_2)
    stay = 1 - out_1 - out_2
    known, expected, total = [], [], []
    for a, b in zip(first, second, strict=True):
        expected.append(chance)
        joint = a * chance
        density = joint + b * (1 - chance)
        total.append(density)
        chance = joint / density
        known.append(chance)
        chance = out_2 + stay * chance
    likelihood = float(np.log(total).sum())
    return likelihood, np.array(known), np.array(expected), (out_1, out_2)


def _smooth(
    known: "NDArray[np.float64]", expected: "NDArray[np.float64]", leave: tuple[float, float]
) -> "NDArray[np.float64]":
    """Return the chance of the first regime given all returns (Kim 1994), shape [n]."""
    out_1, _ = leave
    chance = float(known[-1])
    smooth = [chance]
    for now, next_ in zip(known[-2::-1].tolist(), expected[:0:-1].tolist(), strict=True):
        to_first = chance / next_
        to_second = (1 - chance) / (1 - next_)
        chance = now * ((1 - out_1) * to_first + out_1 * to_second)
        smooth.append(chance)
    return np.array(smooth[::-1])


def _improve(
    r: "NDArray[np.float64]",
    known: "NDArray[np.float64]",
    expected: "NDArray[np.float64]",
    leave: tuple[float, float],
) -> "NDArray[np.float64]":
    """Do one round of EM."""
    smooth = _smooth(known, expected, leave)
    ratio = (1 - smooth[1:]) / (1 - expected[1:])
    left_1 = known[:-1] * leave[0] * ratio  # from the first regime to the second
    left_2 = smooth[1:] / expected[1:] * (1 - known[:-1]) * leave[1]
    weights = np.stack([smooth, 1 - smooth])
    share = weights.sum(axis=1)
    mean = weights @ r / share
    size = np.sqrt((weights * (r - mean[:, np.newaxis]) ** 2).sum(axis=1) / share)
    chances = np.array([left_1.sum() / smooth[:-1].sum(), left_2.sum() / (1 - smooth[:-1]).sum()])
    size = np.maximum(size, 0.01 * r.std())  # a regime of one bar has unbounded likelihood
    return np.concatenate([mean, size, np.clip(chances, 1e-5, 0.999)])
