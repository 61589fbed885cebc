"""The measurements run, give every figure, and leave nothing behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "bench" / "data.py"
READING = {"seconds", "seconds_with_imports", "seconds_of_process", "peak_mb"}
RATIOS = {"times_as_fast_as_pandas", "times_as_fast_as_pandas_with_times"}
FIGURES = {
    "file": {"rows", "mb"},
    "cold": READING | RATIOS,
    "cached": READING | RATIOS | {"rss_after_first_pass_mb"},
    "pandas": {"seconds", "peak_mb"},
    "pandas_with_times": {"seconds", "peak_mb"},
    "shared": {"pss_sum_mb", "pss_sum_of_data_mb", "rss_each_mb", "copies_of_data"},
    "validation": {"seconds", "seconds_with_cached_load"},
}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_short_measurements_have_every_figure(tmp_path):
    used, written = tmp_path / "used", tmp_path / "figures.json"
    used.mkdir()
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--short", "--json", str(written)],
        capture_output=True,
        text=True,
        env={**os.environ, "TMPDIR": str(used)},
    )
    assert done.returncode == 0, done.stderr
    assert list(used.iterdir()) == []
    figures = json.loads(written.read_text(encoding="utf-8"))
    (file,) = figures["files"]
    for part, names in FIGURES.items():
        assert names <= file[part].keys(), part
        assert all(file[part][name] > 0 for name in names), part
        assert part in done.stdout.splitlines()
    assert file["file"]["rows"] == 100_000
    assert file["cached"]["mapped"]
    # Eight processes that each had a copy would have eight times the data.
    assert file["shared"]["workers"] == 8
    assert 0.9 < file["shared"]["copies_of_data"] < 3
    assert figures["gbm"]["bars_per_second"] > 0
    assert figures["episodes"]["seconds_each"] > 0
