"""The table of an experiment with several seeds or folds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.cli.output import print_json, print_table

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.experiments.many.run import Many

#: Metrics of the printed tables, in groups.
_ROWS = (
    ("total_return", "annual_return", "annual_volatility", "max_drawdown"),
    ("sharpe", "sortino", "calmar"),
    ("trades", "exposure", "commission", "final_equity"),
)
_FOLD_COLUMNS = ("total_return", "sharpe", "max_drawdown", "trades")


def print_many(many: "Many", resolved: "Resolved", *, as_json: bool) -> None:
    """Print what several seeds or folds gave.

    Parameters
    ----------
    many : Many
    resolved : Resolved
        The parent's configuration.
    as_json : bool
    """
    if as_json:
        print_json({"run": str(many.run.path), **many.result, **many.conclusion.content})
        return
    from tradegym.experiments.recording import agent_name

    print(f"\n{agent_name(resolved)}: test of {len(many.outcomes)} {many.kind}")
    _TABLES[many.kind](many.conclusion.content, agent_name(resolved))
    seconds = many.result["timing"]["total_seconds"]
    path = many.run.path
    short = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    print(f"\nExperiment recorded in {short} ({seconds:.0f} s).")


def _print_seeds(content: Mapping[str, Any], name: str) -> None:
    summary, values = content["summary"], content["metrics"]
    if not summary:
        return
    from tradegym.experiments.luck.seeds import iqm
    from tradegym.experiments.many.reading import called

    baselines = [one for one in values if one != "agent"]
    headers = (
        "", f"{name} (IQM)", "95% interval", "std", "range",
        *(called(one, name) for one in baselines),
    )  # fmt: skip

    def row(metric: str) -> Sequence[str]:
        found, text = summary[metric], _texts(metric)
        low, high = text(found["low"]), text(found["high"])
        interval = f"{low} to {high}" if found["low"] is not None else "undefined"
        span = f"{text(found['min'])} to {text(found['max'])}"
        middles = [
            text(iqm([one for one in values[agent].get(metric, []) if one is not None]))
            for agent in baselines
        ]
        label = _label(metric)
        return (
            label,
            text(found["iqm"]),
            interval,
            text(found["std"]),
            span,
            *middles,
        )

    sections = [[row(one) for one in group if one in summary] for group in _ROWS]
    print_table(headers, sections, right=headers[1:])
    print()
    for baseline, found in content["improvement"].items():
        if found["probability"] is None:
            continue
        ends = ""
        if found["low"] is not None:
            ends = f" (95% interval {found['low']:.0%} to {found['high']:.0%})"
        print(
            f"a seed earns more than {called(baseline, name)} with probability "
            f"{found['probability']:.0%}{ends}"
        )


def _print_folds(content: Mapping[str, Any], name: str) -> None:
    from tradegym.experiments.many.reading import called

    rows = []
    for fold in content["folds"]:
        period = " to ".join(str(one)[:10] for one in fold.get("test", ()))
        texts = [_texts(key)(fold["metrics"].get(key)) for key in _FOLD_COLUMNS]
        texts = texts if fold["metrics"] else ["-"] * len(_FOLD_COLUMNS)
        rows.append((str(fold["fold"]), period, fold["status"], *texts))
    labels = [_label(key) for key in _FOLD_COLUMNS]
    totals = []
    if content["stitched"] is not None:
        tests = {"agent": content["stitched"], **content["baselines"]}
        for agent, metrics in tests.items():
            texts = [_texts(key)(metrics.get(key)) for key in _FOLD_COLUMNS]
            what = "stitched" if content["statistic"] == "one path" else content["statistic"]
            totals.append(("all", called(agent, name), what, *texts))
    print_table(("fold", "test", "", *labels), [rows, totals], right=labels)


_TABLES = {"seeds": _print_seeds, "folds": _print_folds}


def _texts(metric: str) -> Any:
    from tradegym.experiments.metrics import METRICS

    return METRICS[metric].text


def _label(metric: str) -> str:
    from tradegym.experiments.metrics import METRICS

    return METRICS[metric].label
