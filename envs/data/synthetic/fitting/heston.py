"""Heston's parameters from the range of each bar."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.synthetic.fitting.errors import standard_errors
from tradegym.envs.data.synthetic.fitting.registry import estimator
from tradegym.envs.data.synthetic.fitting.result import Estimate, Found
from tradegym.envs.data.synthetic.fitting.sample import Sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEWEST = 500
_SHOWN_LAGS = (1, 10, 50)
_FAR = 0.15
_NO_LIKELIHOOD = (
    "the variance is hidden, so there is no likelihood of the returns: compare heston with other "
    "processes by the autocorrelation below, not by AIC"
)
_ACCURACY = (
    "on 5,000 simulated daily bars (reversion 3 to 8) one standard deviation of this estimator is "
    "8 % of volatility, 10 % of vol_of_vol, 30 % of reversion and 0.16 of the correlation"
)


@estimator("heston")
def fit_heston(sample: Sample) -> Found:
    """Filter the hidden variance out of the bars' ranges, by quasi-maximum likelihood.

    The range of a bar (Garman and Klass 1980) measures its variance with noise that is
    proportional to it. Mean and variance of the hidden variance over a bar are known, so a
    Kalman filter gives a quasi-likelihood of ``reversion`` and ``vol_of_vol`` (Duan and Simonato
    1999). ``volatility`` is that of the closes; ``variance_correlation`` comes from the
    covariance of returns with later variances.

    Raises
    ------
    UserError
        Fewer than 500 bars, or bars without a range.
    """
    from scipy.optimize import minimize  # scipy takes a moment to import

    r, number = sample.returns, len(sample.returns)
    if number < _FEWEST:
        raise UserError(f"{sample.asset}: {number + 1} bars; heston needs at least {_FEWEST + 1}")
    measured = range_variance(sample.bars)[1:]
    if not measured.mean() > 0:
        raise UserError(f"{sample.asset}: the bars have no range (high = low); heston needs one")
    mean_variance = float(((r - r.mean()) ** 2).mean())
    y = (measured / measured.mean()).tolist()  # the long-run mean is one

    def negative(parameters: "NDArray[np.float64]") -> float:
        return _quasi_likelihood(y, *np.exp(parameters).tolist())

    starts = [np.log([speed, 0.5, 0.3]) for speed in (0.01, 0.05)]
    results = [
        minimize(negative, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-2})
        for start in starts
    ]
    best = min(results, key=lambda result: float(result.fun)).x
    errors = standard_errors(negative, best, np.full(3, 0.02))
    speed, spread, noise = np.exp(best).tolist()  # per bar; of the variance over its mean
    per_year = sample.per_year
    theta = mean_variance * per_year
    reversion = speed * per_year
    vol_of_vol = spread * math.sqrt(2 * reversion * theta)
    rho = _correlation(r - r.mean(), np.array(y) * theta, reversion, vol_of_vol, theta, per_year)
    volatility = math.sqrt(theta)
    long_run = math.sqrt((1 + 2 * spread**2 / speed) / (4 * number)) * volatility
    drift_error = volatility / math.sqrt(number / per_year)
    feller = 2 * reversion * theta / vol_of_vol**2
    # xi = spread sqrt(2 reversion theta): the errors of both logarithms count.
    xi_error = None
    if errors[0] is not None and errors[1] is not None:
        xi_error = vol_of_vol * math.hypot(errors[1], errors[0] / 2)
    return Found(
        {
            "drift": Estimate(float(r.mean()) * per_year + theta / 2, drift_error),
            "volatility": Estimate(volatility, long_run),
            "reversion": Estimate(reversion, None if errors[0] is None else reversion * errors[0]),
            "vol_of_vol": Estimate(vol_of_vol, xi_error),
            "variance_correlation": Estimate(rho, None),
        },
        None,
        5,
        (
            _NO_LIKELIHOOD,
            _ACCURACY,
            _autocorrelations(np.array(y), speed, spread, noise),
            f"the variance {'avoids' if feller >= 1 else 'touches'} zero (Feller {feller:.2f})",
        ),
    )


def range_variance(bars: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Return the Garman-Klass variance of each bar, shape [T], from bars [T, 5].

    ``0.5 ln(H/L)^2 - (2 ln 2 - 1) ln(C/O)^2``, and never below zero.
    """
    logs = np.log(bars[:, :4])
    height, body = logs[:, 1] - logs[:, 2], logs[:, 3] - logs[:, 0]
    result: NDArray[np.float64] = np.maximum(0.5 * height**2 - (2 * math.log(2) - 1) * body**2, 0.0)
    return result


def _quasi_likelihood(y: list[float], speed: float, spread: float, noise: float) -> float:
    """Return the negative quasi-likelihood of measured variances whose mean is one.

    The state is the variance v, with ``E v' = 1 + (v - 1) e^{-speed}`` and the conditional
    variance of Heston's; the measurement's deviation is ``noise x v``.
    """
    keep = math.exp(-speed)
    xi2 = 2 * speed * spread**2
    fixed = xi2 * (1 - keep) ** 2 / (2 * speed)
    growing = xi2 * keep * (1 - keep) / speed
    v, p, total, log = 1.0, spread**2, 0.0, math.log
    for value in y:
        f = p + noise**2 * (v * v + p)
        error = value - v
        total += log(f) + error * error / f
        gain = p / f
        v = max(v + gain * error, 1e-3)
        p *= 1 - gain
        p = keep * keep * p + fixed + growing * v
        v = 1 + (v - 1) * keep
    return total / 2


def _correlation(
    r: "NDArray[np.float64]", variance: "NDArray[np.float64]", speed: float, xi: float,
    theta: float, per_year: float,
) -> float:  # fmt: skip
    """Estimate the correlation from the covariance of returns with the variances after them.

    ``Cov(r_t, v averaged over bar t+k) = rho xi theta g^2 h e^{-speed h (k-1)}``, with
    ``g = (1 - e^{-speed h}) / (speed h)`` and bars of h years.
    """
    h = 1 / per_year
    lags = np.arange(1, max(2, min(round(1 / (speed * h)), len(r) // 10)) + 1)
    measured = sum(float((r[:-k] * (variance[k:] - variance.mean())).mean()) for k in lags)
    decay = -math.expm1(-speed * h) / (speed * h)
    expected = xi * theta * h * decay**2 * float(np.exp(-speed * h * (lags - 1)).sum())
    return min(0.99, max(-0.99, measured / expected))


def _autocorrelations(y: "NDArray[np.float64]", speed: float, spread: float, noise: float) -> str:
    """Compare the autocorrelation of the ranges with that of the fitted process."""
    x = y - y.mean()
    total = spread**2 + noise**2 * (1 + spread**2)
    parts, far = [], False
    for lag in (lag for lag in _SHOWN_LAGS if lag < len(x) // 4):
        seen = float(x[lag:] @ x[:-lag] / (x @ x))
        expected = spread**2 * math.exp(-speed * lag) / total
        far = far or abs(seen - expected) > _FAR
        parts.append(f"lag {lag}: {seen:.2f}, fitted {expected:.2f}")
    verdict = "does not agree with the fitted process" if far else "agrees with the fitted process"
    return f"the autocorrelation of the bars' variance {verdict} ({'; '.join(parts)})"
