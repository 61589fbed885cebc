import multiprocessing
import os
import signal
import threading
import time
import weakref

import gymnasium as gym
import numpy as np
import pytest
from compiled_views import batch_of as batch_on

import tradegym.envs.engines.compiled.pool as pool_module
from tradegym.envs.engines.compiled.kernel.gate import DONE, STEP
from tradegym.envs.engines.compiled.pool import split_range

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning")


def batch_of(number, threads=1):
    batch = batch_on("one", number)
    batch.set_threads(threads)
    return batch


def names():
    return [one.name for one in threading.enumerate() if one.name.startswith("tradegym-engine")]


def play(batch, steps=40, seed=0, pause=0.0):
    rng = np.random.default_rng(seed)
    found = [batch.reset(list(range(batch.n_envs))).copy()]
    for _ in range(steps):
        time.sleep(pause)
        actions = rng.integers(0, batch.action_space.n, batch.n_envs)
        observations, rewards, ended = batch.step(actions)
        found += [observations.copy(), rewards.copy(), ended.copy()]
    return found


def same(one, other):
    return all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))


@pytest.mark.parametrize(("number", "parts"), [(1, 1), (7, 3), (64, 2), (3, 8), (1024, 5)])
def test_ranges_cover_every_item_once_and_evenly(number, parts):
    ranges = split_range(number, parts)
    assert [i for lo, hi in ranges for i in range(lo, hi)] == list(range(number))
    sizes = [hi - lo for lo, hi in ranges]
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_change_nothing(threads):
    one, several = batch_of(7), batch_of(7, threads=threads)
    assert same(play(one), play(several))
    assert len(names()) == threads - 1
    several.close()


def test_threads_that_fell_asleep_wake_up_again():
    one, two = batch_of(4), batch_of(4, threads=2)
    # A pause of 20 ms is a hundred times as long as threads watch the gate.
    assert same(play(one, 8), play(two, 8, pause=0.02))
    two.close()


def test_close_leaves_no_thread_and_more_can_be_started():
    batch = batch_of(8, threads=4)
    first = play(batch)
    assert len(names()) == 3
    batch.close()
    batch.close()
    assert names() == []
    batch.set_threads(2)
    assert same(play(batch), first)
    assert len(names()) == 1
    batch.set_threads(1)
    assert names() == []
    assert same(play(batch), first)


def test_a_forgotten_batch_ends_its_threads():
    batch = batch_of(8, threads=2)
    play(batch)
    del batch
    assert names() == []


def test_a_closed_pool_says_so():
    batch = batch_of(4, threads=2)
    pool = batch._pool
    play(batch)
    batch.close()
    with pytest.raises(ValueError, match="closed"):
        pool.step(0, 0)


def _in_child(batch, answers):
    answers.put((os.getpid(), len(names())))
    answers.put((play(batch), len(names())))
    batch.close()


def test_a_forked_process_starts_threads_of_its_own():
    batch = batch_of(6, threads=2)
    first = play(batch)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_in_child, args=(batch, answers))
    child.start()
    pid, before = answers.get(timeout=60)
    found, threads = answers.get(timeout=60)
    child.join(timeout=20)
    assert pid != os.getpid()
    assert (before, threads, child.exitcode) == (0, 1, 0)
    assert same(found, first)
    assert same(play(batch), first)
    batch.close()


def test_ctrl_c_waits_for_all_threads_and_then_all_must_be_reset(monkeypatch):
    one, batch = batch_of(6), batch_of(6, threads=3)
    batch.reset(list(range(6)))
    pool = batch._pool
    run, hits, done = pool._run, [], []

    def interrupted(role, *rest):
        """Return before the workers are done, as Ctrl-C in the caller's own part does."""
        run(role, *rest)
        gate = pool._gate
        done.append(int(gate[STEP]))
        for line in pool._lines:
            gate[line + DONE] -= 1  # they seem to be stepping still
        raise KeyboardInterrupt

    def sleep(_):
        """Ctrl-C again, while the pool waits; the threads end their step after that."""
        hits.append(1)
        if len(hits) == 3:
            for line in pool._lines:
                pool._gate[line + DONE] = done[0]
        raise KeyboardInterrupt

    actions = np.zeros(6, np.int64)
    batch.step(actions)
    monkeypatch.setattr(pool, "_run", interrupted)
    monkeypatch.setattr(pool_module.time, "sleep", sleep)
    monkeypatch.setattr(pool, "_wake", lambda: None)
    with pytest.raises(KeyboardInterrupt):
        batch.step(actions)
    monkeypatch.undo()
    assert len(hits) == 3
    for i in range(6):
        with pytest.raises(gym.error.ResetNeeded):
            batch.step(actions)
        batch.reset_one(i, i)
    batch.step(actions)
    assert same(play(batch), play(one))
    batch.close()


@pytest.fixture
def ctrl_c():
    """Let SIGINT interrupt; whoever started the tests may have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def step_until(batch, thread):
    thread.start()
    actions = np.zeros(batch.n_envs, np.int64)
    while True:
        batch.step(actions)


@pytest.mark.timeout(60)
def test_ctrl_c_by_signal_leaves_a_batch_that_can_be_reset(ctrl_c):
    batch = batch_of(64, threads=2)
    first = play(batch)
    for _ in range(5):
        batch.reset()
        thread = threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGINT))
        with pytest.raises(KeyboardInterrupt):
            step_until(batch, thread)
        thread.join()
        gate = batch._pool._gate
        assert {int(gate[line + DONE]) for line in batch._pool._lines} == {int(gate[STEP])}
    assert same(play(batch), first)
    batch.close()


def test_the_arrays_live_as_long_as_what_knows_their_addresses():
    batch = batch_of(4, threads=2)
    play(batch, 2)
    pool, doors = batch._pool, batch.doors
    assert pool._arrays is doors.arrays
    kept = weakref.ref(batch.state.books)
    del batch
    assert kept() is doors.arrays.state.books
    pool.close()


def test_a_number_of_threads_out_of_range_is_refused():
    batch = batch_on("one", 65)
    for threads in (0, 65):
        with pytest.raises(ValueError, match=f"^{threads} threads; allowed: .* from 1 to 64"):
            batch.set_threads(threads)
    few = batch_of(2, threads=65)  # no more than there are environments
    assert few._pool is None or len(few._pool.ranges) == 2
    few.close()
