"""When a training that no longer improves on the validation split is stopped."""

import math


class Patience:
    """Counts validations without improvement.

    Parameters
    ----------
    validations : int or None
        How many in a row may bring none before training stops; None: any number.
    min_improvement : float
        By how much the metric has to exceed its best value so far to count, in its own unit.
    """

    def __init__(self, validations: int | None, min_improvement: float) -> None:
        self._allowed = validations
        self._least = min_improvement
        self._best = -math.inf
        #: Validations since the last improvement.
        self.waited = 0

    def is_over(self, score: float) -> bool:
        """Take in a validation's score (higher is better); tell whether training should stop.

        An undefined score, minus infinity, never improves.
        """
        if score > self._best + self._least or (math.isinf(self._best) and score > self._best):
            self._best = score
            self.waited = 0
            return False
        self.waited += 1
        return self._allowed is not None and self.waited >= self._allowed
