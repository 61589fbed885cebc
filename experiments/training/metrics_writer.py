"""Sends what SB3 logs to the run's metrics file and to the tracker."""

from typing import Any

import numpy as np
from stable_baselines3.common.logger import KVWriter

from tradegym.experiments.rundir import RunDir
from tradegym.experiments.tracking.base import Tracker

# Wall-clock values live under their own name: they differ between identical runs.
_RENAMED = {"time/": "timing/"}
_LEFT_OUT = frozenset({"time/total_timesteps"})


class MetricsWriter(KVWriter):
    """An SB3 logger output; one batch per dump.

    Parameters
    ----------
    run : RunDir
    tracker : Tracker
    """

    def __init__(self, run: RunDir, tracker: Tracker) -> None:
        self._run = run
        self._tracker = tracker

    def write(
        self,
        key_values: dict[str, Any],
        key_excluded: dict[str, tuple[str, ...]],
        step: int = 0,
    ) -> None:
        """Write all numbers of one dump."""
        numbers = {
            _rename(key): float(value)
            for key, value in sorted(key_values.items())
            if key not in _LEFT_OUT and isinstance(value, int | float | np.number)
        }
        self._run.append_metrics(step, numbers)
        self._tracker.log_metrics(step, numbers)

    def close(self) -> None:
        """Do nothing: every dump is written at once."""


def _rename(key: str) -> str:
    for old, new in _RENAMED.items():
        if key.startswith(old):
            return new + key[len(old) :]
    return key
