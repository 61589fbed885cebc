"""Random markets made in the process, and configurations on them."""

import numpy as np

BLOCK = 1_000_000
WINDOW, DECISIONS = 30, 1440


def dataset(bars, assets=1, seed=0):
    """Return minutes whose prices are random walks; made block by block, nothing is copied."""
    from tradegym.envs.data.dataset import Dataset

    rng = np.random.default_rng(seed)
    ohlcv = np.empty((bars, assets, 5))
    last = np.full(assets, 100.0)
    for first in range(0, bars, BLOCK):
        block = ohlcv[first : first + BLOCK]
        block[..., 3] = last * np.exp(np.cumsum(rng.normal(0, 1e-4, block.shape[:2]), axis=0))
        block[0, :, 0], block[1:, :, 0] = last, block[:-1, :, 3]
        np.maximum(block[..., 0], block[..., 3], out=block[..., 1])
        np.minimum(block[..., 0], block[..., 3], out=block[..., 2])
        block[..., 1] += 0.01
        block[..., 2] -= 0.01
        block[..., 4] = rng.integers(1, 1000, block.shape[:2])
        last = block[-1, :, 3].copy()
    times = np.datetime64("2000-01-03T00:01", "ns") + np.arange(bars) * np.timedelta64(60, "s")
    names = tuple(f"asset{number}" for number in range(assets))
    return Dataset.from_checked("random", times, ohlcv, names)


#: The account, the reward, the limits and the two windows of every comparison.
SETTINGS = {
    "strategy.state.modes": ["raw", "internal"],
    "strategy.state.time_dim": WINDOW,
    "strategy.state.avg_period": 4,
    "strategy.limits.drawdown_call": 90.0,
    "strategy.limits.max_loss": 90.0,
    "strategy.limits.target_call": 900.0,
    "episode.duration": DECISIONS,
    "split.train": 0.98,
    "split.validation": 0.01,
}


def arguments(data, **settings):
    """Return the arguments of `tradegym.make` for a dataset; dots are written as ``__``."""
    given = {name.replace("__", "."): value for name, value in settings.items()}
    joint = {"traded_assets": "all"} if len(data.assets) > 1 else {}
    return {
        "dataset": data,
        "engine": "standard",
        "strategy": "standard",
        **joint,
        **SETTINGS,
        **given,
    }


def builder(data, **settings):
    """Return an `EnvBuilder` for a dataset."""
    from tradegym.conf.resolve import resolve
    from tradegym.conf.schema.keys import from_flat
    from tradegym.envs.build import EnvBuilder

    given = arguments(data, **settings)
    groups = [f"{group}={given.pop(group)}" for group in ("engine", "strategy")]
    objects = {"dataset.cls": given.pop("dataset")}
    given = {"dataset.cls": "bench:market", **from_flat(given)}
    return EnvBuilder(resolve(groups, None, given), objects)


#: Shares of the choices that trade, by name.
TRADING = {"hold": 0.0, "10 %": 0.1, "100 %": 1.0}


def choices(share, shape, seed=0):
    """Draw choices of hold, buy and sell; the last two are equally likely."""
    rng = np.random.default_rng(seed)
    drawn = rng.integers(1, 3, shape)
    return np.where(rng.random(shape) < share, drawn, 0)
