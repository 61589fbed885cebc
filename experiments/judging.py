"""What each run does so that its numbers can be believed: audit, ledger, judgement, report."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import RunFailed, TradegymError
from tradegym.experiments import trials
from tradegym.experiments.rundir import write_atomic

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.run import Config
    from tradegym.envs.build import EnvBuilder
    from tradegym.experiments.audit import AuditResult
    from tradegym.experiments.evaluation import Comparison
    from tradegym.experiments.metrics import Metrics
    from tradegym.experiments.reporter import Reporter
    from tradegym.experiments.rundir import RunDir

LUCK_FILE = "luck.json"


def audit_before(resolved: "Resolved", reporter: "Reporter") -> "AuditResult":
    """Look for look-ahead before a training, as ``audit.mode`` says.

    Raises
    ------
    RunFailed
        There is some, and the mode is ``stop``.
    """
    from tradegym.experiments.audit import run_audit

    audit = run_audit(resolved, reporter=reporter)
    if audit.status != "failed":
        return audit
    first, *others = audit.findings
    if resolved.config.audit.mode == "stop":
        more = f" (and {len(others)} more)" if others else ""
        raise RunFailed(
            f"the audit found look-ahead: {first}{more}; tradegym audit shows all, "
            f"audit.mode=warn goes on nevertheless"
        )
    for finding in (first, *others):
        reporter.warn(f"look-ahead: {finding}")
    return audit


def record_trial(
    root: Path,
    kind: trials.Kind,
    run: str,
    resolved: "Resolved",
    builder: "EnvBuilder",
    agent: str,
    metrics: "Metrics | None",
    reporter: "Reporter",
) -> None:
    """Note a training, or a use of the test split, in the ledger of the runs root.

    Parameters
    ----------
    root : Path
    kind : {"train", "test"}
    run : str
        Name of the run's directory.
    resolved : Resolved
    builder : EnvBuilder
    agent : str
    metrics : Metrics or None
        On the validation split (a training) or the test split.
    reporter : Reporter
        Warned when the ledger cannot be written; the run goes on.
    """
    per_year = None if metrics is None else metrics.bars_per_year
    sharpe = None if metrics is None else metrics.sharpe
    bars = None if metrics is None else metrics.n_returns
    try:
        trials.record(
            root,
            kind,
            run=run,
            dataset_sha256=builder.dataset.sha256,
            split_hash=trials.split_hash(builder.split),
            config_hash=trials.config_hash(resolved),
            seed=resolved.config.seed,
            agent=agent,
            sharpe=sharpe / math.sqrt(per_year) if sharpe is not None and per_year else None,
            bars=None if bars is None else int(bars),
        )
    except RunFailed as error:
        reporter.warn(f"this {kind} is not in the ledger of trials: {error}")


def judge(
    folder: Path,
    root: Path,
    comparison: "Comparison",
    resolved: "Resolved",
    builder: "EnvBuilder",
    reporter: "Reporter",
) -> dict[str, Any] | None:
    """Work out what luck explains of an evaluation, and write ``luck.json``.

    Parameters
    ----------
    folder : Path
        Where the evaluation's tables are.
    root : Path
        With the ledger, in which the evaluation already is.
    comparison : Comparison
    resolved : Resolved
    builder : EnvBuilder
    reporter : Reporter
        Warned when the ledger cannot be read.

    Returns
    -------
    dict or None
        Content of ``luck.json``; None with ``eval.resamples=0``.
    """
    import json

    from tradegym.experiments.luck import assess

    config = resolved.config
    if not config.eval.resamples:
        return None
    try:
        count = trials.count(root, builder.dataset.sha256)
    except RunFailed as error:
        reporter.warn(f"the ledger of trials cannot be read: {error}")
        count = trials.TrialCount()
    found = assess(
        comparison,
        count,
        seed=config.seed,
        reps=config.eval.resamples,
        risk_free=config.eval.risk_free,
    )
    write_atomic(folder / LUCK_FILE, json.dumps(found, indent=2) + "\n")
    return found


def report_on(run: "RunDir", config: "Config", reporter: "Reporter") -> None:
    """Write the report of a run that has ended, and log it; a failure is a warning."""
    if not config.eval.report:
        return
    from tradegym.experiments.report import log_report, write_report

    try:
        log_report(run.path, write_report(run.path))
    except TradegymError as error:
        reporter.warn(f"there is no report: {error}")
