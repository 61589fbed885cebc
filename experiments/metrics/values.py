"""The numbers of an episode as one value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tradegym.experiments.metrics.curve_specs import CURVE
from tradegym.experiments.metrics.spec import MetricSpec
from tradegym.experiments.metrics.trading_specs import TRADING

#: Start of the columns and of the metrics that hold a term of the reward.
TERM = "reward_"

METRICS: dict[str, MetricSpec] = CURVE | TRADING
"""Every metric by name: one table that all tables, axes and pages use."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """The numbers of one episode; None where a number is not defined.

    `METRICS` holds the label, unit, meaning, formula and source of every field but the last,
    ``reward_terms``: the weighted sum of each term of the reward, by name.
    """

    total_return: float | None = None
    total_log_return: float | None = None
    annual_return: float | None = None
    annual_volatility: float | None = None
    sharpe: float | None = None
    sharpe_low: float | None = None
    sharpe_high: float | None = None
    sortino: float | None = None
    omega: float | None = None
    max_drawdown: float | None = None
    max_drawdown_length: float | None = None
    max_drawdown_years: float | None = None
    longest_drawdown: float | None = None
    calmar: float | None = None
    var_95: float | None = None
    cvar_95: float | None = None
    tail_ratio: float | None = None
    skew: float | None = None
    kurtosis: float | None = None
    ruined: float | None = None
    n_returns: float | None = None
    years: float | None = None
    bars_per_year: float | None = None
    alpha: float | None = None
    beta: float | None = None
    information_ratio: float | None = None
    trades: float | None = None
    win_rate: float | None = None
    profit_factor: float | None = None
    expectancy: float | None = None
    payoff_ratio: float | None = None
    mean_holding: float | None = None
    exposure: float | None = None
    mean_exposure: float | None = None
    turnover: float | None = None
    commission: float | None = None
    interest: float | None = None
    slippage: float | None = None
    costs: float | None = None
    rejected: float | None = None
    impossible: float | None = None
    final_equity: float | None = None
    bars: float | None = None
    reward: float | None = None
    reward_terms: Mapping[str, float | None] = field(default_factory=dict)

    def as_dict(self) -> dict[str, float | None]:
        """Return the numbers by field name, and each term of the reward as ``reward_<term>``."""
        numbers: dict[str, float | None] = {name: getattr(self, name) for name in METRICS}
        return numbers | {f"{TERM}{name}": value for name, value in self.reward_terms.items()}


def mean_metrics(metrics: list[Metrics]) -> Metrics:
    """Return the mean of each metric over the episodes in which it is defined."""
    if len(metrics) == 1:
        return metrics[0]
    return _combined(metrics, _mean)


def spread_metrics(metrics: list[Metrics]) -> Metrics:
    """Return the standard deviation (ddof=1) of each metric over the episodes.

    None where fewer than two episodes define it.
    """
    return _combined(metrics, _deviation)


def _combined(
    metrics: list[Metrics], combine: Callable[[Iterable[float | None]], float | None]
) -> Metrics:
    tables = [entry.as_dict() for entry in metrics]
    combined = {name: combine(table[name] for table in tables) for name in METRICS}
    terms = dict.fromkeys(name for entry in metrics for name in entry.reward_terms)
    return Metrics(
        **combined,
        reward_terms={
            name: combine(entry.reward_terms.get(name) for entry in metrics) for name in terms
        },
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return float(np.mean(np.array(known, dtype=np.float64))) if known else None


def _deviation(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return float(np.std(np.array(known), ddof=1)) if len(known) > 1 else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
