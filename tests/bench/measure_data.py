"""Reading, sharing, checking, making and sampling bars: times and memory.

Each figure comes from a process of its own; of several readings the quickest is shown. Memory is
read from /proc, so this runs on Linux alone. Files are in the page cache: no disk is measured.
"""

import multiprocessing
import sys
import time
import timeit
from importlib import import_module

import numpy as np
from child import run_task
from frame import CannotMeasureError, Row, Table, measurement, task
from machine import memory

BARS = 500_000  # written at once, and to choose episodes from
SETTLED = 3.0  # seconds after which the hash of a new file is remembered
DATA = "tradegym.envs.data"
CACHED = (f"{DATA}.sources", f"{DATA}.assets", f"{DATA}.cache", "tradegym.conf.schema.dataset")
COLD = (*CACHED, f"{DATA}.series", f"{DATA}.csv_file", "pyarrow.csv", "pyarrow.compute")

#: Tasks on a file, each in a process of its own.
FILE_TASKS = ("cold", "cached", "pandas", "pandas_with_times", "shared", "validation")


@measurement("data", "reading, sharing, checking, making and sampling bars: times and memory")
def data(options):
    if sys.platform != "linux":
        raise CannotMeasureError("memory is read from /proc")
    repeats = options.pick(3, 1)
    columns = {}
    for rows in options.pick((10**6, 10**7), (100_000,)):
        columns[rows] = _measure_file(rows, repeats, options.pick(8, 4), options.folder)
    tables = []
    for part in ("file", *FILE_TASKS):
        figures = {f"{rows:,} rows": found[part] for rows, found in columns.items()}
        tables.append(_table(part.replace("_", " "), figures))
    cache = options.folder / "cache"
    gbm = run_task("draw_gbm", options.pick(1_000_000, 100_000), cache=cache)
    tables.append(_table("gbm", {"drawn": gbm}))
    choosing = run_task("choose_episodes", options.pick(500, 50), cache=cache)
    tables.append(_table("episodes", {"chosen": choosing}))
    return tables


def _measure_file(rows, repeats, workers, folder):
    path, caches = folder / f"{rows}.csv", [folder / f"{rows}-{n}" for n in range(repeats)]
    write_csv(path, rows)
    figures = {"file": {"rows": rows, "mb": path.stat().st_size / 1e6}}
    for name in FILE_TASKS:
        arguments = [str(path)] + ([workers] if name == "shared" else [])
        found = [
            run_task(name, *arguments, cache=one if name == "cold" else caches[0]) for one in caches
        ]
        figures[name] = min(found, key=lambda one: one.get("seconds", 0))
    for name in ("cold", "cached"):
        for other in ("pandas", "pandas_with_times"):
            ratio = figures[other]["seconds"] / figures[name]["seconds"]
            figures[name][f"times_as_fast_as_{other}"] = ratio
    return figures


def _table(title, columns):
    """A line per figure, a column per dict of figures."""
    names = next(iter(columns.values()))
    rows = [
        Row(name.replace("_", " "), {label: float(one[name]) for label, one in columns.items()})
        for name in names
    ]
    return Table(f"Data: {title}", "seconds and MB (10^6 bytes), the quickest reading", rows)


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


@task
def cold(path):
    return read(COLD, path)


@task
def cached(path):
    return read(CACHED, path)


@task
def pandas(path):
    return read_pandas(path)


@task
def pandas_with_times(path):
    return read_pandas(path, parse_dates=["datetime"])


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


@task
def shared(path, workers):
    """Let several processes have the whole dataset at once."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(workers, timeout=600), context.Queue()
    for _ in range(workers):
        context.Process(target=work, args=(path, barrier, results), daemon=True).start()
    figures = [results.get(timeout=600) for _ in range(workers)]
    seconds, before, pss, rss, data = map(np.array, zip(*figures, strict=True))
    return {
        "workers": workers,
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


@task
def validation(path):
    from tradegym.envs.data.validation.inspection import inspect

    dataset = load(path)
    return {
        "seconds": timed(lambda: inspect(dataset)),
        "seconds_with_cached_load": timed(lambda: inspect(path)),
    }


@task
def draw_gbm(bars):
    from tradegym.conf.resolve import resolve
    from tradegym.envs.data.synthetic.process import make_process

    options = ["dataset=synthetic/gbm", "dataset.process.bar_seconds=60"]
    process = make_process(resolve(options).config.dataset.process)
    seconds = timed(lambda: process.draw(2, int(bars)))
    return {"bars": int(bars), "seconds": seconds, "bars_per_second": int(bars) / seconds}


@task
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
