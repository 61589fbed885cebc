"""Daily bars of two stock indices, read from the files that the ``arch`` package ships.

Importing ``arch`` takes seconds, so its files are found without importing it. A daily bar's
time is its date at 00:00 UTC, as the file gives it: the date of the session whose close it is.
Prices are those of the file; its adjusted close is not used (an index pays no dividends, and
the two columns are equal).
"""

import gzip
import importlib.util
from pathlib import Path

import numpy as np

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset

PACKAGED = ("sp500", "nasdaq")
_HEADER = ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"]


def load_packaged(name: str) -> Dataset:
    """Return the daily bars of an index, 1999-01-04 to 2018-12-31 (5,031 bars).

    Parameters
    ----------
    name : {"sp500", "nasdaq"}
        S&P 500 or NASDAQ Composite.

    Returns
    -------
    Dataset
        One asset of the same name; prices in index points, volume in shares.

    Raises
    ------
    UserError
        If ``arch`` is not installed or lacks the file.
    """
    path = _find(name)
    try:
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise _unusable(name, f"{path} cannot be read: {error}") from None
    header, *rows = (line.split(",") for line in lines if line)
    if header != _HEADER:
        raise _unusable(name, f"{path} has the columns {', '.join(header)}")
    times = np.array([_iso(row[0]) for row in rows], dtype="datetime64[ns]")
    ohlcv = np.array([[*row[1:5], row[6]] for row in rows], dtype=np.float64)
    return Dataset.from_arrays(name, times, ohlcv)


def _find(name: str) -> Path:
    spec = importlib.util.find_spec("arch")
    if spec is None or spec.origin is None:
        raise _unusable(name, "the package 'arch' is not installed")
    path = Path(spec.origin).parent / "data" / name / f"{name}.csv.gz"
    if not path.is_file():
        raise _unusable(name, f"the installed package 'arch' has no file {path}")
    return path


def _iso(date: str) -> str:
    month, day, year = date.split("/")
    return f"{year}-{month:0>2}-{day:0>2}"


def _unusable(name: str, reason: str) -> UserError:
    return UserError(
        f"dataset.source={name}: {reason}; install it with: pip install 'arch>=8', "
        "or use your own file with dataset=csv"
    )
