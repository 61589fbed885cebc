import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.packaged import PACKAGED, load_packaged

PROBE = """
import sys
from tradegym.envs.data.packaged import load_packaged
load_packaged("sp500")
print(*sorted({"arch", "statsmodels", "pandas", "pyarrow", "torch"} & set(sys.modules)))
"""


@pytest.mark.parametrize("name", PACKAGED)
def test_twenty_years_of_daily_bars(name):
    dataset = load_packaged(name)
    assert (dataset.name, dataset.assets) == (name, (name,))
    assert dataset.ohlcv.shape == (5031, 1, 5)
    assert dataset.times[0] == np.datetime64("1999-01-04")
    assert dataset.times[-1] == np.datetime64("2018-12-31")
    assert dataset.bar_seconds == 86_400
    assert dataset.bars_per_year == pytest.approx(251.64, abs=0.01)
    weekday = (dataset.times.astype("datetime64[D]").astype(int) + 3) % 7
    assert weekday.max() == 4, "a bar on a weekend"


def test_known_values():
    sp500, nasdaq = load_packaged("sp500"), load_packaged("nasdaq")
    first = [1229.22998, 1248.810059, 1219.099976, 1228.099976, 877000000]
    np.testing.assert_array_equal(sp500.ohlcv[0, 0], first)
    assert sp500.ohlcv[-1, 0, 3] == pytest.approx(2506.85, abs=0.01)
    assert (sp500.ohlcv[..., 4] == 0).sum() == 0
    assert (nasdaq.ohlcv[..., 4] == 0).sum() == 2
    assert sp500.sha256 != nasdaq.sha256


def test_loading_imports_no_heavy_package():
    done = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"dataset.source=sp500: .*'arch' is not installed"):
        load_packaged("sp500")


def fake_package(tmp_path, monkeypatch, content):
    (tmp_path / "__init__.py").touch()
    folder = tmp_path / "data" / "sp500"
    folder.mkdir(parents=True)
    if content is not None:
        (folder / "sp500.csv.gz").write_bytes(content)
    spec = importlib.util.spec_from_file_location("arch", tmp_path / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)


@pytest.mark.parametrize(
    ("content", "message"), [(None, "has no file"), (b"not gzip", "cannot be read")]
)
def test_a_damaged_package_is_named(tmp_path, monkeypatch, content, message):
    fake_package(tmp_path, monkeypatch, content)
    with pytest.raises(UserError, match=message):
        load_packaged("sp500")


def test_other_columns_are_refused(tmp_path, monkeypatch):
    import gzip

    fake_package(tmp_path, monkeypatch, gzip.compress(b"Date,Close\n1/4/1999,1\n"))
    with pytest.raises(UserError, match="has the columns Date, Close"):
        load_packaged("sp500")
