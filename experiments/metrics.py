"""Performance of one episode: a few numbers with one stated convention each.

Conventions, the same everywhere: simple returns of the equity per bar, the start money
included; standard deviations with ``ddof=1``; risk-free rate 0; annualised with the bars per
year that were measured on the dataset; fractions, not percent. A number that is not defined is
None, never infinite and never NaN. An account whose equity reaches zero is ruined: its return is
-100 % and its ratios are undefined.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tradegym.envs.curves import drawdowns, equity_curve
from tradegym.experiments.metric_specs import METRICS, MetricSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tradegym.envs.record import EpisodeRecord

__all__ = [
    "METRICS",
    "TERM",
    "MetricSpec",
    "Metrics",
    "annual_return",
    "annual_volatility",
    "calmar_ratio",
    "compute_metrics",
    "max_drawdown",
    "mean_metrics",
    "reward_sums",
    "sharpe_ratio",
    "sortino_ratio",
    "total_log_return",
]

# Returns are quotients of numbers near 1: below this, a deviation is rounding and not risk.
_ROUNDING = 1e-12
# What a volume limit cuts is cancelled in the end: a partial fill that stays lacked margin.
_REFUSED = frozenset({"Margin", "Partial", "Refused", "Rejected"})
_RUINED = -1.0

#: Start of the columns and of the metrics that hold a term of the reward.
TERM = "reward_"


@dataclass(frozen=True, slots=True)
class Metrics:
    """The numbers of one episode; None where a number is not defined.

    `METRICS` holds the label, unit, meaning and formula of every field but the last,
    ``reward_terms``: the weighted sum of each term of the reward, by name.
    """

    total_return: float | None
    total_log_return: float | None
    annual_return: float | None
    annual_volatility: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float | None
    calmar: float | None
    trades: float | None
    win_rate: float | None
    exposure: float | None
    mean_exposure: float | None
    commission: float | None
    interest: float | None
    final_equity: float | None
    bars: float | None
    years: float | None
    bars_per_year: float | None
    rejected: float | None
    impossible: float | None
    reward: float | None
    reward_terms: Mapping[str, float | None] = field(default_factory=dict)

    def as_dict(self) -> dict[str, float | None]:
        """Return the numbers by field name, and each term of the reward as ``reward_<term>``."""
        numbers: dict[str, float | None] = {name: getattr(self, name) for name in METRICS}
        return numbers | {f"{TERM}{name}": value for name, value in self.reward_terms.items()}


def total_log_return(curve: "NDArray[np.float64]") -> float:
    """Return the logarithm of final over start value.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity, shape [n + 1], positive.

    Returns
    -------
    float
        ``ln(V_n / V_0)``: the sum of the log returns of all bars.
    """
    return math.log(curve[-1]) - math.log(curve[0])


def annual_return(curve: "NDArray[np.float64]", bars_per_year: float) -> float | None:
    """Return the compound annual growth rate.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity, shape [n + 1], positive.
    bars_per_year : float
        Bars in a year, P.

    Returns
    -------
    float or None
        ``(V_n / V_0)^(P / n) - 1``; None without a return, or when it exceeds a float.

    References
    ----------
    C. Bacon, Practical Portfolio Performance Measurement and Attribution, 2nd ed., Wiley 2008,
    chapter 2 (annualised returns).
    """
    if len(curve) < 2:
        return None
    try:
        return math.expm1(total_log_return(curve) * bars_per_year / (len(curve) - 1))
    except OverflowError:
        return None


def annual_volatility(returns: "NDArray[np.float64]", bars_per_year: float) -> float | None:
    """Return the annualised standard deviation of the returns.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].
    bars_per_year : float
        Bars in a year, P.

    Returns
    -------
    float or None
        ``std(r, ddof=1) * sqrt(P)``; None under 2 returns.

    References
    ----------
    C. Bacon, as in `annual_return`, chapter 4 (annualised risk).
    """
    if len(returns) < 2:
        return None
    deviation = float(np.std(returns, ddof=1))
    return deviation * math.sqrt(bars_per_year) if deviation > _ROUNDING else 0.0


def sharpe_ratio(returns: "NDArray[np.float64]", bars_per_year: float) -> float | None:
    """Return the annualised Sharpe ratio for a risk-free rate of 0.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].
    bars_per_year : float
        Bars in a year, P.

    Returns
    -------
    float or None
        ``mean(r) / std(r, ddof=1) * sqrt(P)``; None under 2 returns or without variance.

    References
    ----------
    W. F. Sharpe, The Sharpe Ratio, Journal of Portfolio Management 21(1), 1994, 49-58.
    """
    volatility = annual_volatility(returns, bars_per_year)
    return float(np.mean(returns)) * bars_per_year / volatility if volatility else None


def sortino_ratio(returns: "NDArray[np.float64]", bars_per_year: float) -> float | None:
    """Return the annualised Sortino ratio for a target return of 0.

    Parameters
    ----------
    returns : numpy.ndarray
        Simple returns, shape [n].
    bars_per_year : float
        Bars in a year, P.

    Returns
    -------
    float or None
        ``mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(P)``, the lower mean taken over all n returns
        and not over the losses alone; None under 2 returns or without a loss.

    References
    ----------
    F. A. Sortino and L. N. Price, Performance Measurement in a Downside Risk Framework, Journal
    of Investing 3(3), 1994, 59-64.
    """
    if len(returns) < 2:
        return None
    downside = math.sqrt(float(np.mean(np.minimum(returns, 0.0) ** 2)))
    if downside <= _ROUNDING:
        return None
    return float(np.mean(returns)) / downside * math.sqrt(bars_per_year)


def max_drawdown(curve: "NDArray[np.float64]") -> float:
    """Return the deepest fall below an earlier peak, the start value included.

    Parameters
    ----------
    curve : numpy.ndarray
        Equity, shape [n + 1], with a positive start.

    Returns
    -------
    float
        ``min_t (V_t / max_{s <= t} V_s - 1)``: a negative fraction, 0 without any fall.

    References
    ----------
    M. Magdon-Ismail and A. Atiya, Maximum Drawdown, Risk Magazine 17(10), 2004, 99-102.
    """
    return float(np.min(drawdowns(curve, float(curve[0]))))


def calmar_ratio(growth: float | None, drawdown: float | None) -> float | None:
    """Return the annual return per unit of maximum drawdown.

    Parameters
    ----------
    growth : float or None
        Compound annual growth rate, from `annual_return`.
    drawdown : float or None
        Negative fraction, from `max_drawdown`.

    Returns
    -------
    float or None
        ``growth / |drawdown|``, over the whole episode; None without a drawdown.

    References
    ----------
    T. W. Young, Calmar Ratio: A Smoother Tool, Futures 20(1), 1991, 40.
    """
    if growth is None or drawdown is None or drawdown >= -_ROUNDING:
        return None
    return growth / -drawdown


def compute_metrics(record: "EpisodeRecord", impossible: int | None = None) -> Metrics:
    """Compute all numbers of one episode.

    Parameters
    ----------
    record : EpisodeRecord
        The episode; equity, commission and interest in money.
    impossible : int, optional
        ``info["impossible"]`` at its end, which is in none of the tables.

    Returns
    -------
    Metrics
        Every field finite or None. An episode whose equity contains a value that is not finite
        has no numbers that come from the equity.
    """
    bars, trades = record.bars, record.trades
    values: dict[str, float | None] = dict.fromkeys(METRICS)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows becomes None below
        values.update(_from_curve(equity_curve(record), record.bars_per_year))
    values["trades"] = float(len(trades))
    values["win_rate"] = _share(trades["pnl_net"].to_numpy(dtype=np.float64) > 0)
    exposure = np.abs(bars["exposure"].to_numpy(dtype=np.float64))
    values["exposure"] = _share(exposure != 0)
    values["mean_exposure"] = float(np.mean(exposure)) if len(exposure) else None
    for name in ("commission", "interest"):
        values[name] = float(bars[name].iloc[-1]) if len(bars) else 0.0
    values["reward"] = float(bars["reward"].sum())
    values["impossible"] = None if impossible is None else float(impossible)
    values["bars"] = float(len(bars))
    values["rejected"] = float(record.orders["status"].isin(_REFUSED).sum())
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


def mean_metrics(metrics: list[Metrics]) -> Metrics:
    """Return the mean of each metric over the episodes in which it is defined."""
    if len(metrics) == 1:
        return metrics[0]
    tables = [entry.as_dict() for entry in metrics]
    means = {name: _mean(table[name] for table in tables) for name in METRICS}
    terms = dict.fromkeys(name for entry in metrics for name in entry.reward_terms)
    return Metrics(
        **means,
        reward_terms={
            name: _mean(entry.reward_terms.get(name) for entry in metrics) for name in terms
        },
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(np.array(known, dtype=np.float64))) if known else None


def _from_curve(curve: "NDArray[np.float64]", per_year: float) -> dict[str, float | None]:
    """Return the numbers that need nothing but the equity and the bars per year."""
    if not np.all(np.isfinite(curve)) or curve[0] <= 0:
        return {}
    found: dict[str, float | None] = {"final_equity": float(curve[-1])}
    known_scale = math.isfinite(per_year) and per_year > 0
    if known_scale:
        found["years"] = (len(curve) - 1) / per_year
    if np.min(curve) <= 0:
        return found | dict.fromkeys(("total_return", "annual_return", "max_drawdown"), _RUINED)
    found["total_return"] = float(curve[-1] / curve[0] - 1.0)
    found["total_log_return"] = total_log_return(curve)
    found["max_drawdown"] = max_drawdown(curve)
    if known_scale:
        returns = curve[1:] / curve[:-1] - 1.0
        found["annual_return"] = annual_return(curve, per_year)
        found["annual_volatility"] = annual_volatility(returns, per_year)
        found["sharpe"] = sharpe_ratio(returns, per_year)
        found["sortino"] = sortino_ratio(returns, per_year)
        found["calmar"] = calmar_ratio(found["annual_return"], found["max_drawdown"])
    return found


def _share(mask: "NDArray[np.bool_]") -> float | None:
    return float(np.mean(mask)) if len(mask) else None


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
