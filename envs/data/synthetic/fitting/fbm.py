"""Hurst exponent and volatility of fractional Brownian motion."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.data.synthetic.fitting.registry import estimator
from tradegym.envs.data.synthetic.fitting.result import Estimate, Found
from tradegym.envs.data.synthetic.fitting.sample import Sample
from tradegym.envs.data.synthetic.models.fbm import covariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LONGEST_EXACT = 30_000  # bars; the exact likelihood takes their square
_SMALL = 1e-4


@estimator("fbm")
def fit_fbm(sample: Sample) -> Found:
    """Estimate the Hurst exponent by the debiased Whittle likelihood (Sykulski et al. 2019).

    The periodogram is compared with its exact expectation, so nothing is truncated; its standard
    error is that of the Whittle likelihood's curvature.
    """
    from scipy.optimize import minimize_scalar  # scipy takes a moment to import

    r, number = sample.returns, len(sample.returns)
    mean = float(r.mean())
    power = np.abs(np.fft.rfft(r - mean)[1 : (number + 1) // 2]) ** 2 / number

    def negative(hurst: float) -> float:
        shape = _expected_power(hurst, number)
        return len(power) * math.log(float((power / shape).mean())) + float(np.log(shape).sum())

    hurst = float(minimize_scalar(negative, bounds=(0.01, 0.99), method="bounded").x)
    around = [negative(hurst + step * 1e-3) for step in (-1, 0, 1)]
    curvature = (around[0] - 2 * around[1] + around[2]) / 1e-6
    error = 1 / math.sqrt(curvature) if curvature > 0 else None
    deviation = math.sqrt(float((power / _expected_power(hurst, number)).mean()))
    volatility = deviation * math.sqrt(sample.per_year)
    drift_error = deviation * number ** (hurst - 1) * sample.per_year
    likelihood = None
    if number <= _LONGEST_EXACT:
        likelihood = exact_likelihood((r - mean) / deviation, hurst) - number * math.log(deviation)
    verdict = _verdict(hurst, error)
    return Found(
        {
            "drift": Estimate(mean * sample.per_year, drift_error),
            "volatility": Estimate(volatility, volatility / math.sqrt(2 * number)),
            "hurst": Estimate(hurst, error),
        },
        likelihood,
        3,
        (verdict, "the process has neither fat tails nor clustered volatility"),
    )


def _verdict(hurst: float, error: float | None) -> str:
    if error is None:
        return "the Hurst exponent has no standard error: the likelihood is flat"
    distance = (hurst - 0.5) / error
    if abs(distance) < 2:
        return f"no memory could be seen (hurst is {distance:.1f} standard errors from 0.5)"
    kind = "trends" if distance > 0 else "reversals"
    return f"the prices show {kind} (hurst is {distance:.1f} standard errors from 0.5)"


def _expected_power(hurst: float, number: int) -> "NDArray[np.float64]":
    """Return the mean of the periodogram of unit noise, below the highest frequency."""
    lags = np.arange(number, dtype=np.float64)
    weighted = (1 - lags / number) * covariance(hurst, lags)
    power: NDArray[np.float64] = 2 * np.fft.rfft(weighted).real[1 : (number + 1) // 2] - weighted[0]
    return np.maximum(power, _SMALL)


def exact_likelihood(noise: "NDArray[np.float64]", hurst: float) -> float:
    """Return the Gaussian log-likelihood of unit fractional noise (Durbin-Levinson)."""
    number = len(noise)
    row = covariance(hurst, np.arange(number, dtype=np.float64))
    weights = np.zeros(number)  # of the last values, latest first
    variance, total = 1.0, float(noise[0]) ** 2
    for t in range(1, number):
        past = weights[: t - 1]
        reflection = (row[t] - past @ row[t - 1 : 0 : -1]) / variance
        weights[: t - 1] = past - reflection * past[::-1]
        weights[t - 1] = reflection
        variance *= 1 - reflection**2
        error = noise[t] - weights[:t] @ noise[t - 1 :: -1]
        total += math.log(variance) + float(error) ** 2 / variance
    return -0.5 * (number * math.log(2 * math.pi) + total)
