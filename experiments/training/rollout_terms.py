"""Logs what the episodes of the training were paid for, and why they ended."""

from collections import Counter, defaultdict, deque

from stable_baselines3.common.callbacks import BaseCallback


class RolloutTerms(BaseCallback):
    """Logs the terms of the reward and the endings beside SB3's own ``rollout/ep_rew_mean``.

    ``rollout/reward_<term>`` is the sum of a term over an episode, the mean of the last
    ``stats_window_size`` episodes, as of ``ep_rew_mean``. ``rollout/ended_<reason>`` counts all
    episodes so far that ended for this reason. Both are read from the environments' info
    (``reward_terms`` and ``reason``), so they are not scaled; ARS does not show it to callbacks,
    and gets neither.
    """

    def _on_training_start(self) -> None:
        window = getattr(self.model, "_stats_window_size", 100)
        self._running: list[dict[str, float]] = [
            defaultdict(float) for _ in range(self.training_env.num_envs)
        ]
        self._finished: deque[dict[str, float]] = deque(maxlen=window)
        self._means: dict[str, float] = {}
        self._endings: Counter[str] = Counter()

    def _on_step(self) -> bool:
        over = False
        for number, info in enumerate(self.locals.get("infos", ())):
            sums = self._running[number]
            for name, value in info.get("reward_terms", {}).items():
                sums[name] += value
            reason = info.get("reason")
            if reason is not None:
                over = True
                self._finished.append(sums)
                self._running[number] = defaultdict(float)
                self._endings[reason] += 1
        if over:
            self._summarise()
            self._record()
        return True

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
