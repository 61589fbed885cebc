"""One run in detail."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tradegym.conf.origins import is_given
from tradegym.experiments.comparing.intervals import Estimate, seed_intervals, stored_intervals
from tradegym.experiments.comparing.stored import AGENT, StoredRun, read_json
from tradegym.experiments.comparing.tables import Document, Table
from tradegym.experiments.comparing.texts import (
    duration_text,
    metric_label,
    metric_text,
    size_text,
    value_text,
)
from tradegym.experiments.rundir import RUN_FILE
from tradegym.experiments.runs import list_runs

LOG_FILE = "train.log"

#: Metrics of the printed results, where the run has them.
_SHOWN = (
    "total_return",
    "annual_return",
    "annual_volatility",
    "sharpe",
    "sortino",
    "max_drawdown",
    "calmar",
    "turnover",
    "trades",
    "win_rate",
    "exposure",
    "rejected",
    "costs",
    "final_equity",
)


def describe_run(run: StoredRun) -> dict[str, Any]:
    """Return all that ``runs show`` tells, as JSON types.

    Returns
    -------
    dict
        ``identity``, ``error``, ``log``, ``dataset``, ``given`` (values that the user gave, with
        their origins), ``metrics`` (with intervals, by agent and baseline), ``best``, ``audit``,
        ``checkpoints``, ``files``, ``children``, ``parents`` and ``warnings``.
    """
    log = run.path / LOG_FILE
    return {
        "identity": {
            "id": run.id,
            "path": str(run.path),
            "name": run.name,
            "kind": run.kind,
            "status": run.status,
            "agent": run.agent,
            "seed": run.seed,
            "started": run.created or None,
            "ended": run.info.get("ended"),
            "seconds": run.seconds,
            "mlflow_run_id": _table(run.info.get("mlflow")).get("run_id"),
            "command": _table(run.info.get("provenance")).get("command_line"),
            "git_commit": _table(run.info.get("provenance")).get("git_commit"),
        },
        "error": run.result.get("error"),
        "log": str(log) if log.is_file() else None,
        "dataset": dict(run.dataset),
        "given": {
            key: {"value": entry.get("value"), "origin": str(entry.get("origin", ""))}
            for key, entry in run.values.items()
            if isinstance(entry, Mapping)
            and not entry.get("note")
            and is_given(str(entry.get("origin", "schema")))
        },
        "split": run.split,
        "metrics": {who: _estimates(run, who) for who in run.metrics},
        "best": run.result.get("best"),
        "audit": read_json(run.path / "audit.json").get("status"),
        "checkpoints": checkpoints(run),
        "files": files(run.path),
        "children": _children(run),
        "parents": _parents(run),
        "warnings": list(run.info.get("warnings") or ()),
    }


def _estimates(run: StoredRun, who: str) -> dict[str, dict[str, Any]]:
    seeds = seed_intervals(run) if run.kind == "seeds" and who == AGENT else {}
    intervals = seeds or stored_intervals(run, who)
    found = {}
    for name, value in run.metrics[who].items():
        ends = intervals.get(name, Estimate(None))
        found[name] = {"value": value, "low": ends.low, "high": ends.high}
    return found


def checkpoints(run: StoredRun) -> list[int]:
    """Return the training steps that have a checkpoint, in order."""
    folder = run.path / "checkpoints"
    return sorted(int(path.name) for path in folder.glob("[0-9]*") if path.name.isdecimal())


def files(path: Path) -> dict[str, int]:
    """Return the size in bytes of each file and folder at the top of a run's directory."""
    return {one.name + ("/" if one.is_dir() else ""): _size(one) for one in sorted(path.iterdir())}


def _size(path: Path) -> int:
    found = path.rglob("*") if path.is_dir() and not path.is_symlink() else (path,)
    return sum(one.lstat().st_size for one in found if one.is_file() or one.is_symlink())


def _children(run: StoredRun) -> list[dict[str, str]]:
    """Return the runs that this one is made of, and the evaluations below it."""
    below = sorted((run.path / "eval").glob(f"*/{RUN_FILE}"))
    found = {path.resolve(): path for path in [*run.children, *(file.parent for file in below)]}
    listed = []
    for path in found.values():
        info = read_json(path / RUN_FILE)
        inside = path.is_relative_to(run.path)
        unread = "damaged" if path.exists() else "missing"
        listed.append(
            {
                "run": str(path.relative_to(run.path)) if inside else path.name,
                "kind": str(info.get("kind") or ""),
                "status": str(info.get("status") or unread),
            }
        )
    return listed


def _parents(run: StoredRun) -> list[str]:
    """Return the run that this one belongs to: the one above it, or one that lists it."""
    if "/" in run.id:
        return [run.id.partition("/")[0]]
    stated = run.info.get("parent")
    if stated:
        return [str(stated)]
    beside = [one for one in list_runs(run.path.parent) if one.kind in ("seeds", "folds")]
    return [
        one.path.name
        for one in beside
        if any(
            run.path.name in [str(name) for name in _names(read_json(one.path / file))]
            for file in ("seeds.json", "folds.json")
        )
    ]


def _names(many: Mapping[str, Any]) -> list[Any]:
    folds = many.get("folds")
    listed = many.get("runs")
    names = list(listed) if isinstance(listed, list) else []
    return names + [_table(fold).get("run") for fold in (folds if isinstance(folds, list) else ())]


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def to_document(found: Mapping[str, Any]) -> Document:
    """Return what `describe_run` found as tables."""
    tables = [_identity(found), _data(found), _given(found), *_results(found)]
    tables += [_lists(found), _files(found)]
    remarks = []
    error = found["error"]
    if isinstance(error, Mapping):
        where = f"; the log is {found['log']}" if found["log"] else ""
        kind, text = error.get("type"), error.get("message") or "no message"
        remarks.append(f"{found['identity']['status']}: {kind}: {text}{where}")
    elif found["identity"]["status"] in ("failed", "killed"):
        where = f"; the log is {found['log']}" if found["log"] else ""
        remarks.append(f"{found['identity']['status']}, without saying why{where}")
    remarks += [str(line) for line in found["warnings"]]
    return Document(remarks, [table for table in tables if table.rows])


def _identity(found: Mapping[str, Any]) -> Table:
    identity = dict(found["identity"])
    identity["duration"] = duration_text(identity.pop("seconds"))
    if found["audit"]:
        identity["audit"] = found["audit"]
    rows = [
        (key.replace("_", " "), value_text(value))
        for key, value in identity.items()
        if value not in (None, "")
    ]
    return Table("Run", ("what", "value"), rows)


def _data(found: Mapping[str, Any]) -> Table:
    rows = []
    for key, value in found["dataset"].items():
        part = _table(value)
        if part.get("first"):
            rows.append((key, f"{part['first']} to {part['last']}, {part.get('bars')} bars"))
        elif not part:
            rows.append((key.replace("_", " "), value_text(value)))
    return Table("Data", ("what", "value"), rows)


def _given(found: Mapping[str, Any]) -> Table:
    rows = [
        (key, value_text(entry["value"]), entry["origin"]) for key, entry in found["given"].items()
    ]
    note = "" if rows else "all values are defaults"
    return Table(
        "Configuration that differs from the defaults",
        ("key", "value", "origin"),
        rows or [("-", "-", "-")],
        note=note,
    )


def _results(found: Mapping[str, Any]) -> list[Table]:
    metrics = found["metrics"]
    names = [name for name in _SHOWN if any(name in table for table in metrics.values())]
    rows = [
        (metric_label(name), *(_cell(name, table.get(name)) for table in metrics.values()))
        for name in names
    ]
    best = _table(found["best"])
    note = ""
    if best.get("metric"):
        value = metric_text(str(best["metric"]), best.get("value"))
        note = f"best checkpoint: step {best.get('step')}, validation {best['metric']} {value}"
    title = f"Results on the {found['split']} split"
    return [Table(title, ("metric", *metrics), rows, right=list(metrics), note=note)]


def _cell(name: str, entry: Any) -> str:
    one = _table(entry)
    text = metric_text(name, one.get("value"))
    if one.get("low") is None or one.get("high") is None:
        return text
    return f"{text} [{metric_text(name, one['low'])}, {metric_text(name, one['high'])}]"


def _lists(found: Mapping[str, Any]) -> Table:
    rows = [("parent", name, "") for name in found["parents"]]
    rows += [
        (f"child ({one['kind']})" if one["kind"] else "child", one["run"], one["status"])
        for one in found["children"]
    ]
    return Table("Related runs", ("what", "run", "status"), rows)


def _files(found: Mapping[str, Any]) -> Table:
    steps = found["checkpoints"]
    shown = ", ".join(f"{step:,}" for step in (steps if len(steps) <= 6 else steps[:3]))
    if len(steps) > 6:
        shown += f", ..., {steps[-1]:,} ({len(steps)} of them)"
    rows = [(name, size_text(size)) for name, size in found["files"].items()]
    rows.append(("all files", size_text(sum(found["files"].values()))))
    note = f"checkpoints at the steps {shown}" if steps else "no checkpoints"
    return Table("Files", ("file", "size"), rows, right=("size",), note=note)
