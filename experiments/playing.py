"""Plays one agent on a part of the data and measures what came out."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tradegym.experiments.metrics import Metrics, compute_metrics, mean_metrics
from tradegym.experiments.record_files import write_records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tradegym.envs.build import EnvBuilder
    from tradegym.envs.record import EpisodeRecord
    from tradegym.envs.trading import TradingEnv
    from tradegym.experiments.agents.policy import Policy


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one agent did on one part of the data.

    Attributes
    ----------
    records : tuple of EpisodeRecord
        One per episode; of an agent that was drawn several times, those of the draw with the
        median total return.
    metrics : Metrics
        Of the episode, or the mean over the episodes and draws.
    draws : int
        How often a random agent was drawn.
    spread : Metrics or None
        Standard deviation of the metrics over the draws.
    """

    records: "tuple[EpisodeRecord, ...]"
    metrics: Metrics
    draws: int = 1
    spread: Metrics | None = None

    @property
    def record(self) -> "EpisodeRecord":
        """The first episode."""
        return self.records[0]

    def write(self, directory: Path) -> list[Path]:
        """Write the tables of the episodes and return their files; see `write_records`."""
        return write_records(self.records, directory)


def play_episode(policy: "Policy", env: "TradingEnv", seed: int | None = None) -> "EpisodeRecord":
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
    policy: "Policy",
    builder: "EnvBuilder",
    part: str,
    *,
    episodes: int = 1,
    seed: int = 0,
    trace: bool = False,
    limited: bool = True,
    benchmark: "Sequence[EpisodeRecord]" = (),
    risk_free: float = 0.0,
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
    limited : bool
        Whether the strategy's limits may end an episode.
    benchmark : sequence of EpisodeRecord
        The same episodes played by the benchmark, for alpha, beta and the information ratio.
    risk_free : float
        Risk-free rate a year, fraction.
    """
    env = builder.env(part, whole=episodes == 1, record=True, trace=trace, limited=limited)
    number_of_episodes = len(env.ranges) if episodes == 1 else episodes
    records: list[EpisodeRecord] = []
    metrics: list[Metrics] = []
    for number in range(number_of_episodes):
        record = play_episode(policy, env, seed if number == 0 else None)
        records.append(record)
        other = benchmark[number] if number < len(benchmark) else None
        impossible = env.last_info["impossible"]
        metrics.append(compute_metrics(record, impossible, other, risk_free=risk_free))
    env.close()
    return Evaluation(tuple(records), mean_metrics(metrics))
