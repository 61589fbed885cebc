"""The environment's accounts equal a plain backtrader script's, bar by bar, fill by fill."""

import numpy as np
import plain_backtrader as plain
import pytest

import tradegym
from tradegym.envs.data.dataset import Dataset

NAMES = ("hold", "buy", "sell", "close")
START_CASH = 10_000.0


def play(dataset, seed, *, weights, **kwargs):
    """Play random actions over the whole test part; return rows, actions by bar, record."""
    env = tradegym.make(
        dataset=dataset,
        part="test",
        record=True,
        drawdown_call=100,
        target_call=1e9,
        start_cash=START_CASH,
        **{"split.train": 0.1, "split.validation": 0.1},
        **kwargs,
    )
    rng = np.random.default_rng(seed)
    _, info = env.reset(seed=seed)
    actions, done = {}, False
    first = info["bar"] - env.part.start
    while not done:
        action = int(rng.choice(4, p=weights))
        actions[env.last_info["bar"] - env.part.start] = NAMES[action]
        _, _, terminated, truncated, info = env.step(action)
        done = terminated or truncated
    return env, first, actions, info


def compare(env, first, actions, info, *, leverage=1.0, commission=0.001, **sizing):
    record = env.episode_record()
    part = env.part
    dataset = env.market.dataset
    last = info["bar"] - part.start
    log = plain.run(
        dataset.times[part.start : part.stop],
        dataset.ohlcv[part.start : part.stop, 0],
        actions,
        last - 1,
        cash=START_CASH,
        commission=commission,
        leverage=leverage,
        **sizing,
    )
    bars = [row for row in log["bars"] if first <= row[0] <= last]
    table = record.bars
    assert len(bars) == len(table)
    _, cash, value, size, price = map(np.array, zip(*bars, strict=True))
    np.testing.assert_allclose(table["cash"], cash, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(table["position"], size, rtol=1e-9, atol=1e-9)
    closes = table["close"].to_numpy()
    beyond = (size < 0) & (closes > 2 * price)
    formula = cash + np.abs(size) * price / leverage + size * (closes - price)
    expected = np.where(beyond, formula, value)
    np.testing.assert_allclose(table["equity"], expected, rtol=1e-9, atol=1e-9)
    filled = record.orders[record.orders["filled"] > 0]
    fills = [fill for fill in log["fills"] if fill[0] <= last]
    assert len(filled) == len(fills)
    signs = np.where(filled["side"] == "buy", 1.0, -1.0)
    np.testing.assert_allclose(signs * filled["filled"], [f[1] for f in fills], rtol=1e-9)
    np.testing.assert_allclose(filled["price"], [f[2] for f in fills], rtol=1e-9)
    np.testing.assert_allclose(filled["commission"], [f[3] for f in fills], rtol=1e-9)
    assert info["rejected"] == len([bar for bar in log["rejections"] if bar <= last])
    assert info["position"] == 0.0
    return beyond.sum(), info["rejected"], (table["position"] < 0).sum()


def dataset_of(bars, seed, **kwargs):
    times, ohlcv = plain.random_walk(bars, seed, **kwargs)
    return Dataset.from_arrays("walk", times, ohlcv[:, None, :])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("sizing", "leverage"),
    [
        ({"stake": 7.0}, 1.0),
        ({"stake": 60.0}, 1.0),
        ({"fraction": 0.35}, 1.0),
        ({"stake": 90.0}, 3.0),
    ],
    ids=["small", "large", "fraction", "leverage"],
)
def test_random_actions(seed, sizing, leverage):
    kwargs = {"leverage": leverage, "broker_commission": 0.001}
    if "stake" in sizing:
        kwargs["fixed_stake"] = sizing["stake"]
    else:
        kwargs |= {"sizing": "equity_fraction", "equity_fraction": sizing["fraction"]}
    weights = [0.25, 0.3, 0.3, 0.15]
    played = play(dataset_of(400, seed), seed, weights=weights, **kwargs)
    compare(*played, leverage=leverage, **sizing)


def test_short_beyond_twice_the_entry_follows_the_formula():
    beyond = 0
    for seed in range(8):
        data = dataset_of(400, seed, drift=0.005)
        played = play(data, seed, weights=[0.98, 0.0, 0.02, 0.0], fixed_stake=2)
        beyond += compare(*played, stake=2.0)[0]
    assert beyond > 0


@pytest.mark.parametrize("skip_frame", [2, 5])
def test_skipped_frames_place_no_orders(skip_frame):
    played = play(
        dataset_of(400, 3), 3, weights=[0.1, 0.4, 0.4, 0.1], fixed_stake=20, skip_frame=skip_frame
    )
    compare(*played, stake=20.0)


def test_rejections_and_shorts_occur_in_these_tests():
    played = play(dataset_of(400, 1), 1, weights=[0.1, 0.45, 0.4, 0.05], fixed_stake=60)
    _, rejected, shorts = compare(*played, stake=60.0)
    assert rejected > 0
    assert shorts > 0


def test_real_prices():
    played = play("sp500", 5, weights=[0.4, 0.25, 0.2, 0.15], fixed_stake=2)
    compare(*played, stake=2.0)
