"""The table of an agent beside its baselines."""

from typing import TYPE_CHECKING

from tradegym.cli.output import print_table

if TYPE_CHECKING:
    from tradegym.experiments.evaluation import Comparison
    from tradegym.experiments.metrics import Metrics

#: Columns of the table with their headers; the Sharpe ratio gets its interval.
_COLUMNS = {
    "total_return": "Return",
    "annual_return": "CAGR",
    "annual_volatility": "Volatility",
    "sharpe": "Sharpe [95 %]",
    "max_drawdown": "Drawdown",
    "trades": "Trades",
    "exposure": "Exposure",
    "costs": "Costs",
}

#: What is told of the agent alone, in groups.
_DETAILS = (
    ("sortino", "calmar", "omega", "var_95", "cvar_95"),
    ("max_drawdown_length", "turnover", "mean_holding", "win_rate", "profit_factor"),
    ("alpha", "beta", "information_ratio", "rejected", "impossible", "final_equity"),
)


def print_comparison(comparison: "Comparison", name: str, what: str) -> None:
    """Print the agent's row, those of its baselines, and more about the agent.

    Parameters
    ----------
    comparison : Comparison
    name : str
        Of the agent.
    what : str
        Which one it is, such as ``step 30,000``.
    """
    from tradegym.experiments.baselines import BASELINES
    from tradegym.experiments.metrics import METRICS

    print(f"\n{_title(comparison, name, what)}")
    spreads = comparison.spreads()
    rows = [[_row(name, comparison.agent.metrics)], [], []]
    for key, found in comparison.baselines.items():
        baseline = BASELINES[key]
        label = f"{baseline.label} ±" if key in spreads else baseline.label
        rows[2 if baseline.is_bound else 1].append(_row(label, found.metrics))
    headers = tuple(_COLUMNS.values())
    print_table(("", *headers), rows, right=headers)
    _print_early_end(comparison, name)
    for key, spread in spreads.items():
        deviation = METRICS["total_return"].text(spread["total_return"]).lstrip("+")
        print(f"\n± {BASELINES[key].label}: mean of its draws, total return ± {deviation}")
    print()
    metrics = comparison.agent.metrics.as_dict()
    for group in _DETAILS:
        told = [f"{METRICS[key].label.lower()} {METRICS[key].text(metrics[key])}" for key in group]
        print(", ".join(told))


def _print_early_end(comparison: "Comparison", name: str) -> None:
    """Say so when a limit of the strategy ended the agent's episode, and not the baselines'."""
    record = comparison.agent.record
    longest = max((len(found.record.bars) for found in comparison.baselines.values()), default=0)
    if len(record.bars) < longest:
        print(
            f"\n{name} was stopped by {record.reason} after {len(record.bars):,} of {longest:,} "
            f"bars; the baselines know no such limits"
        )


def _title(comparison: "Comparison", name: str, what: str) -> str:
    record, metrics = comparison.agent.record, comparison.agent.metrics
    times, assets = record.bars["time"], ", ".join(record.assets)
    episodes = len(comparison.agent.records)
    bars = f"{len(record.bars):,} bars"
    where = f"{name} ({what}) on {assets}, {comparison.split} split"
    per_year = f"{metrics.bars_per_year or 0:.1f} bars a year"
    if episodes > 1:
        return f"{where}: mean of {episodes} episodes of {bars}, {per_year}"
    return f"{where}: {times.iloc[0]:%Y-%m-%d} to {times.iloc[-1]:%Y-%m-%d}, {bars}, {per_year}"


def _row(name: str, metrics: "Metrics") -> tuple[str, ...]:
    from tradegym.experiments.metrics import METRICS

    values = metrics.as_dict()
    texts = {key: METRICS[key].text(values[key]) for key in _COLUMNS}
    if values["sharpe_low"] is not None and values["sharpe_high"] is not None:
        low, high = (f"{values[key]:.2f}" for key in ("sharpe_low", "sharpe_high"))
        texts["sharpe"] = f"{values['sharpe']:.2f} [{low}, {high}]"
    return name, *texts.values()
