"""Keys that say how to train and how to evaluate, and the root of the configuration."""

import re
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, model_validator

from tradegym.conf.schema.agent import AgentConfig
from tradegym.conf.schema.audit import AuditConfig
from tradegym.conf.schema.base import ConfigModel, Text, Unique, Whole, node, option
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.conf.schema.engine import EngineConfig
from tradegym.conf.schema.episode import EpisodeConfig
from tradegym.conf.schema.render import RenderConfig
from tradegym.conf.schema.split import SplitConfig
from tradegym.conf.schema.strategy import StrategyConfig
from tradegym.conf.schema.tracking import TrackingConfig

#: Most threads that may step one batch of the compiled engine.
MOST_ENV_THREADS = 64

Metric = Literal[
    "total_return",
    "total_log_return",
    "annual_return",
    "sharpe",
    "sortino",
    "calmar",
    "final_equity",
    "reward",
]

BaselineName = Literal[
    "buy_and_hold",
    "flat",
    "sma_cross",
    "volatility_target",
    "random",
    "random_trades",
    "perfect_foresight",
]


def _check_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", value):
        raise ValueError("cannot be part of a directory name")
    return value


def _check_checkpoint(value: str) -> str:
    if value not in ("best", "last") and not value.isdecimal():
        raise ValueError("is not a checkpoint")
    return value


def _seeds_of_list(value: Any) -> Any:
    """Take a list of whole numbers for a tuple."""
    if not isinstance(value, list):
        return value
    return tuple(int(one) if isinstance(one, float) and one.is_integer() else one for one in value)


def _check_seeds(value: int | tuple[int, ...] | None) -> int | tuple[int, ...] | None:
    if isinstance(value, tuple):
        if not value or min(value) < 0:
            raise ValueError("is out of range")
        if len(set(value)) != len(value):
            raise ValueError("names a seed twice")
    elif value is not None and value < 1:
        raise ValueError("is out of range")
    return value


SEEDS = (BeforeValidator(_seeds_of_list), AfterValidator(_check_seeds))


class TrainConfig(ConfigModel):
    """How to train."""

    KEY: ClassVar[str] = "train"

    total_timesteps: Whole = option(100_000, "decisions to train for", flat=False, gt=0)
    n_envs: Whole | None = option(
        None, "environments stepped together; null = as many as agent.n_envs says", flat=False, ge=1
    )
    eval_every: Whole = option(20_000, "decisions between validations", flat=False, ge=1)
    select: Metric = option(
        "total_log_return", "validation metric that picks the best checkpoint", flat=False
    )
    patience: Whole | None = option(
        None,
        "validations without improvement before training stops; null = never",
        flat=False,
        ge=1,
    )
    min_improvement: float = option(
        0.0, "by how much select has to exceed its best to count as improved", flat=False, ge=0
    )
    device: Literal["auto", "cpu", "cuda"] = option("auto", "where torch computes", flat=False)
    torch_threads: Whole = option(1, "threads of torch", flat=False, ge=1)
    normalise: bool = option(True, "scale observations and rewards by running means", flat=False)
    env_threads: Whole = option(
        1,
        "threads that step the environments of the compiled engine",
        flat=False,
        ge=1,
        le=MOST_ENV_THREADS,
    )
    env_workers: Whole = option(
        0,
        "processes that step the environments of the backtrader engine; 0 = none but this one",
        flat=False,
        ge=0,
    )
    workers: Whole | None = option(
        None,
        "processes that train several seeds or folds; null = as many as the cores allow",
        flat=False,
        ge=1,
    )


class EvalConfig(ConfigModel):
    """How to evaluate."""

    KEY: ClassVar[str] = "eval"

    split: Literal["test", "validation", "train"] = option(
        "test", "part of the data that is evaluated", flat=False
    )
    checkpoint: Annotated[Text, AfterValidator(_check_checkpoint)] = option(
        "best",
        "best, last or the step of a checkpoint",
        flat=False,
        kind="a checkpoint",
        limits="best, last or a step such as 5000",
    )
    episodes: Whole = option(1, "episodes to evaluate", flat=False, ge=1)
    deterministic: bool = option(True, "take the policy's most likely action", flat=False)
    resamples: Whole = option(
        1000,
        "bootstrap resamples of intervals and tests; 0 = no judgement of luck",
        flat=False,
        ge=0,
    )
    report: bool = option(True, "write report.html and report.md when a run ends", flat=False)
    trace: bool = option(False, "write every event of the agent's episodes", flat=False)
    risk_free: float = option(
        0.0, "risk-free rate a year of Sharpe, Sortino and alpha, fraction", flat=False, gt=-1
    )
    baselines: Unique[BaselineName] = option(
        get_args(BaselineName), "what the agent is held against", flat=False
    )
    random_draws: Whole = option(
        20, "draws of random_trades; fewer above 5,000 bars", flat=False, ge=1
    )


class Config(ConfigModel):
    """The whole configuration."""

    seed: Whole = option(0, "seed of everything random", flat="random_seed", ge=0)
    seeds: Annotated[Whole | tuple[Whole, ...] | None, *SEEDS] = option(
        None,
        "train several: a number of them from seed on, or a list; null = seed alone",
        flat=False,
        kind="a number of seeds",
        limits=">= 1, or a list such as [0,1,2] of different ones",
    )
    name: Annotated[Text, AfterValidator(_check_name)] = option(
        "train",
        "name of the run, part of its directory's name",
        flat=False,
        kind="a name",
        limits="letters, digits and . _ - (not first: . -)",
    )
    runs_root: Text = option("runs", "directory that holds the run directories", flat=False)
    dataset: DatasetConfig = node(DatasetConfig, "where the bars come from")
    split: SplitConfig = node(SplitConfig, "which bars are train, validation and test")
    episode: EpisodeConfig = node(EpisodeConfig, "how long an episode is and where it starts")
    strategy: StrategyConfig = node(StrategyConfig, "what the agent sees, may do and gets")
    engine: EngineConfig = node(EngineConfig, "what executes orders and keeps the accounts")
    agent: AgentConfig = node(lambda: AgentConfig(algorithm="PPO"), "who decides")
    tracking: TrackingConfig = node(TrackingConfig, "where runs are recorded")
    train: TrainConfig = node(TrainConfig, "how to train")
    eval: EvalConfig = node(EvalConfig, "how to evaluate")
    audit: AuditConfig = node(AuditConfig, "how to look for look-ahead before training")
    render: RenderConfig = node(RenderConfig, "how pictures look")

    @property
    def n_envs(self) -> int:
        """Environments of the training: ``train.n_envs``, or else the agent's own number."""
        chosen = self.train.n_envs
        return self.agent.n_envs if chosen is None else chosen

    @model_validator(mode="after")
    def _check_positions(self) -> Self:
        """Refuse positions that the engine's leverage never allows."""
        if self.engine.cerebro is None and self.strategy.cls is None:
            self.strategy.actions.check_leverage(self.engine.leverage)
        return self
