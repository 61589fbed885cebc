"""The agent against the baselines, with intervals."""

from tradegym.experiments.metrics import METRICS
from tradegym.experiments.report.blocks import Block, Cell, Rows, Table, Text, Tone, missing
from tradegym.experiments.report.files import AGENT, RunFiles
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.texts import (
    interval_text,
    metric_hint,
    metric_label,
    metric_text,
    readable,
)
from tradegym.experiments.report.verdict import sharpe_interval

#: What is seen at once; every other metric is folded away below.
_HEADLINE = {
    "Return": ("total_return", "annual_return", "alpha"),
    "Risk": ("annual_volatility", "max_drawdown", "max_drawdown_length", "cvar_95"),
    "Return per risk": ("sharpe", "sortino", "calmar", "information_ratio"),
    "Trading": ("trades", "win_rate", "profit_factor", "exposure", "turnover"),
    "Account": ("costs", "commission", "rejected", "final_equity"),
}
_TERM = "reward_"
# Ends of an interval that stands below its metric.
_ENDS = frozenset({"sharpe_low", "sharpe_high"})
#: Rules that know the future: a bound, and no rival.
FORESIGHT = frozenset({"foresight", "perfect_foresight", "oracle"})


@section("results", "Results against the baselines")
def results(run: RunFiles) -> list[Block] | None:
    """Return the table of all metrics."""
    if not run.metrics:
        return None if run.is_many else [missing("Results", _reason(run))]
    names = tuple(run.metrics)
    keys = list(dict.fromkeys(key for table in run.metrics.values() for key in table))
    shown = {title: [key for key in group if key in keys] for title, group in _HEADLINE.items()}
    columns = ("", *(column_name(run, name) for name in names))
    groups = tuple(
        Rows(tuple(_row(run, names, key) for key in group), title)
        for title, group in shown.items()
        if group
    )
    headline = {key for group in shown.values() for key in group}
    rest = [key for key in keys if key not in headline | _ENDS and not key.startswith(_TERM)]
    rest.sort(key=lambda key: list(METRICS).index(key) if key in METRICS else len(METRICS))
    blocks: list[Block] = [Table(columns, groups, _caption(run), emphasis=1)]
    if rest:
        rows = Rows(tuple(_row(run, names, key) for key in rest))
        blocks.append(Table(columns, (rows,), folded=f"{len(rest)} further metrics", emphasis=1))
    if FORESIGHT & set(names):
        blocks.append(
            Text(
                "Perfect foresight knows the next price. It is a bound on what could "
                "have been earned, not a rival.",
                "note",
            )
        )
    return blocks


def column_name(run: RunFiles, name: str) -> str:
    """Return what an agent or baseline is called at the head of a column."""
    if name == AGENT:
        return run.agent
    return f"{readable(name)} (bound)" if name in FORESIGHT else readable(name)


def _row(run: RunFiles, names: tuple[str, ...], key: str) -> tuple[Cell, ...]:
    cells = [Cell(metric_label(key), hint=metric_hint(key))]
    for name in names:
        value = run.metrics[name].get(key)
        known = key in run.metrics[name]
        tone: Tone = "missing" if value is None else "plain"
        text = metric_text(key, value) if known else "not recorded"
        cells.append(Cell(text, interval_text(key, _interval(run, name, key)), tone=tone))
    return tuple(cells)


def _interval(run: RunFiles, name: str, key: str) -> tuple[float, float] | None:
    if key == "sharpe" and not run.is_many:
        return sharpe_interval(run, name)
    return run.interval(name, key)


def _caption(run: RunFiles) -> str:
    table = next(iter(run.metrics.values()))
    statistic = run.result.get("statistic")
    parts = [f"{run.split.capitalize()} split, all with the same bars and costs"]
    if isinstance(statistic, str) and statistic:
        parts.append(statistic)
    bars, years = table.get("bars"), table.get("years")
    if bars is not None:
        length = f"{bars:,.0f} bars"
        parts.append(f"{length} ({years:.2f} years)" if years is not None else length)
    if run.seeds:
        parts.append("below a number of the agent: its 95 % interval over seeds")
    elif any(run.interval(name, key) for name in run.metrics for key in run.metrics[name]):
        parts.append("below a number: its 95 % interval")
    else:
        parts.append(
            "intervals were not recorded; that of the Sharpe ratio is for independent, normal "
            "returns (Lo 2002)"
        )
    return "; ".join(parts) + "."


def _reason(run: RunFiles) -> str:
    if run.status in {"failed", "killed"}:
        return f"the run {'failed' if run.status == 'failed' else 'was killed'} before its test"
    return "still running" if run.status == "running" else ""
