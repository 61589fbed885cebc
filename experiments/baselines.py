"""What every agent is held against: rules on the same bars with the same costs, and a bound."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from tradegym.experiments.agents.random_trades import RandomTrades
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.metrics import mean_metrics, spread_metrics
from tradegym.experiments.playing import Evaluation, evaluate

if TYPE_CHECKING:
    from tradegym.conf.schema.run import Config
    from tradegym.envs.build import EnvBuilder
    from tradegym.envs.record import EpisodeRecord

#: The baseline that alpha, beta and the information ratio are measured against.
BENCHMARK: Final = "buy_and_hold"

#: Most bars that the draws of `random_trades` play together, unless that were fewer than 3 draws.
_DRAWN_BARS = 100_000
_LEAST_DRAWS = 3


@dataclass(frozen=True, slots=True)
class Contest:
    """What a baseline plays, and the agent that it is held against.

    Attributes
    ----------
    builder : EnvBuilder
    config : Config
    part : {"train", "validation", "test"}
    agent : Evaluation
        The agent's, which `random_trades` takes its trades from.
    benchmark : tuple of EpisodeRecord
        Episodes of `BENCHMARK`; empty where it does not play.
    """

    builder: "EnvBuilder"
    config: "Config"
    part: str
    agent: Evaluation
    benchmark: "tuple[EpisodeRecord, ...]" = ()


Play = Callable[[Contest], Evaluation | None]
"""Plays a baseline; None where it cannot be played."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """One baseline.

    Attributes
    ----------
    label : str
        For tables.
    description : str
        One sentence.
    play : callable
    is_bound : bool
        It sees the future: a bound for agents, nothing that an agent could be.
    """

    label: str
    description: str
    play: Play
    is_bound: bool = False


def settings_of(config: "Config") -> RuleSettings:
    """Return what the rules of a configuration depend on, with their packaged parameters."""
    engine = config.engine
    return RuleSettings(engine.reserve, engine.latency, config.seed, engine=engine)


def play_rule(name: str, contest: Contest) -> Evaluation:
    """Play a rule on the agent's part of the data."""
    config = contest.config
    return evaluate(
        make_rule(name, settings_of(config)),
        contest.builder,
        contest.part,
        episodes=config.eval.episodes,
        seed=config.seed,
        limited=False,  # they tell what the bars were like, all of them
        benchmark=contest.benchmark,
        risk_free=config.eval.risk_free,
    )


def play_foresight(contest: Contest) -> Evaluation | None:
    """Play the bound; None with several assets, or where a Cerebro keeps its costs to itself."""
    if len(contest.builder.assets) != 1 or contest.config.engine.cerebro is not None:
        return None
    return play_rule("perfect_foresight", contest)


def play_random_trades(contest: Contest) -> Evaluation:
    """Play the agent's trades at random times, ``eval.random_draws`` times.

    The metrics are the means over the draws. Of data with more than 5,000 bars fewer are drawn (as
    many as play 100,000 bars together, at least 3), and of an agent without a trade only one.
    """
    config, records = contest.config, contest.agent.records
    bars = max(sum(len(record.bars) for record in records), 1)
    draws = min(config.eval.random_draws, max(_DRAWN_BARS // bars, _LEAST_DRAWS))
    if not any(len(record.trades) for record in records):
        draws = 1
    found = [
        evaluate(
            RandomTrades(records, config.engine.reserve, (config.seed, draw)),
            contest.builder,
            contest.part,
            episodes=config.eval.episodes,
            seed=config.seed,
            limited=False,
            benchmark=contest.benchmark,
            risk_free=config.eval.risk_free,
        )
        for draw in range(draws)
    ]
    metrics = [one.metrics for one in found]
    ranked = sorted(found, key=lambda one: one.metrics.total_return or 0.0)
    return replace(
        ranked[(draws - 1) // 2],
        metrics=mean_metrics(metrics),
        draws=draws,
        spread=spread_metrics(metrics) if draws > 1 else None,
    )


BASELINES: Final[dict[str, Baseline]] = {
    "buy_and_hold": Baseline(
        "buy and hold",
        "Invests once, equally in every asset, and holds to the end.",
        partial(play_rule, "buy_and_hold"),
    ),
    "flat": Baseline("flat", "Never trades.", partial(play_rule, "flat")),
    "sma_cross": Baseline(
        "SMA cross",
        "Is invested while the mean of 20 closes is above that of 100.",
        partial(play_rule, "sma_cross"),
    ),
    "volatility_target": Baseline(
        "vol. target",
        "Holds as much as had a volatility of 10 % a year over the last 20 bars.",
        partial(play_rule, "volatility_target"),
    ),
    "random": Baseline("random", "Draws every action at random.", partial(play_rule, "random")),
    "random_trades": Baseline(
        "random trades",
        "The agent's own trades at random times: as many, as long, as large; mean of the draws.",
        play_random_trades,
    ),
    "perfect_foresight": Baseline(
        "bound (sees the future)",
        "The best schedule for someone who knows every price; no agent can know them.",
        play_foresight,
        is_bound=True,
    ),
}
"""Every baseline by its name in ``eval.baselines``, in the order of the table."""
