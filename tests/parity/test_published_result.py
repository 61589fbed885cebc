"""backtrader's own published result, reached through the environment's actions.

backtrader's test suite (test_strategy_unoptimized) trades one unit on the cross of the close and
its moving average of 15 bars, over the year 2006, stock-like and without commission. Skipped
where the file with its bars is not there.
"""

import datetime as dt
import os
from pathlib import Path

import backtrader as bt
import numpy as np
import pandas as pd
import pytest
from markets import BUY, CLOSE, HOLD, env_on

from tradegym.envs.data.dataset import Dataset
from tradegym.envs.strategies.base import BaseStrategy

FOLDER = Path(
    os.environ.get("TRADEGYM_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)
FILE = FOLDER / "backtrader" / "2006-day-001.txt"
PERIOD = 15
VALUE, CASH, BUYS, SELLS = "10284.10", "6164.16", 12, 11

needs_file = pytest.mark.skipif(not FILE.is_file(), reason="the file of 2006 is not there")


class Crossing(BaseStrategy):
    """Tells the agent of the cross; the agent trades through the actions."""

    def set_datalines(self):
        average = bt.ind.SMA(self.data, period=PERIOD)
        self.cross = bt.ind.CrossOver(self.data.close, average)

    def get_info(self):
        return {"cross": self.cross[0]}


class Script(bt.Strategy):
    """The strategy of backtrader's test."""

    params = (("log", None),)

    def __init__(self):
        average = bt.ind.SMA(self.data, period=PERIOD)
        self.cross = bt.ind.CrossOver(self.data.close, average)

    def next(self):
        row = self.broker.get_cash(), self.broker.get_value(), self.position.size
        self.p.log["bars"].append((len(self) - 1, *row))
        if not self.position.size:
            if self.cross > 0:
                self.buy()
        elif self.cross < 0:
            self.close()

    def notify_order(self, order):
        if order.status == order.Completed:
            side = "buys" if order.isbuy() else "sells"
            self.p.log[side].append((len(self) - 1, order.executed.price))


@pytest.fixture(scope="module")
def script():
    log = {"bars": [], "buys": [], "sells": []}
    cerebro = bt.Cerebro(stdstats=False)
    feed = bt.feeds.BacktraderCSVData(
        dataname=str(FILE), fromdate=dt.datetime(2006, 1, 1), todate=dt.datetime(2006, 12, 31)
    )
    cerebro.adddata(feed)
    cerebro.addstrategy(Script, log=log)
    cerebro.run()
    return log


@pytest.fixture(scope="module")
def episode():
    frame = pd.read_csv(FILE, parse_dates=["Date"])
    bars = frame[["Open", "High", "Low", "Close", "Volume"]].to_numpy(np.float64)
    times = frame["Date"].to_numpy().astype("datetime64[ns]")
    # An episode reserves its last bar, and two more belong to the other parts of the split; so
    # three still bars follow, and the last bar of the file is an ordinary one.
    still = np.array([[bars[-1, 3]] * 4 + [0.0]] * 3)
    days = times[-1] + np.arange(1, 4) * np.timedelta64(1, "D")
    dataset = Dataset.from_arrays(
        "2006", np.concatenate([times, days]), np.concatenate([bars, still])[:, None, :]
    )
    env = env_on(
        dataset,
        strategy=Crossing,
        start_cash=10_000.0,
        broker_commission=0.0,
        fixed_stake=1,
        time_dim=None,
        avg_period=None,
    )
    _, info = env.reset(seed=0)
    done, infos = False, [info]
    while not done:
        if info["position"]:
            action = CLOSE if info["cross"] < 0 else HOLD
        else:
            action = BUY if info["cross"] > 0 else HOLD
        _, _, terminated, truncated, info = env.step(action)
        done = terminated or truncated
        infos.append(info)
    return env.episode_record(), infos


@needs_file
def test_the_script_has_the_published_numbers(script):
    _, cash, value, size = script["bars"][-1]
    assert (f"{value:.2f}", f"{cash:.2f}", size) == (VALUE, CASH, 1)
    assert (len(script["buys"]), len(script["sells"])) == (BUYS, SELLS)


@needs_file
def test_the_environment_reaches_them(episode, script):
    record, infos = episode
    last = script["bars"][-1][0]
    at = {info["bar"]: info for info in infos[:-1]}
    rows = record.bars.set_index(np.arange(infos[0]["bar"], infos[0]["bar"] + len(record.bars)))
    assert (f"{rows['equity'][last]:.2f}", f"{rows['cash'][last]:.2f}") == (VALUE, CASH)
    assert rows["position"][last] == 1
    # The last bar of the file is the one on which the episode is found to be over.
    assert max(at) == last - 1
    trading = record.orders[record.orders["kind"] != "liquidation"]
    assert (trading["side"] == "buy").sum() == BUYS
    assert (trading["side"] == "sell").sum() == SELLS
    # Then the position is sold at the open of the next bar, which stands still: cash is value.
    assert infos[-1]["position"] == 0
    assert f"{infos[-1]['cash']:.2f}" == VALUE
    assert infos[-1]["reason"] == "END_OF_DATA"


@needs_file
def test_the_environment_equals_the_script_at_every_bar(episode, script):
    record, infos = episode
    first = infos[0]["bar"]
    bars = [row for row in script["bars"] if row[0] >= first]
    table = record.bars.iloc[: len(bars)]
    _, cash, value, size = map(np.array, zip(*bars, strict=True))
    assert first <= script["bars"][0][0]
    np.testing.assert_allclose(table["cash"].iloc[-len(bars) :], cash, rtol=1e-9)
    np.testing.assert_allclose(table["equity"].iloc[-len(bars) :], value, rtol=1e-9)
    np.testing.assert_array_equal(table["position"].iloc[-len(bars) :], size)
    orders = record.orders[record.orders["kind"] != "liquidation"]
    prices = sorted(script["buys"] + script["sells"])
    np.testing.assert_allclose(orders["price"], [price for _, price in prices], rtol=1e-9)
