"""Real prices as records: the S&P 500 and the Nasdaq from 1999 to 2018."""

import csv
import dataclasses
import gzip
import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


def _closes(name):
    """Dates and closes from the installed arch package, without importing it (3 seconds)."""
    spec = importlib.util.find_spec("arch")
    path = Path(spec.origin).parent / "data" / name / f"{name}.csv.gz"
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    days = ([int(part) for part in row["Date"].split("/")] for row in rows)
    dates = [f"{year}-{month:02}-{day:02}" for month, day, year in days]
    return dates, np.array([float(row["Close"]) for row in rows])


@pytest.fixture(scope="session")
def sp500():
    """Dates and closes."""
    return _closes("sp500")


@pytest.fixture(scope="session")
def nasdaq():
    """Dates and closes of the same days."""
    return _closes("nasdaq")


@pytest.fixture
def dated(record_of):
    """Build a record from dates and equity values, 252 bars a year."""

    def build(dates, equity):
        equity = np.asarray(equity, dtype=np.float64)
        times = pd.to_datetime(pd.Series(dates)).dt.tz_localize("UTC").astype("datetime64[ns, UTC]")
        columns = {"time": times, "equity": equity}
        others = ("exposure", "commission", "interest", "reward")
        bars = pd.DataFrame(columns | {name: np.zeros(len(equity)) for name in others})
        return dataclasses.replace(record_of(equity[:2]), bars=bars)

    return build
