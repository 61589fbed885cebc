import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def histdata(tmp_path_factory):
    """A week of minute bars as HistData writes them: no header, no weekend, US Eastern time."""
    rng = np.random.default_rng(11)
    times = pd.date_range("2017-01-02 00:00", "2017-01-06 16:59", freq="min")
    closes = 1.05 * np.exp(np.cumsum(rng.normal(0, 1e-4, len(times))))
    opens = np.concatenate(([1.05], closes[:-1]))
    highs, lows = np.maximum(opens, closes) + 1e-5, np.minimum(opens, closes) - 1e-5
    lines = [
        f"{time:%Y%m%d %H%M%S};" + ";".join(f"{price:.6f}" for price in prices) + ";0"
        for time, *prices in zip(times, opens, highs, lows, closes, strict=True)
    ]
    path = tmp_path_factory.mktemp("histdata") / "DAT_ASCII_EURUSD_M1_201701.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
