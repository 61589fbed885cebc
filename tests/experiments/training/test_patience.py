import math

import pytest

from tradegym.experiments.training.patience import Patience


@pytest.mark.parametrize(
    ("allowed", "least", "scores", "stop_at"),
    [
        (2, 0.0, [1, 2, 2, 2], 4),  # two in a row that bring nothing
        (2, 0.0, [1, 0, 2, 1, 1], 5),  # an improvement begins anew
        (1, 0.5, [1, 1.4], 2),  # too little
        (2, 0.5, [1, 1.4, 1.6, 1.7, 1.8], 5),  # measured against the best that counted
        (1, 0.0, [-math.inf, -math.inf], 1),  # never defined
        (2, 0.0, [-math.inf, 5.0, 4.0, 3.0], 4),
        (None, 0.0, [1] * 50, None),
    ],
)
def test_when_training_stops(allowed, least, scores, stop_at):
    patience = Patience(allowed, least)
    over = [patience.is_over(score) for score in scores]
    assert (over.index(True) + 1 if any(over) else None) == stop_at
