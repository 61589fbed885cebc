"""A comparison as tables for people, as one long table, and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tradegym.experiments.comparing.compare import Compared
from tradegym.experiments.comparing.differences import MISSING
from tradegym.experiments.comparing.intervals import Estimate
from tradegym.experiments.comparing.tables import Document, Table, to_csv
from tradegym.experiments.comparing.testing import Difference
from tradegym.experiments.comparing.texts import metric_label, metric_text, p_text, value_text
from tradegym.experiments.comparing.winner_views import winner_json, winner_rows, winner_table

SCHEMA_VERSION = 1

_ALPHA = 0.05
_MOST_COLUMNS = 4  # of metrics with their intervals: more are not read on a terminal
_CSV_HEADERS = (
    "section",
    "item",
    "run",
    "against",
    "value",
    "low",
    "high",
    "p",
    "p_holm",
    "method",
)
_STATISTICS = {"mean_return": "mean return a year"}


def to_document(compared: Compared) -> Document:
    """Return the tables of a comparison and what to know before them."""
    remarks = [*compared.warnings, *compared.notes]
    if compared.bars:
        remarks.append(
            f"the same data and test bars: {compared.bars:,} returns from {compared.first} to "
            f"{compared.last}"
        )
    tables = [_runs(compared), *_configuration(compared), *_metrics(compared), *_tests(compared)]
    tables.append(winner_table(compared.winner))
    return Document(remarks, [table for table in tables if table.headers])


def _runs(compared: Compared) -> Table:
    rows = [
        (
            label, run.id, run.kind, run.status, run.agent, run.dataset_name, run.split,
            value_text(run.seed),
        )
        for label, run in compared.runs.items()
    ]  # fmt: skip
    headers = ("run", "directory", "kind", "status", "agent", "dataset", "split", "seed")
    return Table("Runs", headers, rows)


def _configuration(compared: Compared) -> list[Table]:
    texts = {
        key: {label: "-" if value is MISSING else value_text(value) for label, value in row.items()}
        for key, row in compared.configuration.items()
    }
    title, labels = "Configuration: keys that differ", list(compared.runs)
    if not texts:
        return [Table("Configuration", ("key",), [("no key differs",)])]
    if len(labels) <= _MOST_COLUMNS:
        rows = [(key, *(row[label] for label in labels)) for key, row in texts.items()]
        return [Table(title, ("key", *labels), rows)]
    return [
        Table(title, ("run", *keys), [(one, *(texts[key][one] for key in keys)) for one in labels])
        for keys in _parts(list(texts))
    ]


def _metrics(compared: Compared) -> list[Table]:
    labels = list(next(iter(compared.metrics.values()), {}))
    title = "Metrics, with 95 % intervals"
    if not labels:
        return []
    names = list(compared.metrics)
    if len(labels) <= _MOST_COLUMNS:
        rows = [
            (metric_label(name), *(_cell(name, compared.metrics[name][label]) for label in labels))
            for name in names
        ]
        return [Table(title, ("metric", *labels), rows, right=labels, note=_methods(compared))]
    tables = []
    for part in _parts(names):
        headers = [metric_label(name) for name in part]
        rows = [
            (label, *(_cell(name, compared.metrics[name][label]) for name in part))
            for label in labels
        ]
        tables.append(Table(title, ("run", *headers), rows, right=headers))
    tables[-1] = Table(
        title, tables[-1].headers, tables[-1].rows, tables[-1].right, _methods(compared)
    )
    return tables


def _cell(name: str, estimate: Estimate) -> str:
    text = metric_text(name, estimate.value)
    if estimate.low is None or estimate.high is None:
        return text
    return f"{text} [{metric_text(name, estimate.low)}, {metric_text(name, estimate.high)}]"


def _methods(compared: Compared) -> str:
    """Return how the intervals were made, without what differs from run to run."""
    found = {
        one.method.partition(", mean block")[0]
        for row in compared.metrics.values()
        for one in row.values()
        if one.method
    }
    return f"intervals: {'; '.join(sorted(found))}" if found else ""


def _tests(compared: Compared) -> list[Table]:
    if not compared.tests:
        return []
    several = len({one.run for one in compared.tests}) > 1
    seeds = any(one.improvement is not None for one in compared.tests)
    headers = ["run", "against", "difference of", "difference", "95 % interval", "p"]
    headers += ["p (Holm)"] if several else []
    headers += ["P(better)"] if seeds else []
    rows = []
    for one in compared.tests:
        row = [one.run, one.against, _statistic(one), *_difference(one), p_text(one.p)]
        row += [p_text(one.p_holm)] if several else []
        row += ["undefined" if one.improvement is None else _share(one)] if seeds else []
        rows.append(row)
    note = f"{_verdict(compared)} {_how(compared)}"
    if several:
        note += "; p (Holm) holds for all these runs together"
    right = headers[3:]
    return [Table("Are the differences luck?", headers, rows, right=right, note=note)]


def _share(one: Difference) -> str:
    if one.improvement_low is None or one.improvement_high is None:
        return f"{one.improvement:.1%}"
    return f"{one.improvement:.1%} [{one.improvement_low:.0%}, {one.improvement_high:.0%}]"


def _verdict(compared: Compared) -> str:
    """Return in one sentence which differences are more than luck."""
    known = [one for one in compared.tests if one.p_holm is not None]
    beyond = [
        f"{one.run} ({_statistic(one)} {'higher' if (one.difference or 0) > 0 else 'lower'})"
        for one in known
        if one.p_holm is not None and one.p_holm < _ALPHA
    ]
    if not known:
        return "No difference could be tested."
    if not beyond:
        return f"No difference from {compared.against} is beyond luck at the 5 % level."
    names = ", ".join(beyond)
    return f"Beyond luck at the 5 % level, against {compared.against}: {names}."


def _how(compared: Compared) -> str:
    methods = "; ".join(sorted({one.method for one in compared.tests if one.method})) or "none"
    blocks = [one.block for one in compared.tests if one.block is not None]
    if blocks:
        ends = sorted({min(blocks), max(blocks)})
        methods += f", blocks of {' to '.join(str(one) for one in ends)} bars"
    seeds = any(one.improvement is not None for one in compared.tests)
    p_values = "Mann-Whitney over seeds" if seeds else "of the same bootstrap"
    return f"Run minus against; intervals: {methods}; two-sided p-values: {p_values}"


def _statistic(one: Difference) -> str:
    return _STATISTICS.get(one.statistic) or metric_label(one.statistic)


def _difference(one: Difference) -> tuple[str, str]:
    texts = []
    for value in (one.difference, one.low, one.high):
        if value is None:
            texts.append("undefined")
        elif one.statistic in ("mean_return", "total_return"):
            texts.append(f"{value:+z.2%}")
        else:
            texts.append(f"{value:+z.3f}")
    interval = "undefined" if one.low is None else f"[{texts[1]}, {texts[2]}]"
    return texts[0], interval


def _parts(columns: Sequence[str]) -> list[list[str]]:
    starts = range(0, len(columns), _MOST_COLUMNS)
    return [list(columns[start : start + _MOST_COLUMNS]) for start in starts]


def to_json(compared: Compared) -> dict[str, Any]:
    """Return a comparison as JSON types; ``schema_version`` grows when a name changes."""
    return {
        "schema_version": SCHEMA_VERSION,
        "runs": [
            {
                "label": label,
                "id": run.id,
                "path": str(run.path),
                "name": run.name,
                "kind": run.kind,
                "status": run.status,
                "agent": run.agent,
                "dataset": run.dataset_name,
                "dataset_sha256": run.dataset.get("sha256"),
                "split": run.split,
                "seed": run.seed,
            }
            for label, run in compared.runs.items()
        ],
        "against": compared.against,
        "configuration": {
            key: {label: value for label, value in row.items() if value is not MISSING}
            for key, row in compared.configuration.items()
        },
        "data": {
            "same_test_bars": compared.same_bars,
            "common_returns": compared.bars,
            "first": compared.first or None,
            "last": compared.last or None,
            "notes": list(compared.notes),
        },
        "metrics": {
            name: {label: _estimate(one) for label, one in row.items()}
            for name, row in compared.metrics.items()
        },
        "tests": [asdict(one) for one in compared.tests],
        "winner": winner_json(compared.winner),
        "warnings": list(compared.warnings),
    }


def _estimate(one: Estimate) -> dict[str, Any]:
    return {"value": one.value, "low": one.low, "high": one.high, "method": one.method or None}


def to_long_csv(compared: Compared) -> str:
    """Return a comparison as one CSV table with a row for each value.

    The sections are ``configuration``, ``metric``, ``test``, ``improvement``, ``winner`` and
    ``remark``.
    """
    rows: list[Sequence[object]] = []
    for key, values in compared.configuration.items():
        for label, value in values.items():
            if value is not MISSING:
                rows.append(_row("configuration", key, label, value=value_text(value)))
    for name, estimates in compared.metrics.items():
        for label, one in estimates.items():
            rows.append(
                _row("metric", name, label, value=one.value, low=one.low, high=one.high,
                     method=one.method)
            )  # fmt: skip
    for test in compared.tests:
        rows.append(
            _row("test", test.statistic, test.run, against=test.against, value=test.difference,
                 low=test.low, high=test.high, p=test.p, p_holm=test.p_holm, method=test.method)
        )  # fmt: skip
        if test.improvement is not None:
            rows.append(
                _row("improvement", test.statistic, test.run, against=test.against,
                     value=test.improvement, low=test.improvement_low,
                     high=test.improvement_high)
            )  # fmt: skip
    rows += [_row("winner", **row) for row in winner_rows(compared.winner)]
    rows += [_row("remark", text) for text in (*compared.warnings, *compared.notes)]
    return to_csv(_CSV_HEADERS, rows)


def _row(section: str, item: object, run: object = "", **values: object) -> list[object]:
    known: Mapping[str, object] = {"section": section, "item": item, "run": run, **values}
    return [known.get(name) for name in _CSV_HEADERS]
