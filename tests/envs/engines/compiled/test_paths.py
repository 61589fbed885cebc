"""Paths drawn in compiled code are numpy's, bit for bit."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import compiled_paths
import numpy as np
import pytest
from compiled_paths import BROAD, drawn_by_kernel, process_of, random_options

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.conf.schema.parameters import Range
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.synthetic.models import gbm
from tradegym.envs.data.synthetic.registry import MODELS
from tradegym.envs.engines.compiled.batch import Autoreset, Batch
from tradegym.envs.engines.compiled.drawing import TWINS, kind_of

KEYS = (0, 1, 2**63 + 12345)
STATE = ("strategy=btgym", "engine=standard", "episode.duration=12")


def same_bits(found, expected):
    assert found.shape == expected.shape
    assert np.array_equal(found.view(np.int64), np.ascontiguousarray(expected).view(np.int64))


#: Each kind takes some seconds to compile, once.
FEW = ("gbm", "garch")
ALL = [kind if kind in FEW else pytest.param(kind, marks=pytest.mark.slow) for kind in TWINS]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.parametrize("options", BROAD)
def test_compiled_paths_are_numpys(kind, options):
    process = process_of(kind, options)
    assert kind_of(process) == kind
    for key, bars in zip(KEYS, (3, 40, 301), strict=True):
        same_bits(drawn_by_kernel(process, key, bars), process.bars(key, bars))


@pytest.mark.slow
@pytest.mark.parametrize("kind", TWINS)
def test_random_compiled_paths_are_numpys(kind):
    rng = np.random.default_rng(list(TWINS).index(kind))
    for _ in range(60):
        process = process_of(kind, random_options(rng))
        key, bars = int(rng.integers(2**64, dtype=np.uint64)), int(rng.integers(3, 3000))
        same_bits(drawn_by_kernel(process, key, bars), process.bars(key, bars))


@pytest.mark.slow
@pytest.mark.parametrize("kind", TWINS)
def test_paths_of_several_chunks_are_numpys(kind):
    process = process_of(kind, {"assets": 2, "correlation": 0.3, "steps_per_bar": 7})
    same_bits(drawn_by_kernel(process, 1, 12_000), process.bars(1, 12_000))


def test_plain_python_draws_the_same():
    script = """
import numpy as np
from compiled_paths import BROAD, drawn_by_kernel, process_of
from tradegym.envs.engines.compiled.drawing import TWINS
np.seterr(over="ignore")
for kind in TWINS:
    for options in BROAD:
        process = process_of(kind, options)
        found, expected = drawn_by_kernel(process, 7, 9), process.bars(7, 9)
        assert np.array_equal(found.view(np.int64), expected.view(np.int64)), kind
"""
    support = str(Path(compiled_paths.__file__).parent)
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": support}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=120)


def source_of(*overrides):
    return EnvBuilder(resolve([*STATE, *overrides])).batch_source("train")


@pytest.mark.parametrize("mode", [Autoreset.SAME_STEP, Autoreset.NEXT_STEP])
def test_a_batch_plays_what_fresh_markets_draws(mode):
    source = source_of("dataset=synthetic/gbm", "dataset.process.volatility=[0.1, 0.4]")
    batch = Batch(source, 3, autoreset=mode)
    assert batch._episodes._paths.compiled
    batch.reset([5, 6, 7])
    keys = set()
    for step in range(30):
        batch.step(np.array([1, step % 4, 0]))
        for i in range(3):
            home, key = batch.home_bars_of(i), int(batch.state.envs["key"][i])
            times = source.market.dataset.times[home.start : home.stop]
            shown, bars = batch.shown(i)
            same_bits(bars, source.fresh.market(key, times).dataset.ohlcv)
            np.testing.assert_array_equal(shown, times)
            keys.add(key)
    assert len(keys) > 5


@pytest.mark.parametrize("threads", [1, 2])
def test_numpy_and_compiled_draws_make_the_same_episodes(threads):
    source = source_of("dataset=synthetic/gbm")
    seen = []
    for compiled in (True, False):
        batch = Batch(source, 4, threads=threads)
        if not compiled:
            batch._episodes._paths._drawer = None
        rows = [batch.reset([1, 2, 3, 4]).copy()]
        for step in range(40):
            obs, rewards, _ = batch.step(np.full(4, step % 3))
            rows += [obs.copy(), rewards.copy()]
        batch.close()
        seen.append(rows)
    for one, other in zip(*seen, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_closes_of_episodes_that_ended_are_still_known():
    source = source_of("dataset=synthetic/gbm")
    batch = Batch(source, 2)
    batch.reset([1, 2])
    found = 0
    for _ in range(40):
        ended = batch.step(np.zeros(2, np.int64))[2]
        for i in np.flatnonzero(ended):
            row = int(batch.final.envs["row"][i])
            time, closes = batch.last_quote(int(i), row)
            market = batch.final_market_of(int(i))
            assert market is not batch.market_of(int(i))
            assert time == market.dataset.times[row]
            assert closes.tolist() == market.dataset.ohlcv[row, :, 3].tolist()
            found += 1
    assert found >= 4


def test_markets_are_made_only_when_somebody_asks(monkeypatch):
    source = source_of("dataset=synthetic/gbm")
    asked = []
    drawn = type(source.fresh).market
    monkeypatch.setattr(
        type(source.fresh), "market", lambda *given: asked.append(1) or drawn(*given)
    )
    batch = Batch(source, 2)
    batch.reset([1, 2])
    for _ in range(30):
        batch.step(np.zeros(2, np.int64))
    assert not asked
    assert batch.market_of(0) is batch.market_of(0)
    assert len(asked) == 1


def test_what_has_no_twin_is_drawn_by_numpy():
    for overrides in (
        ("dataset=synthetic/fbm",),
        ("dataset=synthetic/gbm", "strategy=standard"),
        ("dataset=synthetic/gbm", "dataset.process.spread={maximum: 0.01, alpha: 0.5, beta: 1}"),
    ):
        batch = Batch(source_of(*overrides), 1)
        assert not batch._episodes._paths.compiled
        batch.reset([3])


def test_impossible_prices_are_the_same_error():
    source = source_of("dataset=synthetic/gbm")
    wild = replace(source.fresh.process, ranges=source.fresh.process.ranges | _WILD)
    batch = Batch(replace(source, fresh=replace(source.fresh, process=wild)), 2)
    assert batch._episodes._paths.compiled
    with pytest.raises(UserError, match="leave what a number can hold at bar"):
        batch.reset([1, 2])
    engine = replace(source.fresh.engine, lowest_prices={"gbm": 1e9})
    batch = Batch(replace(source, fresh=replace(source.fresh, engine=engine)), 2)
    with pytest.raises(UserError, match="leave nothing of the price"):
        batch.reset([1, 2])


_WILD = {"drift": Range(1e7, 1e7)}


def test_a_process_that_somebody_registered_anew_is_drawn_by_numpy(monkeypatch):
    def other(task):
        moves = gbm.simulate(task)
        moves.move[:] *= 2.0
        return moves

    monkeypatch.setitem(MODELS, "gbm", other)
    batch = Batch(source_of("dataset=synthetic/gbm"), 1)
    assert not batch._episodes._paths.compiled


def test_several_assets_of_which_some_are_traded_in_another_order():
    overrides = (
        *("dataset.process.assets=3", "dataset.process.correlation=[0.1, 0.6]"),
        "strategy.actions.assets=[gbm_3, gbm_1]",
    )
    batch = Batch(source_of("dataset=synthetic/gbm", *overrides), 2)
    assert batch._episodes._paths.compiled
    batch.reset([1, 2])
    market = batch.market_of(1)
    assert market.assets == ("gbm_3", "gbm_1")
    same_bits(batch.shown(1)[1], market.bars(slice(None))[:, :2])
