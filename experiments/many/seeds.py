"""Several seeds of one configuration: how much of a result is luck of the draw."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.conf.schema.split import ALL_FOLDS, FOLDED
from tradegym.experiments.many.experiment import Conclusion
from tradegym.experiments.many.job import Job, Outcome
from tradegym.experiments.many.reading import AGENT, is_bound, values_of

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.conf.schema.run import Config
    from tradegym.envs.build import EnvBuilder

Values = Mapping[str, Mapping[str, list[float | None]]]

IMPROVEMENT_METRIC = "total_return"
"""By this a seed is better than a baseline; it is defined for every account."""


def seeds_of(config: "Config") -> tuple[int, ...]:
    """Return the seeds that ``seeds`` and ``seed`` stand for."""
    if isinstance(config.seeds, int):
        return tuple(range(config.seed, config.seed + config.seeds))
    return config.seeds or (config.seed,)


class Seeds:
    """Trains and tests several seeds."""

    noun = "seed"
    file = "seeds.json"

    def first(self, config: "Config") -> Job:
        """Return the job of the first seed."""
        if config.split.kind in FOLDED[1] and config.split.fold == ALL_FOLDS:
            raise UserError(
                f"seeds: several seeds of all folds at once (split.kind={config.split.kind}) are "
                f"not possible; choose a fold (split.fold=0), or sweep: -m seed=0,1,2"
            )
        return _job(config, seeds_of(config)[0])

    def jobs(self, resolved: "Resolved", builder: "EnvBuilder") -> list[Job]:
        """Return one job for each seed."""
        return [_job(resolved.config, seed) for seed in seeds_of(resolved.config)]

    def conclude(
        self, resolved: "Resolved", builder: "EnvBuilder", outcomes: Sequence[Outcome]
    ) -> Conclusion:
        """Return interquartile means, intervals, spread and probabilities of improvement."""
        from tradegym.experiments.many.plot_seeds import plot_seeds
        from tradegym.experiments.recording import agent_name

        content = self.partial(resolved, outcomes)
        values: Values = content["metrics"]
        if not values:
            return Conclusion(content, warnings=(content["warning"],))
        name = agent_name(resolved)
        figure = plot_seeds(
            values, content["summary"], f"{name} on {builder.dataset.name}: test of "
            f"{_count(len(outcomes))}", name,
        )  # fmt: skip
        return Conclusion(
            content,
            test=_middle(values),
            statistic="interquartile mean over seeds",
            figures={"seeds.png": figure},
            warnings=() if content["warning"] is None else (content["warning"],),
        )

    def partial(self, resolved: "Resolved", outcomes: Sequence[Outcome]) -> dict[str, Any]:
        """Return the content of ``seeds.json``; seeds without a test have undefined metrics."""
        values = values_of([one.test for one in outcomes])
        return {
            "seeds": list(seeds_of(resolved.config)),
            "runs": [None if one.run is None else one.run.name for one in outcomes],
            "status": [one.ending for one in outcomes],
            "errors": {one.job.label: one.error for one in outcomes if one.error is not None},
            **aggregate(values),
        }


def aggregate(values: Values) -> dict[str, Any]:
    """Return what the metrics of several seeds say.

    Parameters
    ----------
    values : mapping
        By agent or baseline and metric: one value per seed.

    Returns
    -------
    dict
        ``metrics`` (the values), ``summary`` of the agent by metric, ``improvement`` over each
        baseline (the probability that a seed earns more than the baseline, by
        `IMPROVEMENT_METRIC`), ``warning``.
    """
    from tradegym.experiments.luck.seeds import (
        ENOUGH_SEEDS,
        improvement_interval,
        probability_of_improvement,
        summarise_seeds,
    )

    agent = values.get(AGENT, {})
    summary = {name: summarise_seeds(found).as_dict() for name, found in agent.items()}
    improvement = {}
    own = _known(agent.get(IMPROVEMENT_METRIC, []))
    for name, metrics in values.items():
        if name == AGENT or is_bound(name):
            continue
        theirs = _known(metrics.get(IMPROVEMENT_METRIC, []))
        # A bootstrap of few seeds cannot tell "always" from "twice in a row".
        interval = improvement_interval(own, theirs) if len(own) >= ENOUGH_SEEDS else None
        improvement[name] = {
            "metric": IMPROVEMENT_METRIC,
            "probability": probability_of_improvement(own, theirs),
            "low": None if interval is None else interval.low,
            "high": None if interval is None else interval.high,
        }
    warning = None
    if len(own) < ENOUGH_SEEDS:
        warning = (
            f"{_count(len(own))} {'is' if len(own) == 1 else 'are'} too few to tell skill from "
            f"luck: intervals are Student's t of the mean and wide; train {ENOUGH_SEEDS} or more"
        )
    return {"metrics": values, "summary": summary, "improvement": improvement, "warning": warning}


def _middle(values: Values) -> dict[str, dict[str, float | None]]:
    from tradegym.experiments.luck.seeds import iqm

    return {
        agent: {name: iqm(_known(found)) for name, found in metrics.items()}
        for agent, metrics in values.items()
    }


def _known(values: Sequence[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _job(config: "Config", seed: int) -> Job:
    name = f"{config.name}-seed{seed}"
    return Job(f"seed {seed}", ("seeds=null", f"seed={seed}", f"name={name}"))


def _count(number: int) -> str:
    return f"{number} seed{'' if number == 1 else 's'}"
