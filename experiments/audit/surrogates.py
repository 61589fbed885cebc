"""Trains and tests the same agent on markets in which there is nothing to learn."""

import math
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.agents.normaliser import Normaliser
from tradegym.experiments.agents.sb3_policy import SB3Policy
from tradegym.experiments.audit.changes import shuffled
from tradegym.experiments.audit.result import Check, Finding
from tradegym.experiments.audit.short import need_learner, train_briefly
from tradegym.experiments.evaluation import evaluate

if TYPE_CHECKING:
    from tradegym.experiments.audit.subject import Subject
    from tradegym.experiments.reporter import Reporter

#: Decisions of each short training.
STEPS = 2048
_ERRORS = 2.0  # standard errors above 0 that are still chance


def check_surrogates(
    subject: "Subject", number: int, reporter: "Reporter", steps: int = STEPS
) -> Check:
    """Play ``number`` markets made of the dataset's own bars in random order, without drift.

    Whoever earns there sees what cannot be known. With a simulated dataset the training is on
    its own paths, and only the test is on such markets.

    Raises
    ------
    UserError
        The agent is a rule.
    """
    config = subject.resolved.config
    need_learner(config, "--surrogates")
    gains = []
    reporter.start(number, "surrogates")
    for i in range(number):
        dataset = shuffled(subject.dataset, np.random.default_rng([config.audit.seed, 6, i]))
        builder = subject.composed(dataset)
        model, running = train_briefly(builder, config, config.seed + i, steps)
        normaliser = None if running is None else Normaliser.from_vecnormalize(running)
        policy = SB3Policy(model, normaliser, config.eval.deterministic)
        records = evaluate(policy, builder, "test").records
        gains += [
            float(np.mean([one.bars["equity"].iloc[-1] / one.start_cash - 1.0 for one in records]))
        ]
        reporter.advance(i + 1, {"return": f"{gains[-1]:.2%}"})
    reporter.stop()
    mean = float(np.mean(gains))
    error = float(np.std(gains, ddof=1)) / math.sqrt(number) if number > 1 else math.inf
    spread = f" +- {error:.2%}" if number > 1 else ""
    detail = f"{number} driftless markets: mean return {mean:.2%}{spread} after costs"
    beaten = number > 1 and mean > _ERRORS * error
    words = f"{detail}; more than {_ERRORS:g} standard errors above 0"
    return Check(
        "surrogates", detail, (Finding("agent", size=mean, detail=words),) if beaten else ()
    )
