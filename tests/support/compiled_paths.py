"""Synthetic processes of all kinds, and their paths as compiled code draws them."""

import numpy as np

from tradegym.conf.schema.process import ProcessConfig
from tradegym.envs.data.synthetic.process import make_process
from tradegym.envs.engines.compiled.drawing import PathDrawer, kind_of, path_plan
from tradegym.envs.engines.compiled.program.table import BarTable

#: Options that all kinds have, as far as they have them.
BROAD = (
    {},
    {"volume": {"mean": 0}, "steps_per_bar": 1, "calendar": "always", "bar_seconds": 60},
    {
        "assets": 3,
        "correlation": [-0.2, 0.8],
        "steps_per_bar": 4,
        "volume": {"noise": 0},
        "spread": {"minimum": 0.001, "maximum": [0.002, 0.01], "alpha": [1.5, 3.0]},
    },
    {
        "assets": 2,
        "correlation": [[1, 0.6], [0.6, 1]],
        "steps_per_bar": 3,
        "volatility": [0.1, 0.5],
        "drift": [-0.5, 0.5],
        "start_price": {"low": 1, "high": 1000, "log": True},
        "spread": {"maximum": 0.01, "beta": 0.8},
    },
)


def process_of(kind, options):
    """Return a process with the options that its kind has."""
    model = ProcessConfig.model_validate({"kind": kind})
    return make_process(
        ProcessConfig.model_validate(
            {"kind": kind}
            | {name: value for name, value in options.items() if model.is_active(name)}
        )
    )


def random_options(rng):
    """Return options of any size and shape."""
    assets = int(rng.integers(1, 5))
    low, width = rng.uniform(0.05, 0.6), rng.uniform(0, 0.3)
    return {
        "assets": assets,
        "steps_per_bar": int(rng.integers(1, 14)),
        "correlation": [0.0, 0.9] if rng.random() < 0.5 else 0.0,
        "calendar": "always",
        "bar_seconds": int(rng.choice([60, 3600, 86_400])),
        "start_price": {"low": 0.1, "high": 1e4, "log": True},
        "volatility": [low, low + width],
        "drift": [-1.0, 1.0],
        "reversion": [0.5, 50.0],
        "level": [10.0, 1000.0],
        "jump_intensity": [0.0, 10.0 ** rng.uniform(0, 4)],
        "jump_mean": [-0.01, 0.01],
        "vol_of_vol": [0.05, 2.0],
        "variance_correlation": [-0.95, 0.95],
        "alpha": [0.0, 0.3],
        "beta": [0.1, 0.69],
        "degrees": [2.1, 30.0],
        "period": [1.5, 400.0],
        "amplitude": [0.0, 0.99],
        "phase": [-3.0, 1e6],
        "noise": [0.0, 0.05],
        "hedge_ratio": [-2.0, 2.0],
        "residual_volatility": [0.01, 0.5],
        "block_length": [1.0, 60.0],
        "regimes": {"crisis": {"volatility": [0.3, 0.9], "duration": [1.5, 9.0], "weight": 0.2}},
        "volume": {"mean": [0.0, 5000.0], "reaction": [0.0, 1.0], "noise": [0.0, 2.0]},
        "spread": {"maximum": float(rng.choice([0.0, 0.02])), "alpha": [0.2, 5.0], "beta": 1.2},
    }


def drawn_by_kernel(process, key, bars):
    """Return the path of a key, [bars, A, 5], from the kernel."""
    assets = len(process.assets)
    table = BarTable(
        np.zeros((bars + 4, assets, 5)),
        np.zeros((bars + 4) * assets * 4, np.float32),
        np.zeros(0, np.float32),
        np.zeros(bars + 4, np.int64),
    )
    plan = path_plan(process, range(assets), np.full(assets, np.nan))
    draw = PathDrawer(kind_of(process), plan, table, np.arange(1000, 1009 + bars), 2, bars)
    ohlcv, raw, days = table.ohlcv, table.raw, table.days
    assert draw([key], [(2, 5, bars)]) == 1
    assert not ohlcv[:2].any()
    assert not ohlcv[-2:].any()
    inside = ohlcv[2:-2]
    with np.errstate(over="ignore"):
        np.testing.assert_array_equal(
            raw[8 * assets : -8 * assets].reshape(bars, assets, 4),
            inside[..., :4].astype(np.float32),
        )
    np.testing.assert_array_equal(days[2:-2], np.arange(1005, 1005 + bars))
    return inside
