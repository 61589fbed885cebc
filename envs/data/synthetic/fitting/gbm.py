"""Maximum likelihood of geometric Brownian motion."""

import math

import numpy as np

from tradegym.envs.data.synthetic.fitting import goodness
from tradegym.envs.data.synthetic.fitting.registry import estimator
from tradegym.envs.data.synthetic.fitting.result import Estimate, Found
from tradegym.envs.data.synthetic.fitting.sample import Sample


@estimator("gbm")
def fit_gbm(sample: Sample) -> Found:
    """Take mean and variance of the log returns, which is maximum likelihood."""
    returns, number = sample.returns, len(sample.returns)
    mean, deviation = float(returns.mean()), float(returns.std())
    volatility = deviation * math.sqrt(sample.per_year)
    drift = mean * sample.per_year + volatility**2 / 2
    volatility_error = volatility / math.sqrt(2 * number)
    # drift = mean x per_year + volatility^2 / 2, and the two estimates are independent.
    mean_error = deviation / math.sqrt(number) * sample.per_year
    drift_error = math.hypot(mean_error, volatility * volatility_error)
    likelihood = -number / 2 * (math.log(2 * math.pi * deviation**2) + 1)
    residuals = (returns - mean) / deviation
    return Found(
        {
            "drift": Estimate(drift, drift_error),
            "volatility": Estimate(volatility, volatility_error),
        },
        likelihood,
        2,
        (goodness.normality(residuals), goodness.clustering(np.asarray(residuals))),
    )
