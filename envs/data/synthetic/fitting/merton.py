"""Maximum likelihood of Merton's jump diffusion."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.fitting.errors import standard_errors
from tradegym.envs.data.synthetic.fitting.gbm import fit_gbm
from tradegym.envs.data.synthetic.fitting.goodness import clustering
from tradegym.envs.data.synthetic.fitting.registry import estimator
from tradegym.envs.data.synthetic.fitting.result import Estimate, Found
from tradegym.envs.data.synthetic.fitting.sample import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST_JUMPS = 8  # in one bar; with at most half a jump a bar, more have a chance below 1e-8
_MOST_PER_BAR = 0.5
_THRESHOLDS = (2.0, 3.0, 4.0)


@estimator("merton")
def fit_merton(sample: Sample) -> Found:
    """Maximise the likelihood of the Poisson mixture of normals (Merton 1976; Honore 1998).

    Without limits the likelihood of a mixture is unbounded: the jumps' deviation stays above a
    tenth of the diffusion's in a bar, and there is at most half a jump a bar. Starts from three
    thresholds beyond which a return counts as a jump.
    """
    from scipy.optimize import minimize  # scipy takes a moment to import

    r, number = sample.returns, len(sample.returns)

    def negative(parameters: "NDArray[np.float64]") -> float:
        return -float(log_density(r, *parameters.tolist()).sum())

    def transformed(free: "NDArray[np.float64]") -> float:
        return negative(_bar_parameters(free))

    limits = [(None, None), (None, None), (math.log(1 / number / 10), math.log(_MOST_PER_BAR)),
              (None, None), (math.log(0.1), math.log(100))]  # fmt: skip
    results = [
        minimize(transformed, _start(r, threshold), method="L-BFGS-B", bounds=limits)
        for threshold in _THRESHOLDS
    ]
    best = _bar_parameters(min(results, key=lambda result: float(result.fun)).x)
    mean, size, jumps, jump_mean, jump_size = best.tolist()
    per_year, root = sample.per_year, math.sqrt(sample.per_year)
    scale = np.array([0.05 * size, 0.002 * size, 0.02 * jumps, 0.02 * jump_size, 0.01 * jump_size])
    errors = standard_errors(negative, best, scale)
    growth = jumps * math.expm1(jump_mean + jump_size**2 / 2)
    drift = (mean + size**2 / 2 + growth) * per_year
    drift_error = math.sqrt((size**2 + jumps * (jump_mean**2 + jump_size**2)) / number) * per_year
    likelihood, plain = -negative(best), fit_gbm(sample).log_likelihood
    gain = 2 * (likelihood - (plain or 0.0))
    verdict = "jumps improve the fit" if gain > 11.3 else "jumps do not improve the fit"

    def estimate(value: float, error: float | None, unit: float = 1.0) -> Estimate:
        return Estimate(value * unit, None if error is None else error * unit)

    comparison = (
        f"{verdict} over gbm (twice the gain in log-likelihood is {gain:.1f} for three "
        "parameters; above 11.3 is significant at 1 %)"
    )
    return Found(
        {
            "drift": Estimate(drift, drift_error),
            "volatility": estimate(size, errors[1], root),
            "jump_intensity": estimate(jumps, errors[2], per_year),
            "jump_mean": estimate(jump_mean, errors[3]),
            "jump_volatility": estimate(jump_size, errors[4]),
        },
        likelihood,
        5,
        (
            comparison,
            f"jumps make {_share(size, jumps, jump_mean, jump_size):.0%} of the variance",
            clustering((r - r.mean()) / r.std()),
        ),
    )


def log_density(
    r: "NDArray[np.float64]", mean: float, size: float, jumps: float, jump_mean: float,
    jump_size: float,
) -> "NDArray[np.float64]":  # fmt: skip
    """Return the logarithm of the density of one bar's log return.

    Parameters
    ----------
    r : ndarray of float64, shape [n]
        Log returns.
    mean, size : float
        Mean and deviation of the diffusion in a bar.
    jumps, jump_mean, jump_size : float
        Mean number of jumps in a bar, mean and deviation of their logarithm.
    """
    n = np.arange(_MOST_JUMPS + 1)
    factorial = np.cumprod(np.maximum(n, 1))
    weights = np.exp(-jumps) * jumps**n / factorial
    variance = size**2 + n * jump_size**2
    gap = r[:, np.newaxis] - mean - n * jump_mean
    density = np.exp(-(gap**2) / (2 * variance)) @ (weights / np.sqrt(2 * np.pi * variance))
    result: NDArray[np.float64] = np.log(np.maximum(density, 1e-300))
    return result


def _bar_parameters(free: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Turn unbounded parameters into those of `log_density`."""
    mean, log_size, log_jumps, jump_mean, log_ratio = free.tolist()
    size = math.exp(log_size)
    return np.array(
        [mean * size, size, math.exp(log_jumps), jump_mean * size, size * math.exp(log_ratio)]
    )


def _start(r: "NDArray[np.float64]", threshold: float) -> "NDArray[np.float64]":
    z = (r - np.median(r)) / r.std()
    far = np.abs(z) > threshold
    quiet, loud = r[~far], r[far]
    size = float(quiet.std())
    ratio = max(1.0, float(loud.std()) / size) if len(loud) > 1 else 3.0
    jump_mean = float(loud.mean()) / size if len(loud) else 0.0
    jumps = min(0.4, max(1, len(loud)) / len(r))
    return np.array(
        [float(quiet.mean()) / size, math.log(size), math.log(jumps), jump_mean, math.log(ratio)]
    )


def _share(size: float, jumps: float, jump_mean: float, jump_size: float) -> float:
    of_jumps = jumps * (jump_mean**2 + jump_size**2)
    return of_jumps / (of_jumps + size**2)
