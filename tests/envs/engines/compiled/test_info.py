"""Infos from the kernel's records; the views' tests compare them with the other engine's."""

import numpy as np
import pytest
from compiled_views import SETUPS, assert_same_info, batch_of

from tradegym.envs.engines.compiled.info import InfoReader
from tradegym.envs.engines.compiled.single_info import SingleInfo

pytest.importorskip("numba")


def played(name, n, steps):
    batch = batch_of(name, n)
    batch.reset(list(range(n)))
    batch.action_space.seed(0)
    ends = 0
    for _ in range(steps):
        actions = np.stack([batch.action_space.sample() for _ in range(n)])
        _, _, ended = batch.step(actions)
        ends += (ended != 0).any()
        yield batch, ended
    assert ends


@pytest.mark.parametrize("name", SETUPS)
def test_some_environments_have_the_infos_that_all_have(name):
    for batch, _ in played(name, 4, 14):
        reader = InfoReader(batch)
        every = reader.infos()
        for found, expected in zip(reader.infos([2, 0]), (every[2], every[0]), strict=True):
            assert_same_info(found, expected)
        assert reader.infos([]) == []


@pytest.mark.parametrize("name", SETUPS)
def test_the_fast_reader_of_one_reads_the_same(name):
    for batch, _ in played(name, 1, 14):
        fast = SingleInfo(batch)
        fast.begin()
        assert_same_info(fast.read(), InfoReader(batch).infos()[0])


@pytest.mark.parametrize("name", SETUPS)
def test_the_end_is_read_after_the_next_episode_has_begun(name):
    for batch, ended in played(name, 4, 30):
        over = np.flatnonzero(ended).tolist()
        reader = InfoReader(batch)
        for i, info in zip(over, reader.infos(over, final=True), strict=True):
            assert info["reason"] is not None
            assert info["step"] == 12 or info["reason"] != "END_OF_DATA"
            assert np.all(info["position"] == 0.0)
            assert (
                info["metadata"]["trial_num"] == reader.infos([i])[0]["metadata"]["trial_num"] - 1
            )
            assert info["cash"] == pytest.approx(info["value"])
        for info in reader.infos():
            assert info["reason"] is None


def test_nothing_that_was_read_changes_with_the_next_step():
    batch = batch_of("joint", 2)
    batch.reset([0, 1])
    reader = InfoReader(batch)
    infos, arrays = reader.infos(), reader.arrays()
    before = repr(infos), repr(arrays)
    batch.step(np.ones((2, len(batch.source.market.assets) + 1)))
    assert (repr(infos), repr(arrays)) == before
