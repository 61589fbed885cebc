"""The packaged strategies and engines are equal in both engines on the whole of each dataset."""

from collections import Counter
from itertools import product

import pytest
from compiled_presets import ENGINES, STRATEGIES, check_preset

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("dataset", ["sp500", "nasdaq", "indices"])
def test_presets(dataset):
    seen = Counter()
    for number, (strategy, engine) in enumerate(product(STRATEGIES, ENGINES)):
        one = check_preset(dataset, strategy, engine, number)
        assert one["unseen bars"] < 500, (strategy, engine)  # warm-up, and less than an episode
        seen += one
    assert seen["configurations"] == len(STRATEGIES) * len(ENGINES) >= 42
    assert seen["fills"] > 20_000
    assert seen["filled reversal"] > 0
    assert seen["status Margin"] > 0
