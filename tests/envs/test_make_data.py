"""Data that come from Python, and BTgym's arguments for files."""

import numpy as np
import pandas as pd
import pytest

import tradegym
from tradegym.conf.errors import UserError

SMALL = {"start_cash": 10_000, "fixed_stake": 1, "episode_duration": 10, "time_dim": 3}


def frame(bars=60):
    close = 100 + np.cumsum(np.sin(np.arange(bars)))
    index = pd.date_range("2020-01-01 00:01", periods=bars, freq="min")
    columns = {"open": close, "high": close + 1, "low": close - 1, "close": close, "volume": 5.0}
    return pd.DataFrame(columns, index=index)


def test_a_data_frame_is_a_dataset():
    env = tradegym.make(dataset=frame(), **SMALL)
    observation, info = env.reset(seed=0)
    assert observation["raw"].shape == (3, 4)
    assert env.market.dataset.bar_seconds == 60.0
    assert info["price"] in frame()["close"].to_numpy()


def test_a_frame_without_prices_is_one_line():
    with pytest.raises(UserError, match="no column for 'high'"):
        tradegym.make(dataset=frame()[["open"]])


def test_btgyms_parsing_params(tmp_path):
    file = tmp_path / "bars.txt"
    frame().reset_index().to_csv(
        file, sep=";", index=False, header=False, date_format="%Y%m%d %H%M%S"
    )
    parsing = {
        "sep": ";", "header": 0, "index_col": 0, "parse_dates": True, "timeframe": 1,
        "names": ["open", "high", "low", "close", "volume"],
        "datetime": 0, "open": 1, "high": 2, "low": 3, "close": 4, "volume": -1,
    }  # fmt: skip
    env = tradegym.make(filename=str(file), parsing_params=parsing, **SMALL)
    np.testing.assert_allclose(env.market.dataset.ohlcv[:, 0, 3], frame()["close"])
