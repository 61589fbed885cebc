"""Leaks that a configuration can name only while they are registered."""

from contextlib import contextmanager

import leaks

from tradegym.conf.schema.feature_options import SCALER_NAMES
from tradegym.envs.strategies.features.scalers import SCALERS, scaler
from tradegym.envs.strategies.rewards import REWARD_TERMS, reward_term


@contextmanager
def registered():
    """Register the scalers and the reward term, and forget them afterwards."""
    names = list(SCALER_NAMES)
    scaler("all_rows")(leaks.fit_all_rows)
    scaler("all_ranks")(leaks.fit_all_ranks)
    reward_term("of_the_strategy")(leaks.OfTheStrategy)
    try:
        yield
    finally:
        for name in ("all_rows", "all_ranks"):
            del SCALERS[name]
        del REWARD_TERMS["of_the_strategy"]
        SCALER_NAMES[:] = names
