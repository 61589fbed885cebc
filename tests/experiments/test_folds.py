"""Evaluations and records of a fold whose parts have several ranges."""

import numpy as np
import plain_backtrader as plain
import pytest

from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset
from tradegym.experiments.agents.rules import RuleSettings, make_rule
from tradegym.experiments.evaluation import evaluate
from tradegym.experiments.recording import dataset_info


@pytest.fixture(scope="module")
def resolved():
    return resolve(
        [
            "dataset.cls=hand:made",
            "split=combinatorial",
            "split.groups=5",
            "split.fold=5",  # groups 1 and 3
            "split.purge=10",
            "split.embargo=0",
            "episode.duration=20",
        ]
    )


@pytest.fixture(scope="module")
def builder(resolved):
    _, ohlcv = plain.random_walk(500, 1)
    times = np.datetime64("2010-01-01", "ns") + np.arange(500) * np.timedelta64(1, "D")
    dataset = Dataset.from_arrays("walk", times, ohlcv[:, None, :])
    return EnvBuilder(resolved, {"dataset.cls": dataset})


def test_an_evaluation_plays_every_range_of_the_part(builder):
    flat = make_rule("flat", RuleSettings(0.01, 0, 0))
    assert builder.split.ranges("test") == (range(100, 200), range(300, 400))
    found = evaluate(flat, builder, "test").records
    last = [str(record.bars["time"].iloc[-1])[:10] for record in found]
    assert last == ["2010-07-19", "2011-02-04"]  # bars 199 and 399
    assert len(evaluate(flat, builder, "test", episodes=3).records) == 3


def test_the_record_of_the_data_names_every_range(resolved, builder):
    details = dataset_info(resolved, builder, "training").details
    assert details["test"] == {
        "bars": 200,
        "first": "2010-04-11T00:00:00",
        "last": "2011-02-04T00:00:00",
        "ranges": [
            ["2010-04-11T00:00:00", "2010-07-19T00:00:00"],
            ["2010-10-28T00:00:00", "2011-02-04T00:00:00"],
        ],
    }
    assert "ranges" not in details["validation"]
    assert details["train"]["bars"] == builder.split.bars("train")
