"""What training and evaluation record in the same way: configuration, data, results, plots."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.envs.build import PARTS, EnvBuilder
from tradegym.experiments import provenance
from tradegym.experiments.evaluation import Comparison
from tradegym.experiments.plots import plot_actions, plot_equity, plot_exposure, plot_trades
from tradegym.experiments.rundir import RunDir, write_atomic
from tradegym.experiments.tracking.base import DatasetInfo, Tracker

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.dataset import DatasetConfig

_DPI = 100


def agent_name(resolved: "Resolved") -> str:
    """Return what the agent is called in tables and plots."""
    agent = resolved.config.agent
    return agent.algorithm or str(agent.rule)


def params_of(resolved: "Resolved") -> dict[str, Any]:
    """Return the active configuration values by key; secrets stay as they were written."""
    return {
        key: entry.value
        for key, entry in resolved.values.items()
        if not entry.ignored and entry.value is not None
    }


def dataset_info(resolved: "Resolved", builder: EnvBuilder, context: str) -> DatasetInfo:
    """Describe the data and its split for the tracker."""
    dataset, config = builder.dataset, resolved.config.dataset
    parts: dict[str, dict[str, Any]] = {}
    for part in PARTS:
        ranges = builder.split.ranges(part)
        times = [[str(dataset.times[row])[:19] for row in (one[0], one[-1])] for one in ranges]
        parts[part] = {"bars": builder.split.bars(part)}
        if times:
            parts[part] |= {"first": times[0][0], "last": times[-1][1]}
        if len(times) > 1:
            parts[part]["ranges"] = times
    return DatasetInfo(
        name=dataset.name,
        sha256=dataset.sha256,
        source=_source(config),
        bars=len(dataset),
        context=context,
        details={
            "assets": list(dataset.assets),
            "bar_seconds": dataset.bar_seconds,
            "bars_per_year": dataset.bars_per_year,
            **parts,
        },
    )


def _source(config: "DatasetConfig") -> str:
    """Return where the bars came from: a class, files, or the name of a source."""
    files = config.filename
    if config.cls is not None or files is None:
        return str(config.cls or config.source)
    return files if isinstance(files, str) else ", ".join(files)


def start_tracker(
    tracker: Tracker,
    run: RunDir,
    resolved: "Resolved",
    builder: EnvBuilder,
    title: str,
    parent_run_id: str | None = None,
) -> None:
    """Start the tracker's run and note its ids in ``run.json``."""
    tracker.start(title, params_of(resolved), tags_of(resolved, builder, run.id), parent_run_id)
    if tracker.info is not None:
        run.update(mlflow=tracker.info)


def record_start(
    run: RunDir, tracker: Tracker, resolved: "Resolved", builder: EnvBuilder, context: str
) -> None:
    """Write the configuration, where it came from and what the data are."""
    stored = resolved.anchored(Path.cwd())
    write_atomic(run.path / "config.yaml", stored.yaml())
    run.write_json("resolved.json", stored.to_json())
    facts = provenance.collect()
    difference = facts.pop("git_diff", None)
    tracker.log_text(json.dumps(facts, indent=2) + "\n", "provenance.json")
    info = dataset_info(resolved, builder, context)
    run.update(
        seed=resolved.config.seed,
        provenance=facts,
        dataset={
            "name": info.name,
            "sha256": info.sha256,
            "source": info.source,
            "bars": info.bars,
            **info.details,
        },
        warnings=list(resolved.warnings),
    )
    tracker.log_dataset(info)
    for name in ("config.yaml", "resolved.json"):
        tracker.log_artifact(run.path / name)
    if difference:
        write_atomic(run.path / "uncommitted.diff", difference)
        tracker.log_artifact(run.path / "uncommitted.diff")


def tags_of(resolved: "Resolved", builder: EnvBuilder, run_id: str) -> dict[str, str]:
    """Return the tags of the tracker's run."""
    state = provenance.git_state(Path.cwd())
    tags = {
        "tradegym.run": run_id,
        "tradegym.agent": agent_name(resolved),
        "tradegym.dataset": builder.dataset.name,
        "tradegym.dataset_sha256": builder.dataset.sha256,
        "tradegym.command": provenance.command_line(),
        "tradegym.seed": str(resolved.config.seed),
    }
    if state.get("git_commit"):
        tags["mlflow.source.git.commit"] = str(state["git_commit"])
        tags["tradegym.git_dirty"] = str(state["git_dirty"])
    return tags


def plots_of(comparison: Comparison, name: str, market: str) -> dict[str, "Figure"]:
    """Draw equity, trades, actions and exposure of the first episode.

    Parameters
    ----------
    comparison : Comparison
    name : str
        Of the agent.
    market : str
        Name of the dataset.

    Returns
    -------
    dict of str to Figure
        By file name.
    """
    title = f"{name} on {market}, {comparison.split} split"
    record = comparison.agent.record
    baselines = {key: found.record for key, found in comparison.baselines.items()}
    return {
        "equity.png": plot_equity(record, baselines, f"{title}: equity", name),
        "trades.png": plot_trades(record, f"{title}: trades"),
        "actions.png": plot_actions(record, f"{title}: actions"),
        "exposure.png": plot_exposure(record, f"{title}: exposure"),
    }


def record_plots(folder: Path, tracker: Tracker, figures: Mapping[str, "Figure"]) -> None:
    """Write figures into ``folder`` and to the tracker's ``plots/``."""
    folder.mkdir(exist_ok=True)
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=_DPI)
        tracker.log_figure(figure, f"plots/{name}")


def record_comparison(
    folder: Path, tracker: Tracker, comparison: Comparison, step: int
) -> dict[str, dict[str, float | None]]:
    """Write an evaluation's tables and log its metrics; returns the metrics by agent."""
    files = comparison.agent.write(folder)
    for name, baseline in comparison.baselines.items():
        (folder / "baselines" / name).mkdir(parents=True)
        baseline.write(folder / "baselines" / name)
    metrics = comparison.metrics()
    named = {f"{comparison.split}/{key}": value for key, value in metrics["agent"].items()}
    for name, values in metrics.items():
        if name != "agent":
            named |= {f"{comparison.split}_{name}/{key}": value for key, value in values.items()}
    tracker.log_metrics(step, named)
    for file in files:
        tracker.log_artifact(file, f"eval/{folder.name}")
    return metrics
