"""Stitched accounts against sums done by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from tradegym.envs.data.dataset import Dataset
from tradegym.experiments.many.stitching import Piece, Tables, rows_of, stitch
from tradegym.experiments.metrics import compute_metrics


@pytest.fixture
def builder():
    """Ten days of an asset whose close is 100, 101, ..."""
    times = np.datetime64("2020-01-01", "ns") + np.arange(10) * np.timedelta64(1, "D")
    closes = 100.0 + np.arange(10)
    dataset = Dataset.from_arrays("demo", times, np.repeat(closes[:, None], 5, axis=1))
    scheme = SimpleNamespace(names=("hold", "buy", "sell", "close"))
    return SimpleNamespace(dataset=dataset, assets=dataset.assets, scheme=lambda: scheme)


def episode(builder, first, equity, *, position=0.0, fee=0.0, trade=None):
    """An episode from row ``first`` on, with one trade that closes at row ``trade``."""
    n = len(equity)
    times = pd.DatetimeIndex(builder.dataset.times[first : first + n]).tz_localize("UTC")
    bars = pd.DataFrame(
        {
            "time": times, "open": 1.0, "high": 1.0, "low": 1.0, "close": 1.0,
            "position": [0.0, *[position] * (n - 2), 0.0], "cash": equity,
            "equity": np.asarray(equity, dtype=float), "exposure": 0.5, "reward": 0.25,
            "reward_gain": 0.25, "commission": np.linspace(0, fee, n), "interest": 0.0,
            "drawdown": 0.0, "action": pd.array([0] * n, dtype="Int64"),
        }
    )  # fmt: skip
    trades = pd.DataFrame(
        columns=["asset", "direction", "size", "opened", "closed", "entry_price", "exit_price",
                 "bars", "pnl", "commission", "interest", "pnl_net"]
    )  # fmt: skip
    orders = pd.DataFrame(
        columns=["ref", "asset", "created", "executed", "side", "type", "size", "limit", "filled",
                 "price", "commission", "status", "kind"]
    )  # fmt: skip
    if trade is not None:
        when = pd.Timestamp(builder.dataset.times[trade], tz="UTC")
        trades.loc[0] = ["demo", 1, 2.0, when, when, 1.0, 1.0, 1, 4.0, 1.0, 0.0, 3.0]
        orders.loc[0] = [1, "demo", when, when, "buy", "market", 2.0, np.nan, 2.0, 1.0, 1.0,
                         "Completed", "entry"]  # fmt: skip
    return Tables(bars, trades, orders)


def test_folds_compound_and_lie_flat_in_between(builder):
    """1,000 grow by 10 %; four bars later the second fold takes 1,100 and loses 20 %."""
    first = Piece(0, range(4), episode(builder, 1, [1000, 1050, 1100], fee=2.0, trade=2))
    second = Piece(1, range(4, 9), episode(builder, 6, [1000, 900, 800], position=3.0, trade=7))
    found = stitch([first, second], builder)
    bars = found.record.bars
    assert list(bars["equity"]) == pytest.approx([1000, 1050, 1100, 1100, 1100, 1100, 990, 880])
    assert rows_of(bars["time"], builder).tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found.folds.tolist() == [0, 0, 0, 1, 1, 1, 1, 1]
    # Costs add up; those of the second fold are those of an account 1.1 times as large: none.
    assert list(bars["commission"]) == pytest.approx([0, 1, 2, 2, 2, 2, 2, 2])
    assert bars["position"].tolist() == pytest.approx([0, 0, 0, 0, 0, 0, 3.3, 0])
    assert bars["exposure"].tolist() == [0.5, 0.5, 0.5, 0, 0, 0.5, 0.5, 0.5]
    assert bars["reward"].tolist() == [0.25, 0.25, 0.25, 0, 0, 0.25, 0.25, 0.25]
    assert bars["close"].tolist() == [101, 102, 103, 104, 105, 106, 107, 108]
    assert bars["drawdown"].tolist() == pytest.approx([0, 0, 0, 0, 0, 0, 10, 20])
    assert bars["action"].isna().tolist() == [False, False, False, True, True, False, False, False]
    trades, orders = found.record.trades, found.record.orders
    assert trades["pnl_net"].tolist() == pytest.approx([3.0, 3.3])
    assert trades["size"].tolist() == pytest.approx([2.0, 2.2])
    assert orders["ref"].tolist() == [1, 2]
    metrics = compute_metrics(found.record)
    assert metrics.total_return == pytest.approx(-0.12)
    assert metrics.max_drawdown == pytest.approx(-0.2)
    assert metrics.trades == 2


def test_the_second_fold_pays_for_its_own_costs_in_its_own_money(builder):
    first = Piece(0, range(3), episode(builder, 0, [1000, 1500, 2000]))
    second = Piece(1, range(3, 6), episode(builder, 3, [1000, 990, 980], fee=10.0))
    bars = stitch([first, second], builder).record.bars
    assert list(bars["commission"]) == pytest.approx([0, 0, 0, 0, 10, 20])
    assert bars["equity"].iloc[-1] == pytest.approx(1960)


def test_a_stretch_in_the_middle_of_an_episode_takes_its_returns(builder):
    """Rows 2 and 3 of an episode of rows 0 to 5: from 1,200 to 1,500, which is 25 %."""
    whole = episode(builder, 0, [1000, 1200, 1300, 1500, 1000, 900], fee=50.0, trade=3)
    first = Piece(3, range(2), episode(builder, 0, [1000, 500]))
    found = stitch([first, Piece(7, range(2, 4), whole)], builder)
    bars = found.record.bars
    assert list(bars["equity"]) == pytest.approx([1000, 500, 500 * 13 / 12, 625])
    assert bars["commission"].iloc[-1] == pytest.approx(20 * 500 / 1200)
    assert found.record.trades["size"].tolist() == pytest.approx([2 * 500 / 1200])
    assert found.folds.tolist() == [3, 3, 7, 7]


def test_bars_between_folds_belong_to_none(builder):
    pieces = [
        Piece(0, range(2), episode(builder, 0, [1000, 1100])),
        Piece(1, range(4, 6), episode(builder, 4, [1000, 1100])),
    ]
    folds = stitch(pieces, builder).folds
    assert folds.isna().tolist() == [False, False, True, True, False, False]


def test_an_episode_that_ended_early_is_flat_to_the_end_of_its_fold(builder):
    pieces = [Piece(0, range(6), episode(builder, 1, [1000, 400, 300]))]
    assert stitch(pieces, builder).record.bars["equity"].tolist() == [1000, 400, 300, 300, 300]


def test_a_ruined_account_stays_ruined(builder):
    pieces = [
        Piece(0, range(3), episode(builder, 0, [1000, 500, -20])),
        Piece(1, range(3, 6), episode(builder, 3, [1000, 2000, 3000])),
    ]
    found = stitch(pieces, builder)
    assert found.record.bars["equity"].tolist() == [1000, 500, -20, -20, -20, -20]
    assert found.record.reason == "RUIN"
    assert compute_metrics(found.record).total_return == -1.0


def test_a_group_after_the_end_of_its_episode_is_flat(builder):
    """One episode of rows 0 to 5 stood for two groups, and ended in the first of them."""
    ended = episode(builder, 0, [1000, 400])
    pieces = [
        Piece(0, range(3), ended),
        Piece(0, range(3, 6), ended),
        Piece(1, range(6, 8), episode(builder, 6, [1000, 1100])),
    ]
    found = stitch(pieces, builder)
    assert found.record.bars["equity"].tolist() == pytest.approx([1000, *[400] * 6, 440])
    assert found.folds.tolist() == [0, 0, 0, 0, 0, 0, 1, 1]
