"""Performance of one episode: numbers with one stated convention each.

Conventions, the same everywhere: simple returns of the equity per bar, the start money included;
standard deviations with ``ddof=1``; annualised with the bars per year P that were measured on the
dataset; a yearly risk-free rate counts as ``(1 + rate)^(1 / P) - 1`` per bar; fractions, not
percent. A number that is not defined is None, never infinite and never NaN. An account whose
equity reaches zero is ruined: its return is -100 %, its ratios are undefined, and it is flagged.
"""

from tradegym.experiments.metrics.compute import compute_metrics, reward_sums
from tradegym.experiments.metrics.falls import drawdown_lengths, max_drawdown
from tradegym.experiments.metrics.growth import (
    annual_return,
    annual_volatility,
    per_bar,
    total_log_return,
)
from tradegym.experiments.metrics.periods import (
    monthly_returns,
    trade_table,
    yearly_returns,
)
from tradegym.experiments.metrics.ratios import (
    calmar_ratio,
    omega_ratio,
    sharpe_error,
    sharpe_ratio,
    sortino_ratio,
)
from tradegym.experiments.metrics.relative import common_returns, relative_values
from tradegym.experiments.metrics.spec import MetricSpec
from tradegym.experiments.metrics.tails import moments, tail_values
from tradegym.experiments.metrics.values import (
    METRICS,
    TERM,
    Metrics,
    mean_metrics,
    spread_metrics,
)

__all__ = [
    "METRICS",
    "TERM",
    "MetricSpec",
    "Metrics",
    "annual_return",
    "annual_volatility",
    "calmar_ratio",
    "common_returns",
    "compute_metrics",
    "drawdown_lengths",
    "max_drawdown",
    "mean_metrics",
    "moments",
    "monthly_returns",
    "omega_ratio",
    "per_bar",
    "relative_values",
    "reward_sums",
    "sharpe_error",
    "sharpe_ratio",
    "sortino_ratio",
    "spread_metrics",
    "tail_values",
    "total_log_return",
    "trade_table",
    "yearly_returns",
]
