"""Plays a case in the environment and in plain backtrader, and compares all there is.

What is compared at every bar: cash, equity, interest paid, positions; every fill with its bar,
asset, size, price and commission; and the number of refused orders and of meaningless choices, the
bar of the end and its reason. Relative to 1e-9. Both decide on sizes on their own, so the last bits
of two numbers may differ; a position of a rounding error's size counts as none in both.
"""

from collections import Counter

import numpy as np
import plain_backtrader as plain

import tradegym

# Relative for all numbers; money near 0 is compared to this share of the starting cash.
CLOSE = 1e-9


#: What has to occur in random episodes, and how often at least.
FEATURES = {
    "fills": 20_000,
    "reversal": 500,
    "crossed_zero": 500,
    "exit": 2_000,
    "stop": 100,
    "take": 100,
    "stops_at_market": 10,
    "expired": 50,
    "partly_filled": 500,
    "liquidation": 200,
    "rejected_margin": 500,
    "rejected_margin_partial": 10,
    "rejected_size": 50,
    "rejected_max_orders": 50,
    "impossible": 500,
    "ruin_by_margin": 5,
    "reason RUIN": 5,
    "reason DRAWDOWN_CALL": 10,
    "reason MAX_LOSS": 10,
    "reason TARGET_REACHED": 10,
    "reason END_OF_DATA": 100,
    "broker BackBroker": 50,
    "broker SlippedBroker": 50,
    "interest": 50,
}


def packaged(name):
    """Return a packaged dataset."""
    return tradegym.make(dataset=name).market.dataset


def make(dataset, case, **kwargs):
    """Make the environment of a case, without what only costs time here."""
    settings = {"part": "train", "trace": True, "time_dim": 2, "avg_period": 2}
    return tradegym.make(dataset=dataset, **settings | case.kwargs() | kwargs)


def check(env, case, seed, decisions):
    """Play an episode in both and compare; returns what occurred in it.

    ``decisions``: how many it has when the bars end it.
    """
    rng = np.random.default_rng([seed, 7])
    _, info = env.reset(seed=seed)
    first, actions, done = info["bar"], {}, False
    while not done:
        action = case.action(rng)
        actions[info["bar"]] = action
        _, _, terminated, truncated, info = env.step(action)
        done = terminated or truncated
    ended_by_bars = info["reason"] == "END_OF_DATA"
    assert len(actions) == decisions if ended_by_bars else len(actions) <= decisions
    # The script is told where the bars end only if that ended the episode; else it has to find
    # the end by itself, before these do.
    last = info["bar"] if ended_by_bars else info["bar"] + 2
    dataset = env.market.dataset
    before = max(first - 3, 0)
    columns = [dataset.assets.index(name) for name in case.assets]
    log = plain.run(
        dataset.times[before : last + 1],
        dataset.ohlcv[before : last + 1][:, columns],
        case.assets,
        case.plan(
            {bar - before: one for bar, one in actions.items()}, first - before, last - before
        ),
    )
    return compare(env, case, first, info, log, before)


def compare(env, case, first, info, log, before):
    """Assert that both are the same at every bar; returns what occurred."""
    record = env.episode_record()
    last = info["bar"]
    rows = [row for row in log.bars if row.bar + before >= first]
    assert log.ended is not None
    assert (log.ended[0] + before + 1, log.ended[1]) == (last, info["reason"]), case
    assert [row.bar + before for row in rows] == list(range(first, last + 1))
    bars = record.bars
    assert len(bars) == len(rows)
    money = {"rtol": CLOSE, "atol": CLOSE * case.cash}
    _same(bars["cash"], [row.cash for row in rows], "cash", **money)
    _same(bars["equity"], [row.equity for row in rows], "equity", **money)
    _same(bars["interest"], [row.interest for row in rows], "interest", **money)
    for number, name in enumerate(case.assets):
        table = record.of(name)
        units = CLOSE * case.cash / table["close"].to_numpy()
        sizes = np.array([row.sizes[number] for row in rows])
        difference = np.abs(table["position"].to_numpy() - sizes)
        assert (difference <= CLOSE * np.abs(sizes) + units).all(), f"position of {name}"
    fills = _fills_of(record, case.assets)
    expected = [
        (fill.bar + before, fill.asset, fill.size, fill.price, fill.commission, fill.role)
        for fill in log.fills
    ]
    expected.sort(key=lambda row: row[:2])
    for column, name in enumerate(("bar", "asset", "size", "price", "commission", "role")):
        ours, theirs = [one[column] for one in fills], [one[column] for one in expected]
        if name in ("bar", "asset", "role"):
            assert ours == theirs, f"{name} of the fills"
        else:
            _same(ours, theirs, f"{name} of the fills", rtol=CLOSE, atol=CLOSE)
    assert info["rejected"] == len(log.rejections)
    assert info["impossible"] == log.impossible
    assert not np.any(info["position"])
    seen = Counter(log.seen)
    seen["episodes"] += 1
    seen[f"reason {info['reason']}"] += 1
    seen[f"scheme {case.scheme}, {len(case.assets)} assets"] += 1
    seen["impossible"] += log.impossible
    seen["fills"] += len(fills)
    seen[f"broker {log.broker}"] += 1
    seen["interest"] += rows[-1].interest > 0
    seen["equity below zero"] += min(row.equity for row in rows) < 0
    seen["cash below zero"] += min(row.cash for row in rows) < 0
    return seen


_ROLES = {"stop_loss": "stop", "take_profit": "take"}


def _fills_of(record, assets):
    events = record.trace[record.trace["kind"] == "FILL"]
    rows = zip(
        events["bar"],
        events["asset"].map(assets.index),
        events["size"],
        events["price"],
        events["commission"],
        events["purpose"].map(lambda name: _ROLES.get(name, name)),
        strict=True,
    )
    return sorted(rows, key=lambda row: row[:2])


def _same(ours, theirs, what, **tolerance):
    np.testing.assert_allclose(ours, theirs, err_msg=what, **tolerance)
