"""Logs what the episodes of the training were paid for, and why they ended."""

from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from stable_baselines3.common.callbacks import BaseCallback

#: Key of the info at an episode's end with the sums of its reward terms.
EPISODE_TERMS = "episode_terms"


class RolloutTerms(BaseCallback):
    """Logs the terms of the reward and the endings beside SB3's own ``rollout/ep_rew_mean``.

    ``rollout/reward_<term>`` is the sum of a term over an episode, the mean of the last
    ``stats_window_size`` episodes, as of ``ep_rew_mean``. ``rollout/ended_<reason>`` counts all
    episodes so far that ended for this reason. Both are read from the environments' info
    (``reward_terms`` and ``reason``), so they are not scaled; ARS does not show it to callbacks,
    and gets neither. Environments that say ``sums_terms`` give the sums at the end of an episode
    (``EPISODE_TERMS``), so that nothing has to be read at the steps between.
    """

    def _on_training_start(self) -> None:
        window = getattr(self.model, "_stats_window_size", 100)
        self._running: list[dict[str, float]] = [
            defaultdict(float) for _ in range(self.training_env.num_envs)
        ]
        self._finished: deque[dict[str, float]] = deque(maxlen=window)
        self._means: dict[str, float] = {}
        self._endings: Counter[str] = Counter()
        self._sums_come = getattr(self.training_env.unwrapped, "sums_terms", False)

    def _on_step(self) -> bool:
        infos = self.locals.get("infos", ())
        if self._read_sums(infos) if self._sums_come else self._add_up(infos):
            self._summarise()
            self._record()
        return True

    def _read_sums(self, infos: Sequence[Mapping[str, Any]]) -> bool:
        """Read the episodes that ended; tell whether there are any."""
        over: list[int] = np.flatnonzero(self.locals["dones"]).tolist() if infos else []
        for number in over:
            info = infos[number]
            self._finished.append(info[EPISODE_TERMS])
            self._endings[info["reason"]] += 1
        return len(over) > 0

    def _add_up(self, infos: Sequence[Mapping[str, Any]]) -> bool:
        """Add the terms of a step to their episodes; tell whether some of them ended."""
        over = False
        for number, info in enumerate(infos):
            sums = self._running[number]
            for name, value in info.get("reward_terms", {}).items():
                sums[name] += value
            reason = info.get("reason")
            if reason is not None:
                over = True
                self._finished.append(sums)
                self._running[number] = defaultdict(float)
                self._endings[reason] += 1
        return over

    def _on_rollout_end(self) -> None:
        # A rollout without the end of an episode repeats the means, as SB3 does with its own.
        self._record()

    def _summarise(self) -> None:
        sums: dict[str, float] = defaultdict(float)
        for episode in self._finished:
            for name, value in episode.items():
                sums[name] += value
        self._means = {name: total / len(self._finished) for name, total in sums.items()}

    def _record(self) -> None:
        for name, mean in self._means.items():
            self.logger.record(f"rollout/reward_{name}", mean)
        for reason, count in self._endings.items():
            self.logger.record(f"rollout/ended_{reason.lower()}", count)
