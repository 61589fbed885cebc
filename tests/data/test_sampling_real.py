"""The rules on two months of EUR/USD minutes; skipped where the files are not there."""

import datetime as dt
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tradegym.envs.data.sampling import EpisodeSampler, SamplingOptions

FOLDER = Path(
    os.environ.get("TRADEGYM_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
DAY = 1440
SIX_HOURS = 6 * 3600 * 10**9


@pytest.fixture(scope="module")
def minutes():
    """Closes of the bars in UTC: the files have opens, five hours behind it."""
    names = [f"DAT_ASCII_EURUSD_M1_2017{month}.csv" for month in ("01", "02")]
    files = [FOLDER / "histdata" / name for name in names]
    if not all(file.is_file() for file in files):
        pytest.skip("the folder with real files is not there")
    frames = [pd.read_csv(file, sep=";", header=None, usecols=[0]) for file in files]
    times = pd.to_datetime(pd.concat(frames)[0], format="%Y%m%d %H%M%S") + pd.Timedelta("5h1min")
    return times.to_numpy().astype("datetime64[ns]")


@pytest.mark.parametrize(
    "options",
    [
        {"time_gap": SIX_HOURS},
        {"time_gap": SIX_HOURS, "start_weekdays": (0, 2, 4), "b_alpha": 10, "b_beta": 0.8},
        {"time_gap": SIX_HOURS, "start_weekdays": (0, 1, 2, 3), "start_00": True},
        {"start_00": True, "b_alpha": 0.5},
    ],
)
def test_the_rules_hold_for_ten_thousand_draws(minutes, options):
    part = range(500, len(minutes) - 700)
    chooser = EpisodeSampler(
        minutes,
        (part,),
        "train",
        SamplingOptions(decisions=DAY, **options),
        warmup=30,
        skip_frame=1,
    )
    starts = set()
    for key in np.random.default_rng(1).integers(2**64, size=10_000, dtype=np.uint64):
        one = chooser.choose(int(key))
        assert part.start <= one.start
        assert one.stop <= part.stop
        starts.add(one.decision)
    assert len(starts) > 20
    for row in starts:
        first = minutes[row].astype("datetime64[s]").item()
        before = minutes[row - 1].astype("datetime64[s]").item()
        assert first.weekday() in options.get("start_weekdays", range(7))
        if options.get("start_00"):
            midnight = dt.datetime.combine(first.date(), dt.time())
            assert before < midnight <= first
        if "time_gap" in options:
            bars = minutes[row : row + DAY + 2].view(np.int64)
            assert np.diff(bars).max() <= SIX_HOURS
            # BTgym's own test with its sign put right: all that is missing, added up.
            assert bars[-1] - bars[0] - (DAY + 1) * 60 * 10**9 < SIX_HOURS


def test_without_the_gap_rule_episodes_span_weekends(minutes):
    chooser = EpisodeSampler(
        minutes,
        (range(len(minutes)),),
        "train",
        SamplingOptions(decisions=DAY),
        warmup=30,
        skip_frame=1,
    )
    found = [chooser.choose(key) for key in range(300)]
    gaps = [np.diff(minutes[one.decision : one.stop].view(np.int64)).max() for one in found]
    assert 0.1 < np.mean(np.array(gaps) > SIX_HOURS) < 0.35
