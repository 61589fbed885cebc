"""Name, unit, text and definition of every metric: one table that all tables and axes use."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """How one metric is named, written and explained.

    Attributes
    ----------
    label : str
        Short name for tables and axes.
    unit : str
        fraction, ratio, money, count, years, bars or log.
    format : str
        Python format specification for a defined value.
    description : str
        One sentence for people.
    formula : str
        The definition as text; V is the equity, r its returns per bar, P the bars per year.
    higher_is_better : bool or None
        Direction of improvement; None where neither direction is better.
    """

    label: str
    unit: str
    format: str
    description: str
    formula: str
    higher_is_better: bool | None

    def text(self, value: float | None) -> str:
        """Return ``value`` as text, ``undefined`` for None."""
        if value is None:
            return "undefined"
        if self.unit == "fraction" and abs(value) >= 1e4:
            return f"{100 * value:.2e}%"
        return format(value, self.format)


_PERCENT, _SIGNED = "z.2%", "+z.2%"
_MONEY, _COUNT, _RATIO = "z,.2f", ",.0f", "z.3f"

METRICS: dict[str, MetricSpec] = {
    "total_return": MetricSpec(
        "Total return",
        "fraction",
        _SIGNED,
        "Gain or loss of the whole episode, relative to the start money.",
        "V_n / V_0 - 1",
        True,
    ),
    "total_log_return": MetricSpec(
        "Total log return",
        "log",
        "+z.4f",
        "Logarithm of final over start equity; undefined after ruin.",
        "ln(V_n / V_0)",
        True,
    ),
    "annual_return": MetricSpec(
        "Annual return (CAGR)",
        "fraction",
        _SIGNED,
        "Constant yearly growth that would give the same total return.",
        "(V_n / V_0)^(P / n) - 1",
        True,
    ),
    "annual_volatility": MetricSpec(
        "Annual volatility",
        "fraction",
        _PERCENT,
        "Standard deviation of the returns, annualised.",
        "std(r, ddof=1) * sqrt(P)",
        False,
    ),
    "sharpe": MetricSpec(
        "Sharpe ratio",
        "ratio",
        _RATIO,
        "Mean return per unit of risk, annualised, risk-free rate 0.",
        "mean(r) / std(r, ddof=1) * sqrt(P)",
        True,
    ),
    "sortino": MetricSpec(
        "Sortino ratio",
        "ratio",
        _RATIO,
        "Mean return per unit of downside risk over all bars, annualised, target 0.",
        "mean(r) / sqrt(mean(min(r, 0)^2)) * sqrt(P)",
        True,
    ),
    "max_drawdown": MetricSpec(
        "Max drawdown",
        "fraction",
        _PERCENT,
        "Deepest fall below an earlier peak or the start money; a negative fraction.",
        "min_t (V_t / max_{s<=t} V_s - 1)",
        True,
    ),
    "calmar": MetricSpec(
        "Calmar ratio",
        "ratio",
        _RATIO,
        "Annual return per unit of maximum drawdown, over the whole episode.",
        "CAGR / |max drawdown|",
        True,
    ),
    "trades": MetricSpec(
        "Trades",
        "count",
        _COUNT,
        "Closed round trips.",
        "number of closed trades",
        None,
    ),
    "win_rate": MetricSpec(
        "Win rate",
        "fraction",
        _PERCENT,
        "Share of closed trades that made money after commission.",
        "trades with net profit > 0 / trades",
        True,
    ),
    "exposure": MetricSpec(
        "Exposure",
        "fraction",
        _PERCENT,
        "Share of bars that closed with an open position in any asset.",
        "bars with gross exposure != 0 / bars",
        None,
    ),
    "mean_exposure": MetricSpec(
        "Mean gross exposure",
        "fraction",
        _PERCENT,
        "Market value of all positions, long and short, relative to the equity; above 100 % with "
        "leverage.",
        "mean(sum_a |position_a| * close_a / V)",
        None,
    ),
    "commission": MetricSpec(
        "Commission",
        "money",
        _MONEY,
        "Commission paid in the whole episode.",
        "sum of commission",
        False,
    ),
    "interest": MetricSpec(
        "Interest",
        "money",
        _MONEY,
        "Interest paid for borrowed units and money in the whole episode.",
        "sum of interest",
        False,
    ),
    "final_equity": MetricSpec(
        "Final equity",
        "money",
        _MONEY,
        "Value of the account on the last bar; it may be negative after a gap.",
        "V_n",
        True,
    ),
    "bars": MetricSpec(
        "Bars",
        "count",
        _COUNT,
        "Bars from the first decision to the end.",
        "number of bars",
        None,
    ),
    "years": MetricSpec(
        "Years",
        "years",
        "z.2f",
        "Length of the episode by the measured bars per year.",
        "n / P",
        None,
    ),
    "bars_per_year": MetricSpec(
        "Bars per year",
        "count",
        "z,.2f",
        "Bars in a year, P, measured on the time index of the dataset.",
        "(bars - 1) / years between the first and the last bar of the dataset",
        None,
    ),
    "rejected": MetricSpec(
        "Rejected orders",
        "count",
        _COUNT,
        "Orders that were refused, wholly or in part, for lack of money or by a rule.",
        "orders with status Margin, Partial, Refused or Rejected",
        False,
    ),
    "impossible": MetricSpec(
        "Impossible actions",
        "count",
        _COUNT,
        "Choices that could mean nothing, such as closing a position that is not there; at most "
        "one per asset and decision.",
        "number of impossible choices",
        False,
    ),
    "reward": MetricSpec(
        "Reward",
        "ratio",
        "z,.4g",
        "What the agent was paid in the whole episode, all terms together.",
        "sum of rewards",
        True,
    ),
}
