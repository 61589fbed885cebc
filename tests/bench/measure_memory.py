"""Memory of many environments on many bars."""

import gc
import sys

import numpy as np
from child import run_task
from frame import Aim, CannotMeasureError, Row, Table, measurement
from machine import memory as read_memory
from market import builder, choices, dataset

LEAST_MB, FACTOR = 200.0, 1.5


@measurement("memory", "1,024 environments on 10 million bars")
def memory(options):
    if sys.platform != "linux":
        raise CannotMeasureError("memory is read from /proc")
    from tradegym.envs.engines.compiled.batch import Batch

    run_task("make_ready")  # compiling takes memory of its own, once
    bars, number, steps = options.pick((10_000_000, 1024, 2000), (200_000, 64, 5))
    data = dataset(bars)
    size = (data.ohlcv.nbytes + data.times.nbytes) / 1e6
    batch = Batch(builder(data, engine__backend="compiled").batch_source("train"), number)
    batch.reset(list(range(number)))
    actions = choices(0.1, (64, number))
    for k in range(steps):
        batch.step(actions[k % 64])
    copies = {
        name: getattr(batch.program.shared, name).nbytes / 1e6 for name in ("raw", "features")
    }
    shares = np.shares_memory(batch.program.shared.ohlcv, data.ohlcv)
    gc.collect()
    resident = read_memory("status", "VmRSS")
    values = {
        "data MB": size,
        "resident MB": resident,
        "peak MB": read_memory("status", "VmHWM"),
        "prices as float32 MB": copies["raw"],
        "bars are shared": float(shares),
    }
    ratios = {"(resident - 200 MB) / data": (resident - LEAST_MB) / size}
    aim = Aim("(resident - 200 MB) / data", FACTOR, at_most=True)
    batch.close()
    row = Row(f"N = {number:,}, {bars:,} bars", values, ratios, None if options.short else aim)
    note = "MB (10^6 bytes) of the process after stepping; data are bars (float64) and times"
    return [Table("Memory of the compiled engine", note, [row])]
