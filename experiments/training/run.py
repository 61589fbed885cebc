"""One training run: from a resolved configuration to a tested agent."""

import gc
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import VecEnv

from tradegym.conf.errors import UserError
from tradegym.envs.build import PARTS, EnvBuilder
from tradegym.envs.engines.choice import EngineChoice
from tradegym.experiments import trust
from tradegym.experiments.agents.checkpoints import load_checkpoint, save_checkpoint
from tradegym.experiments.agents.directories import atomic_directory
from tradegym.experiments.agents.sb3 import build_model, find_algorithm, uneven_batches
from tradegym.experiments.agents.sb3_policy import SB3Policy
from tradegym.experiments.agents.seeding import SeedRecord, seed_everything
from tradegym.experiments.agents.weights import weights_sha256
from tradegym.experiments.audit import AUDIT_FILE
from tradegym.experiments.evaluation import Comparison, compare
from tradegym.experiments.judging import audit_before, judge, record_trial, report_on
from tradegym.experiments.lifecycle import recorded
from tradegym.experiments.plots import plot_learning
from tradegym.experiments.recording import (
    agent_name,
    plots_of,
    record_comparison,
    record_plots,
    record_start,
    start_tracker,
)
from tradegym.experiments.rehearsal import rehearse
from tradegym.experiments.reporter import LoggingReporter, Reporter
from tradegym.experiments.rundir import METRICS_FILE, RunDir
from tradegym.experiments.runs import reconcile
from tradegym.experiments.spaces import describe_spaces
from tradegym.experiments.tracking.base import ModelBundle, Tracker
from tradegym.experiments.tracking.registry import open_tracker
from tradegym.experiments.training.engine import engine_of
from tradegym.experiments.training.make_envs import training_envs
from tradegym.experiments.training.metrics_writer import MetricsWriter
from tradegym.experiments.training.rollout_terms import RolloutTerms
from tradegym.experiments.training.validation import ProgressCallback, ValidationCallback

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.run import Config


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training run left.

    Attributes
    ----------
    run : RunDir
    comparison : Comparison
        The best checkpoint and the baselines on the test split.
    best_step : int
        Training step of that checkpoint.
    result : dict
        Content of ``result.json``.
    """

    run: RunDir
    comparison: Comparison
    best_step: int
    result: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A training that could begin; nothing has been written. To be closed.

    Attributes
    ----------
    builder : EnvBuilder
    engine : EngineChoice
    envs : VecEnv
        Of the train part.
    model : BaseAlgorithm
        Untrained.
    seeds : SeedRecord
    warnings : tuple of str
        To be shown when the run begins, one line each.
    """

    builder: EnvBuilder
    engine: EngineChoice
    envs: VecEnv
    model: BaseAlgorithm
    seeds: SeedRecord
    warnings: tuple[str, ...]

    def close(self) -> None:
        """Let go of the environments, and of the threads and processes that step them."""
        self.envs.close()


def prepare(resolved: "Resolved", reporter: Reporter) -> Prepared:
    """Load the data and make environments and model, so that mistakes show before a run begins.

    Parameters
    ----------
    resolved : Resolved
    reporter : Reporter

    Raises
    ------
    UserError
        For wrong input.
    """
    config = resolved.config
    if config.agent.rule is not None:
        raise UserError(
            f"agent.rule: '{config.agent.rule}' is a rule and cannot be trained; evaluate it with "
            f"tradegym eval agent={config.agent.rule}, or train agent=ppo"
        )
    find_algorithm(config.agent.algorithm)  # before anything that takes a while
    reporter.message(f"loading {config.dataset.cls or config.dataset.source}")
    builder = EnvBuilder(resolved)
    rehearse(builder, resolved, PARTS)
    seeds = seed_everything(config.seed, config.train.torch_threads)
    engine = engine_of(resolved, builder, reporter)
    envs = training_envs(resolved, builder, engine)
    with ExitStack() as unfinished:
        unfinished.callback(envs.close)
        model = build_model(config.agent, envs, seed=config.seed, device=config.train.device)
        unfinished.pop_all()
    uneven = uneven_batches(model)
    warnings = (*resolved.warnings, *builder.warnings, *((uneven,) if uneven else ()))
    return Prepared(builder, engine, envs, model, seeds, warnings)


def train(
    resolved: "Resolved",
    reporter: Reporter,
    labels: Mapping[str, str] | None = None,
    *,
    parent_run_id: str | None = None,
    started: Callable[[RunDir], None] | None = None,
) -> Trained:
    """Train, validate and test an agent, and record all of it.

    Parameters
    ----------
    resolved : Resolved
        The configuration.
    reporter : Reporter
        Told about progress.
    labels : mapping of str to str, optional
        Further entries of ``run.json``, such as the sweep that the run belongs to.
    parent_run_id : str, optional
        The tracker's run that this one belongs to.
    started : callable, optional
        Gets the run as soon as its directory exists.

    Returns
    -------
    Trained

    Raises
    ------
    UserError
        For wrong input; nothing has been written then.
    """
    beginning = time.perf_counter()
    with closing(prepare(resolved, reporter)) as prepared:
        return _train(resolved, prepared, reporter, beginning, labels or {}, parent_run_id, started)


def _train(
    resolved: "Resolved",
    prepared: Prepared,
    reporter: Reporter,
    beginning: float,
    labels: Mapping[str, str],
    parent_run_id: str | None,
    started: Callable[[RunDir], None] | None,
) -> Trained:
    config = resolved.config
    builder, model = prepared.builder, prepared.model
    root = Path(config.runs_root).expanduser().absolute()
    # A store that cannot be used is a mistake too: no run directory before it is open.
    tracker = _open_tracker(root, config, reporter)
    audit = audit_before(resolved, reporter)
    run = RunDir.create(root, config.name)
    reporter = LoggingReporter(reporter, run.path / "train.log")
    with recorded(run, tracker) as result:
        run.update(**labels)
        if started is not None:
            started(run)
        _claim(run, resolved, reporter)
        start_tracker(tracker, run, resolved, builder, run.id, parent_run_id)
        record_start(run, tracker, resolved, builder, "train")
        run.update(
            spaces=describe_spaces(builder),
            seeding=prepared.seeds.as_dict(),
            engine={"backend": prepared.engine.backend, "reason": prepared.engine.reason},
            device=str(model.device),
        )
        run.write_json(AUDIT_FILE, audit.to_json())
        _describe(reporter, run, resolved, prepared)
        number = config.n_envs
        reporter.message(
            f"engine: {prepared.engine}, {number} environment{'s' if number > 1 else ''}"
        )
        result["audit"] = audit.status
        result["timing"] = {}
        callback = ValidationCallback(
            builder, config.train, run, tracker, reporter, config.eval.risk_free
        )
        learning = time.perf_counter()
        _learn(model, callback, config, run, tracker, reporter)
        result["timing"]["training_seconds"] = time.perf_counter() - learning
        result["steps"] = model.num_timesteps
        result["weights_sha256"] = weights_sha256(model)
        best = callback.best
        if best is None:
            raise RuntimeError("training ended without a validation")
        directory = run.checkpoint_dir(best.step)
        if callback.stopped is not None:
            result["stopped"] = callback.stopped
        result["best"] = {"step": best.step, "metric": best.metric, "value": best.value}
        name = agent_name(resolved)
        record_trial(
            root, "train", run.id, resolved, builder, name, callback.best_metrics, reporter
        )
        comparison = _test(model, directory, builder, config)
        result["best"]["weights_sha256"] = weights_sha256(model)
        folder = run.eval_dir("test")
        result["test"] = record_comparison(folder, tracker, comparison, best.step)
        metrics = comparison.agent.metrics
        record_trial(root, "test", run.id, resolved, builder, name, metrics, reporter)
        luck = judge(folder, root, comparison, resolved, builder, reporter)
        if luck is not None:
            result["verdict"] = luck["verdict"]
        _record_pictures(run, tracker, comparison, resolved, builder)
        _record_model(run, tracker, model, directory, config, best.step)
        result["timing"]["total_seconds"] = time.perf_counter() - beginning
        for warning in comparison.warnings:
            reporter.warn(warning)
    report_on(run, config, reporter)
    return Trained(run, comparison, best.step, dict(result))


def _claim(run: RunDir, resolved: "Resolved", reporter: Reporter) -> None:
    """Note that this user made the run, so that its import paths may be used again."""
    try:
        trust.remember(run.id, resolved)
    except OSError as error:
        reporter.warn(
            f"evaluating this run will need --trust: it cannot be noted as yours ({error})"
        )


def _open_tracker(root: Path, config: "Config", reporter: Reporter) -> Tracker:
    reconcile(root)
    if config.tracking.backend != "none":
        reporter.message("opening the tracking store (takes a few seconds the first time)")
    return open_tracker(config.tracking, root)


def _describe(reporter: Reporter, run: RunDir, resolved: "Resolved", prepared: Prepared) -> None:
    config, builder = resolved.config, prepared.builder
    split = builder.split
    for warning in prepared.warnings:
        reporter.warn(warning)
    reporter.message(f"run {run.path}")
    training = (
        f"{split.bars('train'):,} bars to train"
        if builder.process is None
        else f"a new path of {builder.process.name} for each training episode"
    )
    reporter.message(
        f"{agent_name(resolved)} on {builder.dataset.name}, seed {config.seed}: {training}, "
        f"{split.bars('validation'):,} bars to validate, {split.bars('test'):,} to test"
    )


def _learn(
    model: BaseAlgorithm,
    callback: ValidationCallback,
    config: "Config",
    run: RunDir,
    tracker: Tracker,
    reporter: Reporter,
) -> None:
    model.set_logger(Logger(folder=None, output_formats=[MetricsWriter(run, tracker)]))
    total = config.train.total_timesteps
    reporter.start(total, "training")
    try:
        with _rare_garbage_collection():
            callbacks = [callback, RolloutTerms(), ProgressCallback(reporter)]
            model.learn(total, callback=CallbackList(callbacks))
    except (KeyboardInterrupt, SystemExit):
        reporter.stop()
        step = model.num_timesteps
        if step:
            directory = run.checkpoint_dir(step)
            save_checkpoint(model, model.get_vec_normalize_env(), directory, step)
            reporter.warn(f"interrupted at step {step:,}; saved {directory}")
        raise
    finally:
        reporter.stop()


@contextmanager
def _rare_garbage_collection() -> Iterator[None]:
    """Collect garbage less often: backtrader keeps every order, and each collection walks them."""
    thresholds = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def _test(
    model: BaseAlgorithm, directory: Path, builder: EnvBuilder, config: "Config"
) -> Comparison:
    """Play the best checkpoint, as loaded from disk, on the test split."""
    checkpoint = load_checkpoint(directory, model)
    policy = SB3Policy(model, checkpoint.normaliser, config.eval.deterministic)
    return compare(policy, builder, config, "test")


def _record_pictures(
    run: RunDir,
    tracker: Tracker,
    comparison: Comparison,
    resolved: "Resolved",
    builder: EnvBuilder,
) -> None:
    name = agent_name(resolved)
    figures = plots_of(comparison, name, builder.dataset.name)
    rows = [json.loads(line) for line in (run.path / METRICS_FILE).read_text().splitlines()]
    key = f"validation/{resolved.config.train.select}"
    figures["learning.png"] = plot_learning(rows, f"{name}: validation while training", key)
    record_plots(run.plots, tracker, figures)


def _record_model(
    run: RunDir,
    tracker: Tracker,
    model: BaseAlgorithm,
    directory: Path,
    config: "Config",
    step: int,
) -> None:
    """Keep the best checkpoint as the run's model."""
    with atomic_directory(run.path / "model") as fresh:
        for file in sorted(directory.iterdir()):
            (fresh / file.name).write_bytes(file.read_bytes())
    bundle = ModelBundle(
        checkpoint=run.path / "model",
        agent=config.agent,
        observation_space=model.observation_space,
        action_space=model.action_space,
        step=step,
    )
    tracker.log_model(bundle)
