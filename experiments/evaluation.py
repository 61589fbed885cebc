"""Plays agents on a part of the data and measures what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.envs.build import EnvBuilder
from tradegym.envs.record import EpisodeRecord
from tradegym.envs.trading import TradingEnv
from tradegym.experiments.agents.policy import Policy
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.metrics import Metrics, compute_metrics

if TYPE_CHECKING:
    import pandas as pd

    from tradegym.conf.schema.run import Config

#: Rules that every evaluation is held against, in the order of the table.
BASELINES = ("buy_and_hold", "sma_cross", "random")

#: Refused share of an agent's orders above which its account is probably misconfigured.
MANY_REJECTIONS = 0.9


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one agent did on one part of the data.

    Attributes
    ----------
    records : tuple of EpisodeRecord
        One per episode.
    metrics : Metrics
        Of the episode, or the mean over the episodes.
    """

    records: tuple[EpisodeRecord, ...]
    metrics: Metrics

    @property
    def record(self) -> EpisodeRecord:
        """The first episode."""
        return self.records[0]

    def write(self, directory: Path) -> None:
        """Write ``equity.parquet``, ``trades.parquet`` and ``orders.parquet``.

        Each has a column ``episode`` (from 1), and keeps the order of the rows.
        """
        for name, attribute in (("equity", "bars"), ("trades", "trades"), ("orders", "orders")):
            tables = [getattr(record, attribute) for record in self.records]
            _number_episodes(tables).to_parquet(directory / f"{name}.parquet", index=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """An agent and the baselines on the same bars with the same costs.

    Attributes
    ----------
    split : str
        Part of the data.
    agent : Evaluation
    baselines : mapping of str to Evaluation
        By name.
    warnings : tuple of str
        What a reader of the numbers should know.
    """

    split: str
    agent: Evaluation
    baselines: Mapping[str, Evaluation] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def metrics(self) -> dict[str, dict[str, float | None]]:
        """Return the metrics of the agent and of each baseline by name."""
        table = {"agent": self.agent.metrics.as_dict()}
        return table | {name: found.metrics.as_dict() for name, found in self.baselines.items()}


def play_episode(policy: Policy, env: TradingEnv, seed: int | None = None) -> EpisodeRecord:
    """Play one episode to its end and return its record.

    Parameters
    ----------
    policy : Policy
    env : TradingEnv
        Made with ``record=True``.
    seed : int, optional
        Passed to ``env.reset``.
    """
    observation, _ = env.reset(seed=seed)
    policy.reset(env)
    over = False
    while not over:
        action = policy.act(observation, env)
        observation, _, terminated, truncated, _ = env.step(action)
        over = terminated or truncated
    return env.episode_record()


def evaluate(
    policy: Policy, builder: EnvBuilder, part: str, *, episodes: int = 1, seed: int = 0
) -> Evaluation:
    """Play ``policy`` on a part of the data.

    Parameters
    ----------
    policy : Policy
    builder : EnvBuilder
    part : {"train", "validation", "test"}
    episodes : int
        1 plays the whole part, which is one episode for each of its ranges; more play that many
        episodes as ``episode`` says.
    seed : int
        Of random episodes.
    """
    env = builder.env(part, whole=episodes == 1, record=True)
    number_of_episodes = len(env.ranges) if episodes == 1 else episodes
    records = tuple(
        play_episode(policy, env, seed if number == 0 else None)
        for number in range(number_of_episodes)
    )
    env.close()
    return Evaluation(records, mean_metrics([compute_metrics(record) for record in records]))


def compare(
    policy: Policy, builder: EnvBuilder, config: "Config", part: str, *, skip: str | None = None
) -> Comparison:
    """Play ``policy`` and the baselines on a part of the data.

    Parameters
    ----------
    policy : Policy
    builder : EnvBuilder
    config : Config
    part : {"train", "validation", "test"}
    skip : str, optional
        A baseline to leave out because it is the agent itself.
    """
    episodes, seed = config.eval.episodes, config.seed
    agent = evaluate(policy, builder, part, episodes=episodes, seed=seed)
    settings = RuleSettings(config.engine.reserve, config.engine.latency, seed)
    baselines = {
        name: evaluate(make_rule(name, settings), builder, part, episodes=episodes, seed=seed)
        for name in BASELINES
        if name != skip
    }
    warnings = (*_rejection_warning(agent), *_idle_warnings(baselines, config.engine.reserve))
    return Comparison(part, agent, baselines, warnings)


def mean_metrics(metrics: list[Metrics]) -> Metrics:
    """Return the mean of each metric over the episodes in which it is defined."""
    if len(metrics) == 1:
        return metrics[0]
    tables = [entry.as_dict() for entry in metrics]
    means: dict[str, Any] = {}
    for name in tables[0]:
        known = [table[name] for table in tables if table[name] is not None]
        means[name] = float(np.mean(np.array(known, dtype=np.float64))) if known else None
    return Metrics(**means)


def _rejection_warning(evaluation: Evaluation) -> list[str]:
    orders = sum(len(record.orders) for record in evaluation.records)
    rejected = (evaluation.metrics.rejected or 0.0) * len(evaluation.records)
    if not orders or rejected / orders <= MANY_REJECTIONS:
        return []
    record = evaluation.record
    size = record.orders["size"].median()
    warning = (
        f"{rejected:.0f} of {orders} orders were refused for lack of cash: an order is for about "
        f"{size:,.6g} units at a price of about {record.bars['close'].median():,.2f}, the account "
        f"starts with {record.start_cash:,.2f}; either the agent keeps buying when its cash is "
        f"spent, or engine.start_cash, engine.sizing, engine.fixed_stake or "
        f"engine.equity_fraction should change"
    )
    return [warning]


def _idle_warnings(baselines: Mapping[str, Evaluation], reserve: float) -> list[str]:
    """Say which baselines wanted to trade and never could: their zero is no result."""
    idle = []
    for name, found in baselines.items():
        orders = found.record.orders
        if len(orders) and not (orders["filled"] > 0).any():
            idle.append(
                f"{name} never got an order filled ({len(orders)} were refused): with costs above "
                f"engine.reserve={reserve:g} its cash never suffices; raise engine.reserve"
            )
    return idle


def _number_episodes(tables: "list[pd.DataFrame]") -> "pd.DataFrame":
    import pandas as pd

    numbered = [table.assign(episode=number) for number, table in enumerate(tables, start=1)]
    return pd.concat(numbered, ignore_index=True) if len(numbered) > 1 else numbered[0]
