"""Validates the agent while it trains, and keeps its checkpoints."""

import math
from dataclasses import dataclass
from pathlib import Path

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import VecNormalize

from tradegym.conf.schema.run import TrainConfig
from tradegym.envs.build import EnvBuilder
from tradegym.experiments.agents.checkpoints import save_checkpoint
from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.sb3_policy import SB3Policy
from tradegym.experiments.evaluation import evaluate
from tradegym.experiments.interrupts import raise_pending
from tradegym.experiments.metrics import METRICS, Metrics
from tradegym.experiments.reporter import Reporter
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.tracking.base import Tracker
from tradegym.experiments.training.patience import Patience

BEST_FILE = "checkpoints/best.json"


@dataclass(frozen=True, slots=True)
class Best:
    """The best checkpoint so far.

    Attributes
    ----------
    step : int
        Its training step.
    metric : str
        What was compared.
    value : float or None
        On the validation split; None when undefined.
    """

    step: int
    metric: str
    value: float | None

    @property
    def score(self) -> float:
        """The value as something to maximise; undefined is worst."""
        if self.value is None:
            return -math.inf
        return -self.value if METRICS[self.metric].higher_is_better is False else self.value


class ValidationCallback(BaseCallback):
    """Every ``train.eval_every`` steps: validate, save a checkpoint, remember the best.

    The validation is deterministic and draws no random numbers, so it leaves the training as
    it would be without. The best checkpoint has the highest ``train.select`` on the validation
    split, ties to the later. After ``train.patience`` validations without an improvement by more
    than ``train.min_improvement`` the training stops.

    Parameters
    ----------
    builder : EnvBuilder
    config : TrainConfig
    run : RunDir
    tracker : Tracker
    reporter : Reporter
    risk_free : float
        Rate per year that Sharpe and Sortino ratios are above.
    """

    def __init__(
        self,
        builder: EnvBuilder,
        config: TrainConfig,
        run: RunDir,
        tracker: Tracker,
        reporter: Reporter,
        risk_free: float = 0.0,
    ) -> None:
        super().__init__()
        self._risk_free = risk_free
        self._builder = builder
        self._config = config
        self._run = run
        self._tracker = tracker
        self._reporter = reporter
        self._next = config.eval_every
        self._last_saved = -1
        self._patience = Patience(config.patience, config.min_improvement)
        self.best: Best | None = None
        #: All metrics of the best checkpoint on the validation split.
        self.best_metrics: Metrics | None = None
        #: Why training was stopped early, None if it was not.
        self.stopped: str | None = None

    def _on_step(self) -> bool:
        if self.num_timesteps >= self._next:
            self._next += self._config.eval_every
            self.validate()
        return self.stopped is None

    def _on_training_end(self) -> None:
        if self._last_saved != self.num_timesteps:
            self.validate()

    def save(self) -> Path:
        """Save a checkpoint of the current step and return its directory."""
        directory = self._run.checkpoint_dir(self.model.num_timesteps)
        save_checkpoint(self.model, self._vecnormalize(), directory, self.model.num_timesteps)
        self._last_saved = self.model.num_timesteps
        return directory

    def validate(self) -> None:
        """Validate the current agent and save its checkpoint."""
        step = self.num_timesteps
        wrapper = self._vecnormalize()
        normaliser = None if wrapper is None else Normaliser.from_vecnormalize(wrapper)
        policy = SB3Policy(self.model, normaliser)
        found_now = evaluate(policy, self._builder, "validation", risk_free=self._risk_free)
        metrics = found_now.metrics.as_dict()
        self.save()
        folder = self._run.eval_dir("validation")
        found_now.write(folder)
        named = {f"validation/{name}": value for name, value in metrics.items()}
        self._run.append_metrics(step, named)
        self._tracker.log_metrics(step, named)
        found = Best(step, self._config.select, metrics[self._config.select])
        is_best = self.best is None or found.score >= self.best.score
        if is_best:
            self.best = found
            self.best_metrics = found_now.metrics
            self._run.write_json(
                BEST_FILE, {"step": step, "metric": found.metric, "value": found.value}
            )
        text = ", ".join(
            f"{METRICS[name].label.lower()} {METRICS[name].text(metrics[name])}"
            for name in dict.fromkeys((self._config.select, "sharpe", "max_drawdown", "trades"))
        )
        mark = "  (best so far)" if is_best else ""
        self._reporter.message(f"validation at step {step:,}: {text}{mark}")
        if self._patience.is_over(found.score):
            self.stopped = (
                f"no improvement of validation {found.metric} by more than "
                f"{self._config.min_improvement:g} in {self._patience.waited} validations"
            )
            self._reporter.message(f"stopped early at step {step:,}: {self.stopped}")

    def _vecnormalize(self) -> VecNormalize | None:
        return self.model.get_vec_normalize_env()


class ProgressCallback(BaseCallback):
    """Shows how far the training is, a few times a second at most.

    Parameters
    ----------
    reporter : Reporter
    """

    def __init__(self, reporter: Reporter) -> None:
        super().__init__()
        self._reporter = reporter

    def _on_step(self) -> bool:
        raise_pending()
        episodes = self.model.ep_info_buffer
        values = {}
        if episodes:
            mean = sum(episode["r"] for episode in episodes) / len(episodes)
            values["episode reward"] = f"{mean:.3f}"
        self._reporter.advance(self.num_timesteps, values)
        return True
