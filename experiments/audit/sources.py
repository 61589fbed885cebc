"""Looks for features that do not come from the bars that were given.

A feature that remembers bars, or reads them from elsewhere, stays the same whatever is done to the
future: changing it proves nothing. So all bars and times are changed; a column that still shows
the same values comes from somewhere else.
"""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.experiments.audit.changes import elsewhere
from tradegym.experiments.audit.result import Check, Finding

if TYPE_CHECKING:
    from tradegym.experiments.audit.subject import Subject

_WORDS = "the same on other bars at other times: it comes from somewhere else"


def check_sources(subject: "Subject", seed: int) -> Check:
    """Look for columns that ignore the bars."""
    name = "sources"
    original, fresh = subject.builder.market.features, subject.fresh_features()
    if fresh is None or original is None:
        return Check(name, "the state shows no features")
    first = original.lookback
    other = elsewhere(subject.dataset, np.random.default_rng([seed, 3]))
    ours, theirs = original.values[first:], fresh.table(other).values[first:]
    time = subject.comparer().time(first)
    found = tuple(
        Finding(f"features: {label}", first, time, None, _WORDS)
        for column, label in enumerate(original.names)
        if np.array_equal(ours[:, column], theirs[:, column]) and np.ptp(ours[:, column]) > 0.0
    )
    return Check(name, f"{len(original.names)} columns on other bars at other times", found)
