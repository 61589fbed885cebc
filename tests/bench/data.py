"""Measures reading, sharing, checking, making and sampling bars: times and memory.

    make bench                            # files of 1 and 10 million rows
    python tests/bench/data.py --short    # 100,000 rows, to see that it works

Each figure comes from a process of its own; of several readings the quickest is shown. Memory is
read from /proc, so this runs on Linux alone. Files are in the page cache: no disk is measured.
All is written below a temporary folder.
"""

import argparse
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
import timeit
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np

WORKERS = 8
BARS = 500_000  # written at once, and to choose episodes from
SETTLED = 3.0  # seconds after which the hash of a new file is remembered
DATA = "tradegym.envs.data"
CACHED = (f"{DATA}.sources", f"{DATA}.assets", f"{DATA}.cache", "tradegym.conf.schema.dataset")
COLD = (*CACHED, f"{DATA}.series", f"{DATA}.csv_file", "pyarrow.csv", "pyarrow.compute")


def write_csv(path, rows):
    """Write minutes whose price is a random walk."""
    import pyarrow as pa
    from pyarrow.csv import CSVWriter, WriteOptions

    rng, price, start = np.random.default_rng(0), 100.0, np.datetime64("2000-01-03T00:00", "s")
    prices = [(name, pa.float64()) for name in ("open", "high", "low", "close")]
    schema = pa.schema([("datetime", pa.timestamp("s")), *prices, ("volume", pa.int64())])
    with CSVWriter(path, schema, write_options=WriteOptions(quoting_style="none")) as writer:
        for first in range(0, rows, BARS):
            number = min(BARS, rows - first)
            closes = price * np.exp(np.cumsum(rng.normal(0, 1e-4, number)))
            opens = np.concatenate(([price], closes[:-1]))
            price = closes[-1]
            top, bottom = np.maximum(opens, closes) + 0.01, np.minimum(opens, closes) - 0.01
            times = start + (first + np.arange(number)) * np.timedelta64(60, "s")
            prices = [np.round(values, 5) for values in (opens, top, bottom, closes)]
            columns = [times, *prices, rng.integers(1, 1000, number)]
            writer.write_table(pa.table([pa.array(one) for one in columns], schema))
    time.sleep(SETTLED)


def read(modules, path):
    started = time.perf_counter()
    list(map(import_module, modules))
    ready = time.perf_counter()
    dataset = load(path)
    loaded = time.perf_counter()
    peak = memory("status", "VmHWM")
    size = pass_over(dataset)
    return {
        "seconds": loaded - ready,
        "seconds_with_imports": loaded - started,
        "seconds_first_pass": time.perf_counter() - loaded,
        "peak_mb": peak,
        "rss_after_first_pass_mb": memory("status", "VmRSS"),
        "data_mb": size,
        "mapped": dataset.stored is not None,
    }


def read_pandas(path, **options):
    import pandas as pd

    started = time.perf_counter()
    pd.read_csv(path, **options)
    return {"seconds": time.perf_counter() - started, "peak_mb": memory("status", "VmHWM")}


def share(path):
    """Let several processes have the whole dataset at once."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(WORKERS, timeout=600), context.Queue()
    for _ in range(WORKERS):
        context.Process(target=work, args=(path, barrier, results), daemon=True).start()
    figures = [results.get(timeout=600) for _ in range(WORKERS)]
    seconds, before, pss, rss, data = map(np.array, zip(*figures, strict=True))
    return {
        "workers": WORKERS,
        "seconds_slowest": seconds.max(),
        "rss_each_mb": rss.max(),
        "pss_sum_mb": pss.sum(),
        "pss_sum_of_data_mb": (pss - before).sum(),
        "copies_of_data": (pss - before).sum() / data[0],
    }


def work(path, barrier, results):
    list(map(import_module, CACHED))
    barrier.wait()
    before = memory("smaps_rollup", "Pss")
    barrier.wait()
    started = time.perf_counter()
    dataset = load(path)
    size = pass_over(dataset)
    seconds = time.perf_counter() - started
    barrier.wait()
    pss, rss = memory("smaps_rollup", "Pss"), memory("smaps_rollup", "Rss")
    barrier.wait()
    results.put((seconds, before, pss, rss, size))


def validate(path):
    from tradegym.envs.data.validation.inspection import inspect

    dataset = load(path)
    return {
        "seconds": timed(lambda: inspect(dataset)),
        "seconds_with_cached_load": timed(lambda: inspect(path)),
    }


def draw_gbm(bars):
    from tradegym.conf.resolve import resolve
    from tradegym.envs.data.synthetic.process import make_process

    options = ["dataset=synthetic/gbm", "dataset.process.bar_seconds=60"]
    process = make_process(resolve(options).config.dataset.process)
    seconds = timed(lambda: process.draw(2, int(bars)))
    return {"bars": int(bars), "seconds": seconds, "bars_per_second": int(bars) / seconds}


def choose_episodes(choices):
    """Choose day-long episodes of minutes without weekends, by all rules."""
    from tradegym.envs.data.sampling import EpisodeSampler, SamplingOptions

    rows = np.arange(BARS)
    minutes = (rows + rows // 7200 * 2880) * np.timedelta64(60, "s")
    times = np.datetime64("2000-01-03T00:01", "ns") + minutes
    rules = {"time_gap": 6 * 3600 * 10**9, "start_weekdays": (0, 1, 2), "b_alpha": 2.0}
    options = SamplingOptions(decisions=1440, **rules)

    def make():
        part = (range(BARS),)
        return EpisodeSampler(times, part, "train", options, warmup=30, skip_frame=1)

    sampler, number = make(), int(choices)
    each = timed(lambda: [sampler.choose(key) for key in range(number)]) / number
    return {"bars": BARS, "seconds_once": timed(make), "seconds_each": each}


FILE_TASKS = {
    "cold": partial(read, COLD),
    "cached": partial(read, CACHED),
    "pandas": read_pandas,
    "pandas_with_times": partial(read_pandas, parse_dates=["datetime"]),
    "shared": share,
    "validation": validate,
}
TASKS = {**FILE_TASKS, "gbm": draw_gbm, "episodes": choose_episodes}


def load(path):
    from tradegym.conf.schema.dataset import DatasetConfig
    from tradegym.envs.data.sources import load_dataset

    return load_dataset(DatasetConfig(source="csv", filename=path))


def pass_over(dataset):
    """Read all of a dataset, and return its size in MB."""
    for array in (dataset.ohlcv, dataset.times):
        array.view(np.int64).max()
    return (dataset.ohlcv.nbytes + dataset.times.nbytes) / 1e6


def timed(function):
    """The least of several times, in seconds."""
    return min(timeit.repeat(function, number=1, repeat=3))


def memory(file, name):
    """Memory of this process in MB."""
    lines = Path("/proc/self", file).read_text(encoding="ascii").splitlines()
    (line,) = [line for line in lines if line.startswith(f"{name}:")]
    return int(line.split()[1]) * 1024 / 1e6


def child(task, argument, cache):
    """Run a task in a fresh process."""
    command = [sys.executable, __file__, "--task", task, str(argument)]
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache)}
    started = time.perf_counter()
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment).stdout
    return {**json.loads(output), "seconds_of_process": time.perf_counter() - started}


def measure_file(rows, repeats, folder):
    path, caches = folder / f"{rows}.csv", [folder / f"{rows}-{n}" for n in range(repeats)]
    write_csv(path, rows)
    figures = {"file": {"rows": rows, "mb": path.stat().st_size / 1e6}}
    for task in FILE_TASKS:
        found = [child(task, path, one if task == "cold" else caches[0]) for one in caches]
        figures[task] = min(found, key=lambda one: one.get("seconds", 0))
    for task in ("cold", "cached"):
        for other in ("pandas", "pandas_with_times"):
            ratio = figures[other]["seconds"] / figures[task]["seconds"]
            figures[task][f"times_as_fast_as_{other}"] = ratio
    return figures


def show(title, columns):
    """Print a table: a line per figure, a column per dict of figures."""
    print(f"\n{title}")
    for name in columns[0]:
        cells = "".join(f"{column[name]:>16,.6g}" for column in columns)
        print(f"  {name.replace('_', ' '):34}{cells}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10**6, 10**7], metavar="N")
    parser.add_argument("--short", action="store_true", help="100,000 rows, measured once")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--task", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(TASKS[options.task[0]](options.task[1])))
        return
    rows, repeats = ([100_000], 1) if options.short else (options.rows, 3)
    with tempfile.TemporaryDirectory(prefix="tradegym-bench-") as name:
        files = [measure_file(number, repeats, Path(name)) for number in rows]
        rest = {"gbm": child("gbm", 1_000_000, name), "episodes": child("episodes", 500, name)}
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    for part in files[0]:
        show(part, [one[part] for one in files])
    for part in rest:
        show(part, [rest[part]])
    if options.json:
        figures = json.dumps({"files": files, **rest}, indent=2)
        options.json.write_text(f"{figures}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
