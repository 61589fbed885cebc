"""All numbers of one episode."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.curves import equity_curve
from tradegym.experiments.metrics.falls import drawdown_lengths, max_drawdown
from tradegym.experiments.metrics.growth import (
    annual_return,
    annual_volatility,
    per_bar,
    total_log_return,
)
from tradegym.experiments.metrics.ratios import (
    NORMAL_95,
    calmar_ratio,
    omega_ratio,
    sharpe_error,
    sharpe_ratio,
    sortino_ratio,
)
from tradegym.experiments.metrics.relative import relative_values
from tradegym.experiments.metrics.tails import moments, tail_values
from tradegym.experiments.metrics.trading import (
    cost_values,
    exposure_values,
    trade_values,
    traded_value,
)
from tradegym.experiments.metrics.values import METRICS, TERM, Metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

_RUINED = -1.0

_Values = dict[str, float | None]


def compute_metrics(
    record: "EpisodeRecord",
    impossible: int | None = None,
    benchmark: "EpisodeRecord | None" = None,
    *,
    risk_free: float = 0.0,
) -> Metrics:
    """Compute all numbers of one episode.

    Parameters
    ----------
    record : EpisodeRecord
        The episode; equity, commission and interest in money.
    impossible : int, optional
        ``info["impossible"]`` at its end, which is in none of the tables.
    benchmark : EpisodeRecord, optional
        What alpha, beta and the information ratio are measured against, on the same bars; without
        it they are undefined.
    risk_free : float
        Risk-free rate a year, fraction above -1, for Sharpe, Sortino, Omega, alpha and beta.

    Returns
    -------
    Metrics
        Every field finite or None. An episode whose equity contains a value that is not finite
        has no numbers that come from the equity.
    """
    bars = record.bars
    values: _Values = dict.fromkeys(METRICS)
    with np.errstate(all="ignore"):  # what overflows becomes None below
        values |= _from_curve(equity_curve(record), record.bars_per_year, risk_free)
        values |= trade_values(record) | exposure_values(record) | cost_values(record)
        values["turnover"] = _turnover(record, values["years"])
        if benchmark is not None and values["ruined"] == 0.0:
            values |= relative_values(record, benchmark, risk_free)
    values["reward"] = float(bars["reward"].sum())
    values["impossible"] = None if impossible is None else float(impossible)
    values["bars"] = float(len(bars))
    values["bars_per_year"] = record.bars_per_year
    terms = {name: _finite(value) for name, value in reward_sums(record).items()}
    return Metrics(**{name: _finite(value) for name, value in values.items()}, reward_terms=terms)


def reward_sums(record: "EpisodeRecord") -> dict[str, float]:
    """Return the weighted sum of each reward term over an episode, by name.

    The terms add up to the reward. A strategy class that pays without naming its parts has the
    one term ``strategy``.
    """
    columns = [name for name in record.bars.columns if name.startswith(TERM)]
    return {name.removeprefix(TERM): float(record.bars[name].sum()) for name in columns}


def _from_curve(curve: "NDArray[np.float64]", per_year: float, risk_free: float) -> _Values:
    """Return the numbers that need nothing but the equity and the bars per year."""
    if not np.all(np.isfinite(curve)) or curve[0] <= 0:
        return {}
    found: _Values = {"final_equity": float(curve[-1]), "n_returns": float(len(curve) - 1)}
    known_scale = math.isfinite(per_year) and per_year > 0
    if known_scale:
        found["years"] = (len(curve) - 1) / per_year
    if np.min(curve) <= 0:
        lost = dict.fromkeys(("total_return", "annual_return", "max_drawdown"), _RUINED)
        return found | lost | {"ruined": 1.0}
    found["ruined"] = 0.0
    found["total_return"] = float(curve[-1] / curve[0] - 1.0)
    found["total_log_return"] = total_log_return(curve)
    found["max_drawdown"] = max_drawdown(curve)
    deepest, longest = drawdown_lengths(curve)
    found |= {"max_drawdown_length": float(deepest), "longest_drawdown": float(longest)}
    returns = curve[1:] / curve[:-1] - 1.0
    found |= tail_values(returns)
    shape = moments(returns)
    if shape is not None:
        found |= {"skew": shape[0], "kurtosis": shape[1]}
    if known_scale:
        found["max_drawdown_years"] = deepest / per_year
        found["annual_return"] = annual_return(curve, per_year)
        found["annual_volatility"] = annual_volatility(returns, per_year)
        found["sortino"] = sortino_ratio(returns, per_year, risk_free)
        found["omega"] = omega_ratio(returns, per_bar(risk_free, per_year))
        found["calmar"] = calmar_ratio(found["annual_return"], found["max_drawdown"])
        found |= _sharpe(returns, per_year, risk_free, shape)
    return found


def _sharpe(
    returns: "NDArray[np.float64]",
    per_year: float,
    risk_free: float,
    shape: tuple[float, float] | None,
) -> _Values:
    """Return the Sharpe ratio with its interval."""
    sharpe = sharpe_ratio(returns, per_year, risk_free)
    if sharpe is None or shape is None:
        return {"sharpe": sharpe}
    scale = math.sqrt(per_year)
    half = NORMAL_95 * sharpe_error(sharpe / scale, len(returns), *shape) * scale
    return {"sharpe": sharpe, "sharpe_low": sharpe - half, "sharpe_high": sharpe + half}


def _turnover(record: "EpisodeRecord", years: float | None) -> float | None:
    """Return half of the traded value over the mean equity, a year."""
    equity = record.bars["equity"].to_numpy(dtype=np.float64)
    mean = float(np.mean(equity)) if len(equity) else 0.0
    if not years or not mean > 0:
        return None
    return traded_value(record) / 2.0 / mean / years


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
