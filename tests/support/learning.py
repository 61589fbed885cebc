"""Trains the presets of the learning controls, and holds them against `perfect_rules`."""

import time
from dataclasses import dataclass

from perfect_rules import best_log_return

from tradegym.conf.resolve import resolve
from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.sb3_policy import SB3Policy
from tradegym.experiments.evaluation import evaluate
from tradegym.experiments.reporter import SilentReporter
from tradegym.experiments.training.run import prepare

NOTHING = "learn_nothing"


@dataclass(frozen=True)
class Outcome:
    """What the agent that training ended with did on the test part."""

    log_return: float
    #: The best rule's total log return on the same bars; NaN where there is nothing to know.
    rule: float
    exposure: float
    seconds: float

    @property
    def share(self):
        return self.log_return / self.rule


def learn(preset, seed, *overrides):
    """Train a preset, play the test part with the last weights, and play the rule there."""
    resolved = resolve([f"experiment={preset}", f"seed={seed}", *overrides])
    prepared = prepare(resolved, SilentReporter())
    model, builder = prepared.model, prepared.builder
    started = time.perf_counter()
    model.learn(resolved.config.train.total_timesteps)
    seconds = time.perf_counter() - started
    policy = SB3Policy(model, Normaliser.from_vecnormalize(prepared.envs))
    metrics = evaluate(policy, builder, "test").metrics
    process = resolved.config.dataset.process
    rule = float("nan") if preset == NOTHING else best_log_return(builder, process, evaluate)
    prepared.envs.close()
    return Outcome(metrics.total_log_return, rule, metrics.exposure, seconds)


def main():
    """Print the figures of docs/learning.md: python tests/support/learning.py PRESET AGENT SEEDS"""
    import sys

    preset, agent, seeds = sys.argv[1:4]
    for seed in range(int(seeds)):
        one = learn(preset, seed, f"agent={agent}", *sys.argv[4:])
        print(
            f"{preset} {agent} seed {seed}: log return {one.log_return:.3f}, rule {one.rule:.3f}, "
            f"share {one.share:.3f}, exposure {one.exposure:.2f}, {one.seconds:.0f} s",
            flush=True,
        )


if __name__ == "__main__":
    main()
