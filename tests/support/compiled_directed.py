"""Short episodes whose numbers can be worked out by hand, on either engine."""

import numpy as np
from compiled_reference import reference_track
from compiled_setups import Setup, nested

from tradegym.envs.data.dataset import Dataset

BACKENDS = ("backtrader", "compiled")
HOLD, BUY, SELL, CLOSE = range(4)
START = 1000.0


def dataset_of(bars, days=None, end=None):
    """Make a dataset of daily bars.

    ``bars``: a list of bars, or a mapping of asset to list; a bar is one price, or open, high,
    low, close and perhaps volume. ``days``: the day of each bar. ``end``: the reserved bar, if it
    is not as the last close.
    """
    tables = bars if isinstance(bars, dict) else {"hand": bars}
    columns = [np.array([_full(bar) for bar in rows], dtype=float) for rows in tables.values()]
    ohlcv = np.stack(columns, axis=1)
    # One bar is found to be the last, one is reserved, and two belong to the other parts.
    rest = np.repeat(ohlcv[-1:], 4, axis=0)
    rest[:, :, :4] = rest[:, :, 3:4]
    if end is not None:
        rest[1] = _full(end)
    ohlcv = np.concatenate([ohlcv, rest])
    days = list(range(len(ohlcv))) if days is None else [*days, *(days[-1] + np.arange(1, 5))]
    times = np.datetime64("2001-01-01", "ns") + np.array(days) * np.timedelta64(1, "D")
    return Dataset.from_arrays("hand", times, ohlcv, assets=tuple(tables))


def _full(bar):
    if np.isscalar(bar):
        bar = (bar,) * 4
    return (*bar, 1000.0) if len(bar) == 4 else bar


def setup_of(bars, days=None, end=None, **keys):
    """Return a setup on hand-made bars; the first one is a warm-up bar.

    ``keys``: of the configuration, with ``__`` for a dot; by default orders are for a fixed
    number of units, free of costs, and nothing but the bars ends the episode.
    """
    dataset = dataset_of(bars, days, end)
    length = len(dataset)
    tree = {
        "engine.start_cash": START,
        "engine.broker_commission": 0.0,
        "strategy.limits.drawdown_call": None,
        "strategy.state.modes": ["raw", "internal"],
        "strategy.state.time_dim": 2,
        "strategy.state.avg_period": 1,
        "strategy.state.flat": True,
        "strategy.reward.btgym": None,
        "strategy.reward.equity_change": {},
        "split.train": (length - 2) / length,
        "split.validation": 1 / length,
    }
    if len(dataset.assets) > 1:
        tree["strategy.actions.assets"] = list(dataset.assets)
    given = {key.replace("__", "."): value for key, value in keys.items()}
    if "engine.fixed_stake" in given:
        tree["engine.sizing"] = "fixed"
    return Setup(tree=nested(tree | given), dataset=dataset, whole=True)


def play(backend, bars, actions, days=None, end=None, **keys):
    """Play actions, then the first choice (hold), to the end of the bars.

    Returns the `Track`: row k is the close of bar k + 1, where the k-th action has been filled.
    """
    setup = setup_of(bars, days, end, **keys)
    return play_setup(backend, setup, actions)


#: Told of every episode of the backtrader engine: setup, actions [1, T, ...] and track.
listeners = []


def play_setup(backend, setup, actions):
    """Play a hand-made setup."""
    env = setup.builder().env(setup.part, whole=setup.whole, limited=setup.limited)
    width = env.action_space.shape
    skip = setup.tree["strategy"].get("skip_frame", 1)
    decisions = -(-(len(setup.dataset) - 5) // skip)
    padded = [*actions, *[np.zeros(width)] * decisions][:decisions]
    whole = np.array([np.broadcast_to(one, width) for one in padded])
    whole = whole.astype(env.action_space.dtype)
    if backend == "backtrader":
        track = reference_track(env, 0, whole)
        for listen in listeners:
            listen(setup, whole[None], track)
        return track
    from compiled_batches import batch_tracks

    return batch_tracks(setup, [0], whole[None])[0]
