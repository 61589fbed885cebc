"""Features in the observations of an environment."""

import numpy as np
import pytest
import talib
from feature_bars import random_bars

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder

F = "strategy.state.features"
CHOSEN = [
    "strategy.state.modes=[features]",
    "strategy.state.time_dim=5",
    f"{F}.log_return=null",
    f"{F}.fast.kind=RSI",
    f"{F}.fast.timeperiod=7",
    f"{F}.fast.scaler=robust",
    f"{F}.calendar.fields=[weekday]",
]


def builder(*overrides, dataset=None):
    objects = {} if dataset is None else {"dataset.cls": dataset}
    typed = ["dataset.cls=given:object"] if dataset is not None else []
    return EnvBuilder(resolve([*CHOSEN, *typed, *overrides]), objects)


def test_the_window_ends_with_the_bar_and_is_scaled_by_the_train_part():
    bars = random_bars(400, level=100.0)
    made = builder(dataset=bars)
    env = made.env("test")
    observation, info = env.reset(seed=3)
    rsi = talib.RSI(bars.ohlcv[:, 0, 3].copy(), timeperiod=7)
    low, median, high = np.quantile(rsi[7 : made.split.train.stop], (0.25, 0.5, 0.75))
    for _ in range(4):
        rows = slice(info["bar"] - 4, info["bar"] + 1)
        assert observation["features"].shape == (5, 3)
        expected = (rsi[rows] - median) / (high - low)
        np.testing.assert_allclose(observation["features"][:, 0], expected, rtol=1e-5, atol=1e-6)
        observation, _, _, _, info = env.step(0)


def test_a_fresh_path_has_features_of_its_own():
    made = builder("dataset=synthetic/gbm", "dataset.process.bars=600", "episode.duration=30")
    env = made.env("train")
    seen = [env.reset(seed=seed)[0]["features"][:, 0] for seed in (1, 2, 1)]
    assert not np.allclose(seen[0], seen[1])
    np.testing.assert_array_equal(seen[0], seen[2])
    rsi = talib.RSI(env.market.dataset.ohlcv[:, 0, 3].copy(), timeperiod=7)
    bar = env.last_info["bar"]
    scale = made.market.features, env.market.features
    assert scale[0].names == scale[1].names == ("fast", "calendar.weekday_sin",
                                                "calendar.weekday_cos")  # fmt: skip
    order = np.argsort(rsi[bar - 4 : bar + 1])
    np.testing.assert_array_equal(np.argsort(seen[2]), order)


def test_an_observed_asset_by_name():
    bars = random_bars(300, assets=("spx", "ndx"), level=50.0)
    both = builder(f"{F}.fast.asset=ndx", f"{F}.own.kind=MOM", dataset=bars)
    assert both.market.features.names[0] == "fast@ndx"
    assert both.market.features.names[3] == "own"
    with pytest.raises(UserError, match=r"fast.asset: 'ndxx' is not an asset .* mean 'ndx'"):
        builder(f"{F}.fast.asset=ndxx", dataset=bars)
