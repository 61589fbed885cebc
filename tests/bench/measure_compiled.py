"""Throughput of the compiled engine, beside a bare loop that only copies the windows."""

import numpy as np
from frame import Aim, Row, Table, measurement
from market import TRADING, builder, choices, dataset
from timing import repeated, take_turns

#: Share of the bare loop's speed that is aimed at, by (environments, trading).
AIMS = {(64, "10 %"): 0.37, (1024, "10 %"): 0.444, (64, "100 %"): 0.296, (1024, "100 %"): 0.37}
TWO_THREADS = 1.6
_DRAWN = 64  # steps whose actions are drawn beforehand


@measurement("compiled", "steps a second of the compiled engine, beside a bare copy loop")
def compiled(options):
    tables = []
    for bars in options.pick((20_000, 500_000), (20_000,)):
        for assets in (1, 5):
            data = dataset(bars, assets)
            source = builder(data, engine__backend="compiled").batch_source("train")
            rows = []
            for number in options.pick((1, 8, 64, 1024), (1, 64)):
                rows += _batch(source, data, number, options)
            what = "1 asset" if assets == 1 else f"{assets} assets"
            title = f"Compiled engine: {what}, {bars:,} bars"
            note = (
                "environment steps a second; window 30, statistics of 4 bars, all costs, reward "
                "and limits; of the choices 0, 10 or 100 % trade"
            )
            tables.append(Table(title, note, rows))
    return tables


def _batch(source, data, number, options):
    from copy_loop import CopyLoop

    from tradegym.envs.engines.compiled.batch import Batch

    seconds, rounds = options.pick((0.06, 7), (0.002, 1))
    assets = len(data.assets)
    shape = (_DRAWN, number) if assets == 1 else (_DRAWN, number, assets)
    threads = (1, 2) if number > 1 else (1,)
    sides, batches, bare = {}, {}, {}
    for at, (name, share) in enumerate(TRADING.items()):
        batch = batches[name] = Batch(source, number)
        batch.reset(list(range(number)))
        actions = choices(share, shape, seed=at)
        for count in threads:
            sides[name, count] = _stepping(batch, actions, number, seconds, count)
    drawn = choices(0.1, (_DRAWN, number)).astype(np.int64)
    for name, ring in (("copy", 0), ("copy both", 40)):
        for count in threads:
            loop = bare[name, count] = CopyLoop(data, number, count, ring)
            sides[name, count] = repeated(
                lambda k, loop=loop: loop.step(drawn[k % _DRAWN]), number, seconds
            )
    found = take_turns(sides, rounds, collector=False)
    rows = []
    for name in TRADING:
        aim = AIMS.get((number, name)) if assets == 1 else None
        for count in threads:
            ratios = {
                "of copying the window": found.ratio((name, count), ("copy", count)),
                "of copying both": found.ratio((name, count), ("copy both", count)),
            }
            aimed = None
            if aim and count == 1:
                aimed = Aim("of copying the window", aim)
            if count == 2:
                ratios["of one thread"] = found.ratio((name, 2), (name, 1))
                if number == 1024 and assets == 1:
                    aimed = Aim("of one thread", TWO_THREADS)
            values = {
                "steps/s": found.rate((name, count)),
                "copying": found.rate(("copy", count)),
                "fills a step": _fills(batches[name]),
            }
            label = f"N = {number}, {name}, {count} thread{'s' * (count > 1)}"
            rows.append(Row(label, values, ratios, aimed))
    for batch in batches.values():
        batch.close()
    for loop in bare.values():
        loop.close()
    return rows


def _stepping(batch, actions, number, seconds, threads):
    batch.set_threads(threads)
    side = repeated(lambda k: batch.step(actions[k % _DRAWN]), number, seconds)

    def run():
        batch.set_threads(threads)
        return side()

    return run


def _fills(batch):
    """Fills a step of the running episodes: shows that orders are not refused."""
    envs = batch.state.envs
    return float(np.sum(envs["n_fills"]) / max(1, np.sum(envs["decisions"])))
