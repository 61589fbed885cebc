"""Plays agents on a part of the data and measures what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tradegym.envs.build import EnvBuilder
from tradegym.envs.record import EpisodeRecord
from tradegym.envs.trading import TradingEnv
from tradegym.experiments.agents.policy import Policy
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.cautions import idle_cautions, rejection_caution
from tradegym.experiments.metrics import Metrics, compute_metrics, mean_metrics
from tradegym.experiments.record_files import write_records

if TYPE_CHECKING:
    from tradegym.conf.schema.run import Config

#: Rules that every evaluation is held against, in the order of the table.
BASELINES = ("buy_and_hold", "sma_cross", "random")


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

    def write(self, directory: Path) -> list[Path]:
        """Write the tables of the episodes and return their files; see `write_records`."""
        return write_records(self.records, directory)


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
    policy: Policy,
    builder: EnvBuilder,
    part: str,
    *,
    episodes: int = 1,
    seed: int = 0,
    trace: bool = False,
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
    trace : bool
        Note every event.
    """
    env = builder.env(part, whole=episodes == 1, record=True, trace=trace)
    number_of_episodes = len(env.ranges) if episodes == 1 else episodes
    records: list[EpisodeRecord] = []
    metrics: list[Metrics] = []
    for number in range(number_of_episodes):
        record = play_episode(policy, env, seed if number == 0 else None)
        records.append(record)
        metrics.append(compute_metrics(record, env.last_info["impossible"]))
    env.close()
    return Evaluation(tuple(records), mean_metrics(metrics))


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
    agent = evaluate(policy, builder, part, episodes=episodes, seed=seed, trace=config.eval.trace)
    settings = RuleSettings(config.engine.reserve, config.engine.latency, seed)
    baselines = {
        name: evaluate(make_rule(name, settings), builder, part, episodes=episodes, seed=seed)
        for name in BASELINES
        if name != skip
    }
    firsts = {name: found.record for name, found in baselines.items()}
    cautions = *rejection_caution(agent.records), *idle_cautions(firsts, config.engine.reserve)
    return Comparison(part, agent, baselines, cautions)
