from pathlib import Path

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.csv_file import load_csv
from tradegym.envs.data.dataset import Dataset

HEADER = "Date,Open,High,Low,Close,Volume"
ROWS = tuple(f"2020-01-{day:02d},10,12,9,11,100" for day in range(1, 13))


def _bars(number, assets=1, seed=0):
    rng = np.random.default_rng(seed)
    close = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, (number, assets)), axis=0))
    start = np.vstack([close[:1], close[:-1]])
    high, low = np.maximum(start, close) * 1.001, np.minimum(start, close) * 0.999
    volume = rng.integers(0, 1000, (number, assets)).astype(float)
    return np.stack([start, high, low, close, volume], axis=2)


@pytest.fixture(autouse=True)
def cache_home(monkeypatch, tmp_path_factory):
    """A cache directory of the test's own."""
    home = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    return home / "tradegym"


@pytest.fixture
def make_bars():
    """Valid random bars, float64 [number, assets, 5]."""
    return _bars


@pytest.fixture
def make_dataset():
    """A valid dataset of daily bars from 2000-01-01 on."""

    def make(number, assets=("a",), name="demo"):
        times = np.datetime64("2000-01-01", "ns") + np.arange(number) * np.timedelta64(1, "D")
        return Dataset.from_arrays(name, times, _bars(number, len(assets)), assets)

    return make


@pytest.fixture
def write_csv(tmp_path):
    """Write bars.csv: the good rows with some replaced (by line number), or other content."""

    def write(content=None, *, name="bars.csv", header=HEADER, **lines):
        path = tmp_path / name
        if content is None:
            rows = [header, *ROWS]
            for line, text in lines.items():
                rows[int(line.removeprefix("line")) - 1] = text
            content = "\n".join(rows) + "\n"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def refusal():
    """Load a file that must be refused and return the one-line message, without the folder."""

    def refuse(filename, **options):
        with pytest.raises(UserError) as caught:
            load_csv(filename, **options)
        message = str(caught.value)
        assert message.isprintable(), "not one clean line"
        return message.replace(f"{Path(filename).parent}/", "")

    return refuse
