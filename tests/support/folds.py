"""Folds as sets of bars, for tests that count instead of computing with borders."""

import numpy as np

from tradegym.envs.data.dataset import Dataset


def bars_of(ranges):
    """All bar numbers of some ranges, as a list in their order."""
    return [bar for one in ranges for bar in one]


def business_days(number, first="2000-01-03"):
    """A dataset of ``number`` weekdays; nothing but its times matters."""
    days = np.busday_offset(first, np.arange(number), roll="forward")
    return Dataset.from_arrays("demo", days.astype("datetime64[ns]"), np.ones((number, 5)))


def roles(fold, bars):
    """The role of each bar; fails if a bar has two. Bars without a role are ``"unused"``."""
    found = np.full(bars, "unused", dtype="U10")
    for role in ("train", "validation", "test", "purged", "embargo"):
        for one in getattr(fold, role):
            assert len(one) > 0
            assert 0 <= one.start < one.stop <= bars
            assert (found[one.start : one.stop] == "unused").all(), f"{one} has two roles"
            found[one.start : one.stop] = role
    return found
