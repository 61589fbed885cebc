"""Maximum likelihood of an Ornstein-Uhlenbeck log price."""

import math

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.synthetic.fitting import goodness
from tradegym.envs.data.synthetic.fitting.errors import standard_errors
from tradegym.envs.data.synthetic.fitting.registry import estimator
from tradegym.envs.data.synthetic.fitting.result import Estimate, Found
from tradegym.envs.data.synthetic.fitting.sample import Sample

_UNIT_ROOT = -2.86  # 5 % critical value of the Dickey-Fuller test with a constant


@estimator("ou")
def fit_ou(sample: Sample) -> Found:
    """Regress each log close on the last: the exact transition is a first-order autoregression.

    Raises
    ------
    UserError
        The log price shows no return to a level.
    """
    before, after = sample.log_close[:-1], sample.log_close[1:]
    number, h = len(after), sample.years
    centred = before - before.mean()
    slope = float(centred @ after / (centred @ centred))
    if not 0 < slope < 1:
        raise UserError(
            f"{sample.asset}: the log price shows no return to a level (its autoregression has "
            f"slope {slope:.6f}, allowed: between 0 and 1); fit another process, such as gbm"
        )
    level = float((after.mean() - slope * before.mean()) / (1 - slope))
    residuals = after - level - slope * (before - level)
    variance = float(residuals @ residuals) / number
    reversion = -math.log(slope) / h
    volatility = math.sqrt(variance * 2 * reversion / (1 - slope**2))

    def negative(parameters: "np.typing.NDArray[np.float64]") -> float:
        speed, mean, size = parameters.tolist()
        keep = math.exp(-speed * h)
        noise = size**2 * -math.expm1(-2 * speed * h) / (2 * speed)
        error = after - mean - keep * (before - mean)
        squares = float(error @ error)
        return float(number / 2 * math.log(2 * math.pi * noise) + squares / (2 * noise))

    best = np.array([reversion, level, volatility])
    spread = volatility / math.sqrt(2 * reversion)
    scale = np.array([0.01 * reversion, 0.01 * spread, 0.001 * volatility])
    errors = standard_errors(negative, best, scale)
    slope_error = math.sqrt(variance / float(centred @ centred))
    statistic = (slope - 1) / slope_error
    verdict = "is significant" if statistic < _UNIT_ROOT else "cannot be told from a random walk"
    price = math.exp(level)
    significance = (
        f"the return to the level {verdict} (Dickey-Fuller {statistic:.2f}, 5 % critical value "
        f"{_UNIT_ROOT})"
    )
    bias = (
        f"the reversion is estimated too high by about {4 / (number * h):.2g} a year, as always in "
        "a series of this length (Tang and Chen 2009)"
    )
    return Found(
        {
            "reversion": Estimate(reversion, errors[0]),
            "level": Estimate(price, None if errors[1] is None else price * errors[1]),
            "volatility": Estimate(volatility, errors[2]),
        },
        -negative(best),
        3,
        (
            significance,
            bias,
            goodness.normality(residuals),
            goodness.clustering(residuals),
        ),
    )
