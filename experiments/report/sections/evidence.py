"""How far the numbers can be believed: luck, and how often the data were used."""

from typing import Any

from tradegym.experiments.report.blocks import (
    Block,
    Cell,
    Fact,
    Facts,
    Rows,
    Table,
    Text,
    cells,
    missing,
    plain_table,
)
from tradegym.experiments.report.files import AGENT, RunFiles, mapping, numbers, sequence
from tradegym.experiments.report.sections.registry import section
from tradegym.experiments.report.sections.results import column_name
from tradegym.experiments.report.svg.scale import signed
from tradegym.experiments.report.texts import interval_text, metric_text, readable

_COUNTS = (
    ("trainings", "Trainings", "on these data"),
    ("configurations", "Configurations tried", "the deflated figures count these"),
    ("test_uses", "Uses of the test split", "each one makes it less of a test"),
)
_PSR = "Probability that the true Sharpe ratio is above 0, without any correction for selection"
_DSR = (
    "Probability that the true Sharpe ratio is above what the best of so many attempts without "
    "skill is expected to reach"
)
_DIFFERENCES = {"sharpe": "Sharpe ratio", "mean_return": "Mean return a year"}


@section("evidence", "Luck and selection")
def evidence(run: RunFiles) -> list[Block] | None:
    """Return the counts of the ledger and the statistics that correct for selection."""
    luck = run.luck
    if not luck:
        if run.is_many:
            return None
        return [missing("Statistics of luck and the ledger of trials")]
    counts = numbers(mapping(luck.get("ledger")))
    facts = [
        Fact(label, f"{counts[key]:,.0f}", sub) for key, label, sub in _COUNTS if key in counts
    ]
    blocks: list[Block] = [Facts(tuple(facts))] if facts else [missing("Ledger of trials")]
    if counts.get("damaged"):
        blocks.append(
            Text(f"{counts['damaged']:,.0f} lines of the ledger cannot be read.", "warning")
        )
    blocks.append(_sharpes(run) or missing("Intervals of the Sharpe ratios"))
    blocks += _difference(mapping(luck.get("difference")))
    blocks += _superiority(run, mapping(luck.get("superiority")))
    blocks.append(_deflated(mapping(luck.get("deflated"))) or missing("Deflated Sharpe ratio"))
    return blocks


def _sharpes(run: RunFiles) -> Table | None:
    rows = {AGENT: mapping(run.luck.get(AGENT)), **mapping(run.luck.get("baselines"))}
    table = []
    for name, found in rows.items():
        one = numbers(mapping(found))
        if not one:
            continue
        ends = (one["low"], one["high"]) if {"low", "high"} <= set(one) else None
        length = one.get("min_track_record_years_2012")
        table.append(
            cells(
                column_name(run, name),
                Cell(metric_text("sharpe", one.get("sharpe")), interval_text("sharpe", ends)),
                f"{one['n']:,.0f}" if "n" in one else "unknown",
                f"{one['years']:.2f}" if "years" in one else "unknown",
                _share(one.get("psr_2012")),
                _share(one.get("psr_2025")),
                "undefined" if length is None else f"{length:,.1f} years",
            )
        )
    if not table:
        return None
    return Table(
        (
            "",
            "Sharpe ratio",
            "Returns",
            "Years",
            "P(true > 0), 2012",
            "P(true > 0), 2025",
            "Record needed",
        ),
        (Rows(tuple(table)),),
        f"{_PSR}: probabilistic Sharpe ratio by the formulas of Bailey and López de Prado (2012) "
        "and of López de Prado, Lipton and Zoonekynd (2025). Below a ratio: its 95 % interval. "
        "Record needed: the shortest that would show such a ratio to be above 0 at 95 % (2012).",
        emphasis=None,
    )


def _deflated(found: dict[str, Any]) -> Table | None:
    one = numbers(found)
    if not one:
        return None
    rows: list[tuple[Cell, ...]] = [
        (Cell("Deflated Sharpe ratio, 2012", hint=_DSR), Cell(_share(_first(one, "2012")))),
        (Cell("Deflated Sharpe ratio, 2025", hint=_DSR), Cell(_share(one.get("probability_2025")))),
    ]
    if "n_trials" in one:
        unit = str(found.get("unit") or "attempts")
        rows.append(cells("Attempts that count", Cell(f"{one['n_trials']:,.0f}", unit)))
    if "threshold" in one:
        text = metric_text("sharpe", one["threshold"])
        rows.append(cells("Sharpe ratio that luck alone would find", text))
    if "p_value_corrected" in one:
        rows.append(cells("P-value of a ratio of 0, corrected", _p(one["p_value_corrected"])))
    every = numbers(mapping(found.get("if_every_training_counts")))
    if "probability_2012" in every:
        count = f"{every.get('n_trials', 0):,.0f} attempts"
        rows.append(
            cells("If every training counts", Cell(_share(every["probability_2012"]), count))
        )
    if "min_backtest_years" in one:
        years = f"{one['min_backtest_years']:,.1f} years"
        rows.append(cells("Shortest test for so many attempts", years))
    source = found.get("variance_source")
    return plain_table(
        ("Corrected for selection", ""),
        rows,
        half=True,
        caption=f"Spread of the attempts: {source}." if source else "",
    )


def _first(one: dict[str, float], formula: str) -> float | None:
    return one.get(f"probability_{formula}", one.get("probability"))


def _difference(found: dict[str, Any]) -> list[Block]:
    rows = []
    for key, label in _DIFFERENCES.items():
        one = numbers(mapping(found.get(key)))
        if "value" not in one:
            continue
        unit = "sharpe" if key == "sharpe" else "annual_return"
        ends = (one["low"], one["high"]) if {"low", "high"} <= set(one) else None
        rows.append(
            cells(
                label,
                Cell(metric_text(unit, one["value"]), interval_text(unit, ends)),
                _p(one.get("p_value")),
                _p(one.get("p_value_corrected")),
            )
        )
    if not rows:
        return []
    against = readable(str(found.get("reference", "the baseline"))).lower()
    columns = (f"Agent less {against}", "Difference", "P-value", "Corrected")
    caption = "Bar by bar on the same bars. Corrected: times the attempts, at most 1."
    return [plain_table(columns, rows, half=True, caption=caption)]


def _superiority(run: RunFiles, found: dict[str, Any]) -> list[Block]:
    one = numbers(found)
    if not {"spa_p", "reality_check_p"} & set(one):
        return []
    names = [column_name(run, str(name)) for name in sequence(found.get("superior"))]
    rows = [
        cells("Superior predictive ability (Hansen)", _p(one.get("spa_p"))),
        cells("Reality Check (White)", _p(one.get("reality_check_p"))),
        cells("Better than it at 5 % (StepM)", ", ".join(names) or "none"),
    ]
    benchmark = readable(str(found.get("benchmark", "the baseline"))).lower()
    return [plain_table((f"Does any of these beat {benchmark}?", "P-value"), rows, half=True)]


def _share(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.1%}"


def _p(value: float | None) -> str:
    if value is None:
        return "undefined"
    return "< 0.001" if value < 0.001 else signed(f"{value:.3f}")
