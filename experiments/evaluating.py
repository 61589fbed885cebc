"""One evaluation run: a trained run's checkpoint, or a rule, on a part of the data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.conf.overrides import parse_overrides
from tradegym.conf.resolve import resolve, resolve_stored
from tradegym.envs.build import EnvBuilder
from tradegym.experiments import trust
from tradegym.experiments.agents.policy import Policy
from tradegym.experiments.agents.rules import build_rule
from tradegym.experiments.evaluation import Comparison, compare
from tradegym.experiments.judging import judge, record_trial, report_on
from tradegym.experiments.lifecycle import recorded
from tradegym.experiments.recording import (
    agent_name,
    plots_of,
    record_comparison,
    record_plots,
    record_start,
    start_tracker,
)
from tradegym.experiments.rehearsal import rehearse
from tradegym.experiments.reporter import Reporter
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.runs import find_run, reconcile, refuse_parent
from tradegym.experiments.spaces import check_spaces
from tradegym.experiments.tracking.registry import open_tracker
from tradegym.experiments.training.validation import BEST_FILE

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved

BEST, LAST = "best", "last"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is evaluated or drawn.

    Attributes
    ----------
    resolved : Resolved
        Stored configuration with the overrides of this command, or a fresh one.
    run : RunDir or None
        The training run; None for a rule of its own.
    typed : frozenset of str
        Keys and groups that this command sets.
    """

    resolved: "Resolved"
    run: RunDir | None
    typed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What an evaluation left.

    Attributes
    ----------
    directory : Path
        Where the tables and ``result.json`` are.
    comparison : Comparison
    name : str
        Of the agent.
    step : int or None
        Training step of the checkpoint; None for a rule.
    result : dict
        Content of ``result.json``.
    """

    directory: Path
    comparison: Comparison
    name: str
    step: int | None
    result: dict[str, Any] = field(repr=False)


def find_subject(
    text: str | None,
    overrides: Sequence[str],
    config_dir: Path | None,
    *,
    trust_run: bool = False,
) -> Subject:
    """Find what a command line means by RUN and overrides.

    Parameters
    ----------
    text : str or None
        A run's directory, name, MLflow id or ``last``; None evaluates the config's rule.
    overrides : sequence of str
    config_dir : Path or None
    trust_run : bool
        Import what the stored configuration names even if the run is not the user's.

    Raises
    ------
    UserError
        No such run, wrong overrides, or a stored import path that is not trusted.
    """
    if text is None:
        resolved = resolve(overrides, config_dir)
        if resolved.config.agent.rule is None:
            raise UserError(
                f"agent.algorithm: {resolved.config.agent.algorithm} has to be trained first; name "
                f"a RUN (a directory, a name, an MLflow run id or 'last'), or choose a rule such "
                f"as agent=buy_and_hold"
            )
        return Subject(resolved, None)
    roots = [override for override in overrides if override.startswith("runs_root=")]
    root = resolve(roots, config_dir).config.runs_root
    path = find_run(Path(root), text)
    refuse_parent(path)
    resolved = resolve_stored(path, overrides, config_dir)
    typed = frozenset(one.key for one in parse_overrides(overrides))
    trust.check(path.name, resolved, typed, trust=trust_run)
    return Subject(resolved, RunDir(path), typed)


def load_policy(subject: Subject, builder: EnvBuilder) -> tuple[Policy, int | None]:
    """Return the agent, ready to play, and the training step of its checkpoint.

    Raises
    ------
    UserError
        When there is no such checkpoint, or it does not fit the environment.
    """
    config = subject.resolved.config
    if config.agent.rule is not None:
        rule = build_rule(
            config.agent,
            seed=config.seed,
            reserve=config.engine.reserve,
            latency=config.engine.latency,
            engine=None if config.engine.cerebro else config.engine,
        )
        return rule, None
    # torch and SB3 are not needed for rules.
    from stable_baselines3.common.vec_env import DummyVecEnv

    from tradegym.experiments.agents.checkpoints import load_checkpoint
    from tradegym.experiments.agents.sb3 import build_model
    from tradegym.experiments.agents.sb3_policy import SB3Policy
    from tradegym.experiments.agents.seeding import seed_everything

    if subject.run is None:
        raise UserError("eval: a trained agent needs a RUN")
    directory = find_checkpoint(subject.run, config.eval.checkpoint)
    seed_everything(config.seed, config.train.torch_threads)
    check_spaces(subject.run, builder, subject.resolved)
    envs = DummyVecEnv([lambda: builder.env(config.eval.split)])
    model = build_model(config.agent, envs, seed=config.seed, device=config.train.device)
    checkpoint = load_checkpoint(directory, model)
    envs.close()
    policy = SB3Policy(model, checkpoint.normaliser, config.eval.deterministic)
    return policy, checkpoint.info.step


def find_checkpoint(run: RunDir, wanted: str) -> Path:
    """Return the directory of a run's checkpoint.

    Parameters
    ----------
    run : RunDir
    wanted : str
        ``best``, ``last`` or a training step.

    Raises
    ------
    UserError
        When it does not exist.
    """
    folder = run.path / "checkpoints"
    steps = sorted(int(path.name) for path in folder.glob("[0-9]*") if path.name.isdecimal())
    if not steps:
        raise UserError(f"{run.path}: has no checkpoint; its training ended before the first one")
    if wanted == LAST:
        return folder / str(steps[-1])
    if wanted == BEST:
        if not (run.path / BEST_FILE).exists():
            raise UserError(
                f"eval.checkpoint: {run.id} has no best checkpoint, since it was never validated; "
                f"use eval.checkpoint=last"
            )
        return folder / str(run.read_json(BEST_FILE)["step"])
    if int(wanted) not in steps:
        closest = min(steps, key=lambda step: abs(step - int(wanted)))
        raise UserError(
            f"eval.checkpoint: {run.id} has no checkpoint of step {wanted}; the nearest is "
            f"{closest} ({len(steps)} from {steps[0]} to {steps[-1]})"
        )
    return folder / wanted


def evaluate_run(subject: Subject, reporter: Reporter) -> Evaluated:
    """Evaluate an agent and record it, below its training run if it has one.

    Parameters
    ----------
    subject : Subject
    reporter : Reporter

    Raises
    ------
    UserError
        For wrong input; nothing has been written then.
    """
    resolved, config = subject.resolved, subject.resolved.config
    for warning in resolved.warnings:
        reporter.warn(warning)
    builder = EnvBuilder(resolved)
    for warning in builder.warnings:
        reporter.warn(warning)
    policy, step = load_policy(subject, builder)
    name, split = agent_name(resolved), config.eval.split
    rehearse(builder, resolved, [split])
    _compare_data(subject, builder, reporter)
    # The record belongs beside its training run, wherever the command was typed.
    root = Path(config.runs_root) if subject.run is None else subject.run.path.parent
    root = root.expanduser().absolute()
    # A store that cannot be used is a mistake too: no directory before it is open.
    reconcile(root)
    tracker = open_tracker(config.tracking, root)
    run = _begin(subject, root)
    # A replay of the evaluation imports again what it names.
    if subject.run is None:
        trust.remember(run.id, resolved)
    else:
        trust.remember(subject.run.id, resolved, subject.typed)
    parent = {} if subject.run is None else subject.run.info.get("mlflow") or {}
    title = run.id if subject.run is None else f"{subject.run.id}/{run.id}"
    with recorded(run, tracker) as result:
        start_tracker(tracker, run, resolved, builder, title, parent.get("run_id"))
        record_start(run, tracker, resolved, builder, split)
        reporter.message(f"{name} on {builder.dataset.name}, {split} split")
        comparison = compare(policy, builder, config, split, skip=config.agent.rule)
        result |= {"split": split, "agent": name, "checkpoint_step": step}
        result["metrics"] = record_comparison(run.path, tracker, comparison, step or 0)
        if split == "test":
            title = run.id if subject.run is None else subject.run.id
            metrics = comparison.agent.metrics
            record_trial(root, "test", title, resolved, builder, name, metrics, reporter)
        luck = judge(run.path, root, comparison, resolved, builder, reporter)
        if luck is not None:
            result["verdict"] = luck["verdict"]
        record_plots(run.plots, tracker, plots_of(comparison, name, builder.dataset.name))
        for warning in comparison.warnings:
            reporter.warn(warning)
    report_on(run, config, reporter)
    return Evaluated(run.path, comparison, name, step, dict(result))


def _begin(subject: Subject, root: Path) -> RunDir:
    config = subject.resolved.config
    if subject.run is None:
        return RunDir.create(root, config.name if config.name != "train" else "eval", "eval")
    run = RunDir(subject.run.eval_dir(config.eval.split))
    run.begin(config.name, "eval")
    return run


def _compare_data(subject: Subject, builder: EnvBuilder, reporter: Reporter) -> None:
    """Say so when the data are no longer the ones that the agent was trained on."""
    if subject.run is None:
        return
    stored = subject.run.info.get("dataset") or {}
    chosen = any(key.partition(".")[0] == "dataset" for key in subject.typed)
    if stored.get("sha256") not in (None, builder.dataset.sha256) and not chosen:
        reporter.warn(
            f"the data of '{builder.dataset.name}' have changed since {subject.run.id} was trained "
            f"(sha256 {stored['sha256'][:12]} then, {builder.dataset.sha256[:12]} now)"
        )
