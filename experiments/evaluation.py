"""An agent beside the baselines, on the same bars with the same costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tradegym.experiments.baselines import BASELINES, BENCHMARK, Contest
from tradegym.experiments.cautions import idle_cautions, rejection_caution
from tradegym.experiments.metrics import compute_metrics, mean_metrics
from tradegym.experiments.playing import Evaluation, evaluate, play_episode

if TYPE_CHECKING:
    from tradegym.conf.schema.run import Config
    from tradegym.envs.build import EnvBuilder
    from tradegym.experiments.agents.policy import Policy

__all__ = ["BASELINES", "Comparison", "Evaluation", "compare", "evaluate", "play_episode"]


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

    def spreads(self) -> dict[str, dict[str, float | None]]:
        """Return the standard deviations over the draws of each baseline that was drawn."""
        return {
            name: found.spread.as_dict()
            for name, found in self.baselines.items()
            if found.spread is not None
        }


def compare(
    policy: "Policy", builder: "EnvBuilder", config: "Config", part: str, *, skip: str | None = None
) -> Comparison:
    """Play ``policy`` and the baselines of ``eval.baselines`` on a part of the data.

    Alpha, beta and the information ratio are measured against buy and hold, if it plays.

    Parameters
    ----------
    policy : Policy
    builder : EnvBuilder
    config : Config
    part : {"train", "validation", "test"}
    skip : str, optional
        A baseline to leave out because it is the agent itself.
    """
    agent = evaluate(
        policy,
        builder,
        part,
        episodes=config.eval.episodes,
        seed=config.seed,
        trace=config.eval.trace,
        risk_free=config.eval.risk_free,
    )
    contest = Contest(builder, config, part, agent)
    names = [name for name in BASELINES if name in config.eval.baselines and name != skip]
    found: dict[str, Evaluation | None] = {}
    if BENCHMARK in names:
        held = found[BENCHMARK] = BASELINES[BENCHMARK].play(contest)
        if held is not None:
            agent = beside(agent, held, config.eval.risk_free)
            contest = Contest(builder, config, part, agent, held.records)
    elif skip == BENCHMARK:
        contest = Contest(builder, config, part, agent, agent.records)
    for name in names:
        if name not in found:
            found[name] = BASELINES[name].play(contest)
    baselines = {name: one for name, one in found.items() if one is not None}
    firsts = {name: one.record for name, one in baselines.items()}
    cautions = *rejection_caution(agent.records), *idle_cautions(firsts, config.engine.reserve)
    return Comparison(part, agent, baselines, cautions)


def beside(agent: Evaluation, benchmark: Evaluation, risk_free: float = 0.0) -> Evaluation:
    """Return an agent's evaluation with alpha, beta and information ratio against a benchmark.

    Parameters
    ----------
    agent, benchmark : Evaluation
        Of the same episodes.
    risk_free : float
        Risk-free rate a year, fraction.
    """
    names = ("alpha", "beta", "information_ratio")
    pairs = zip(agent.records, benchmark.records, strict=False)
    found = mean_metrics(
        [compute_metrics(one, benchmark=other, risk_free=risk_free) for one, other in pairs]
    )
    values = {name: getattr(found, name) for name in names}
    return replace(agent, metrics=replace(agent.metrics, **values))
