"""Proves that nothing is fitted on bars of the validation and test parts."""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.agents.normaliser import Moments, Normaliser
from tradegym.experiments.agents.weights import weights_sha256
from tradegym.experiments.audit.changes import outside
from tradegym.experiments.audit.result import Check, Finding
from tradegym.experiments.audit.short import need_learner, train_briefly

if TYPE_CHECKING:
    from tradegym.envs.build import EnvBuilder
    from tradegym.experiments.audit.subject import Subject

#: Decisions of the short training.
STEPS = 512


def check_fit(subject: "Subject", steps: int = STEPS) -> Check:
    """Train twice with the same seed, the second time with other bars outside of train.

    Bars between two ranges of train (combinatorial folds) stay as they are: features that
    remember long carry them into train, which is no fitting.

    Raises
    ------
    UserError
        The agent is a rule.
    """
    config = subject.resolved.config
    need_learner(config, "--fit-proof")
    ranges = subject.builder.split.ranges("train")
    rng = np.random.default_rng([config.audit.seed, 5])
    first, stop = ranges[0].start, ranges[-1].stop
    other = subject.composed(outside(subject.dataset, first, stop, rng))
    found = _changed_scalers(subject, other)
    facts = [_trained(one, subject, steps) for one in (subject.builder, other)]
    words = "changed with bars outside of the train part"
    found += [Finding(name, detail=words) for name in facts[0] if facts[0][name] != facts[1][name]]
    detail = f"{steps} decisions, twice; {len(subject.dataset) - (stop - first)} bars changed"
    return Check("fit", detail, tuple(found))


def _changed_scalers(subject: "Subject", other: "EnvBuilder") -> list[Finding]:
    """Apply what was fitted beside the other bars to the original ones."""
    original = subject.builder.market.features
    if original is None or other.features is None:
        return []
    again = other.features.table(subject.dataset)
    tables = original.values, again.values
    last = len(subject.dataset) - 1
    words = "statistics changed with bars outside of the train part"
    return [
        replace(found, where=found.where.replace("features:", "scaler:"))
        for found in subject.comparer().tables(*tables, last, words)
    ]


def _trained(builder: "EnvBuilder", subject: "Subject", steps: int) -> dict[str, str]:
    """Return hashes of all that a training fits."""
    config = subject.resolved.config
    model, running = train_briefly(builder, config, config.seed, steps)
    facts = {"agent: weights": weights_sha256(model)}
    if running is not None:
        normaliser = Normaliser.from_vecnormalize(running)
        moments = {
            f"normaliser: {key or 'observation'}": one for key, one in normaliser.obs.items()
        }
        moments["normaliser: reward"] = normaliser.reward
        facts |= {name: _digest(one) for name, one in moments.items()}
    return facts


def _digest(moments: Moments) -> str:
    count = np.float64(moments.count).tobytes()
    return hashlib.sha256(moments.mean.tobytes() + moments.var.tobytes() + count).hexdigest()
