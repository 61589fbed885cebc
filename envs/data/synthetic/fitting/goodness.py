"""How well standardised residuals agree with what a process says, in words."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LAGS = 10
_DOUBT = 0.05


def normality(residuals: "NDArray[np.float64]") -> str:
    """Say whether residuals look normal (Jarque and Bera 1980)."""
    z = (residuals - residuals.mean()) / residuals.std()
    skewness, excess = float((z**3).mean()), float((z**4).mean() - 3)
    statistic = len(z) / 6 * (skewness**2 + excess**2 / 4)
    chance = float(np.exp(-statistic / 2))  # chi-square with two degrees of freedom
    verdict = (
        "the residuals are not normal: the process misses the tails"
        if chance < _DOUBT
        else "the residuals are compatible with a normal distribution"
    )
    return (
        f"{verdict} (skewness {skewness:.2f}, excess kurtosis {excess:.2f}, Jarque-Bera "
        f"{statistic:.1f}, {_p(chance)})"
    )


def clustering(residuals: "NDArray[np.float64]") -> str:
    """Say whether the size of residuals is autocorrelated (Ljung and Box 1978)."""
    statistic, chance = ljung_box(residuals**2)
    verdict = (
        "large residuals follow large ones: the process misses the clustering of volatility"
        if chance < _DOUBT
        else "no clustering of volatility is left in the residuals"
    )
    return f"{verdict} (Ljung-Box({LAGS}) of squares {statistic:.1f}, {_p(chance)})"


def memory(residuals: "NDArray[np.float64]") -> str:
    """Say whether residuals are autocorrelated (Ljung and Box 1978)."""
    statistic, chance = ljung_box(residuals)
    verdict = (
        "the residuals are autocorrelated"
        if chance < _DOUBT
        else "the residuals have no autocorrelation that could be seen"
    )
    return f"{verdict} (Ljung-Box({LAGS}) {statistic:.1f}, {_p(chance)})"


def ljung_box(series: "NDArray[np.float64]") -> tuple[float, float]:
    """Return the Ljung-Box statistic of ten lags, and its p-value."""
    from scipy.special import chdtrc  # scipy takes a moment to import

    x = series - series.mean()
    number = len(x)
    correlations = np.array([x[k:] @ x[:-k] for k in range(1, LAGS + 1)]) / (x @ x)
    lags = np.arange(1, LAGS + 1)
    statistic = float(number * (number + 2) * (correlations**2 / (number - lags)).sum())
    return statistic, float(chdtrc(LAGS, statistic))


def _p(chance: float) -> str:
    return "p < 0.0001" if chance < 1e-4 else f"p = {chance:.4f}"
