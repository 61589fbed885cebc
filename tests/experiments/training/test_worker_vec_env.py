"""Environments in worker processes: the episodes of a DummyVecEnv, one copy of the data."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from tradegym.conf.errors import RunFailed, UserError
from tradegym.conf.resolve import resolve
from tradegym.envs.build import EnvBuilder
from tradegym.envs.data.dataset import Dataset
from tradegym.experiments.training.envs import OwnSeeds
from tradegym.experiments.training.worker_vec_env import WorkerVecEnv

N_ENVS, STEPS = 5, 40
OPTIONS = ["dataset.cls=test:bars", "episode.duration=12", "strategy.state.time_dim=4"]
linux = pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")


def bars():
    rng = np.random.default_rng(0)
    closes = 100 * np.exp(np.cumsum(rng.normal(0, 0.01, 300)))
    opens = np.r_[100.0, closes[:-1]]
    top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
    times = np.datetime64("2001-01-01", "ns") + np.arange(300) * np.timedelta64(1, "D")
    columns = [opens, top, bottom, closes, np.full(300, 1000.0)]
    return Dataset.from_arrays("walk", times, np.stack(columns, axis=1))


def build(*options):
    resolved, objects = resolve([*OPTIONS, *options]), {"dataset.cls": bars()}
    return resolved, objects, EnvBuilder(resolved, objects)


def make(workers=2, n_envs=N_ENVS, options=(), **settings):
    resolved, objects, builder = build(*options)
    return WorkerVecEnv(
        builder.env("train"), resolved, n_envs, workers, objects=objects, **settings
    )


def plain(n_envs=N_ENVS, options=()):
    _, _, builder = build(*options)
    return DummyVecEnv(
        [lambda i=i: Monitor(OwnSeeds(builder.env("train"), i)) for i in range(n_envs)]
    )


@pytest.fixture(scope="module")
def envs():
    made = make()
    yield made
    made.close()


def assert_same(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key, value in one.items():
            if key != "t":  # seconds
                assert_same(value, other[key])
    elif isinstance(one, list):
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        np.testing.assert_array_equal(one, other)
        assert type(one) is type(other)


def test_same_episodes_as_in_one_process(envs):
    single = plain()
    actions = np.random.default_rng(1).integers(0, 4, (STEPS, N_ENVS))
    for one in (envs, single):
        one.seed(7)
    assert_same(envs.reset(), single.reset())
    assert_same(envs.reset_infos, single.reset_infos)
    ends = 0
    for action in actions:
        found, wanted = envs.step(action), single.step(action)
        assert_same(list(found), list(wanted))
        assert found[1].dtype == np.float32
        assert_same(envs.reset_infos, single.reset_infos)
        ends += int(found[2].sum())
    assert ends >= N_ENVS


def test_single_environments_are_reached_in_the_asked_order(envs):
    envs.reset()
    envs.set_attr("mark", "here", indices=[3])
    assert envs.get_attr("mark", indices=[3]) == ["here"]
    steps = np.array([0, 1, 0, 2, 0])
    envs.step(steps)
    masks = envs.env_method("action_masks", indices=[4, 0])
    assert [mask.tolist() for mask in masks] == [[True, True, True, False]] * 2
    positions = envs.get_attr("last_info")
    assert np.sign([info["position"] for info in positions]).tolist() == [0, 1, 0, -1, 0]
    assert envs.env_is_wrapped(Monitor) == [True] * N_ENVS
    assert envs.render_mode is None


def test_an_error_in_a_worker_is_told_and_the_others_stay_usable(envs):
    envs.reset()
    with pytest.raises(RunFailed, match=r"^an environment in a worker process raised ValueError"):
        envs.step(np.array([0, 0, 0, 9, 0]))
    envs.reset()
    envs.step(np.zeros(N_ENVS, int))


@linux
def test_workers_share_one_copy_of_the_data_and_leave_no_files(envs):
    owners = {}
    for process in envs.processes:
        for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines():
            if ".npy" in line:
                _, access, _, device, inode, path = line.split(maxsplit=5)
                name = Path(path.removesuffix(" (deleted)")).name
                owners.setdefault(name, []).append((device, inode))
                assert not Path(path.removesuffix(" (deleted)")).exists()
                assert access.startswith("r-" if "result" not in name else "rw"), line
    for name in ("ohlcv.npy", "times.npy", "features.npy"):
        assert len(owners[name]) == 2, name
        assert len(set(owners[name])) == 1, name


def test_infos_at_ends_alone_have_the_sums_of_the_terms():
    envs, single = make(1, 2, full_info=False), plain(2)
    for one in (envs, single):
        one.seed(1)
        one.reset()
    assert envs.sums_terms
    sums, ended = np.zeros(2), False
    for action in np.random.default_rng(2).integers(0, 4, (STEPS, 2)):
        infos, wanted = envs.step(action)[3], single.step(action)[3]
        for i, (info, full) in enumerate(zip(infos, wanted, strict=True)):
            sums[i] += full["reward_terms"]["btgym"]
            if full["reason"] is None:
                assert info == {}
                continue
            ended = True
            assert info.pop("episode_terms") == {"btgym": pytest.approx(sums[i], abs=1e-12)}
            assert_same(info, full)
            sums[i] = 0.0
    assert ended
    envs.processes[0].kill()
    with pytest.raises(RunFailed, match=r"ended by itself \(exit code -9\)"):
        envs.step(np.zeros(2, int))
    with pytest.raises(RunFailed, match="were closed"):
        envs.reset()
    envs.close()


@pytest.fixture
def ctrl_c():
    """Let SIGINT interrupt; whoever started the tests may have it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_answers_to_an_interrupted_step_are_not_taken_for_later_ones(ctrl_c):
    envs = make(2, 2)
    envs.reset()
    envs.step_async(np.zeros(2, int))  # and nobody waits, as after Ctrl-C in between
    envs.reset()
    assert [info["step"] for info in envs.reset_infos] == [0, 0]
    slow = envs.processes[1].pid
    os.kill(slow, signal.SIGSTOP)  # the first worker answers, this one does not
    envs.step_async(np.zeros(2, int))
    interrupt = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    wake = threading.Timer(0.6, os.kill, (slow, signal.SIGCONT))
    interrupt.start()
    wake.start()
    with pytest.raises(KeyboardInterrupt):
        envs.step_wait()
    with pytest.raises(RunFailed, match="were closed"):
        envs.reset()
    assert [process.poll() is None for process in envs.processes] == [False, False]


@pytest.mark.parametrize("workers", [0, -1])
def test_no_workers_cannot_step(workers):
    with pytest.raises(UserError, match=r"^train\.env_workers: "):
        make(workers)


def test_objects_that_cannot_be_pickled_are_a_mistake():
    resolved, objects, builder = build()
    objects["strategy.params"] = threading.Lock()
    with pytest.raises(UserError, match=r"cannot be sent to other processes .* allowed with"):
        WorkerVecEnv(builder.env("train"), resolved, 2, 1, objects=objects)


_PARENT = """
import os, sys, time
sys.path.insert(0, {folder!r})
from test_worker_vec_env import make
envs = make(2, 2)
envs.reset()
print(*(process.pid for process in envs.processes), flush=True)
time.sleep(60)
"""


def test_workers_end_with_a_killed_parent(tmp_path):
    script = _PARENT.format(folder=str(Path(__file__).parent))
    variables = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=variables
    ) as parent:
        pids = list(map(int, parent.stdout.readline().split()))
        parent.send_signal(signal.SIGKILL)
    assert len(pids) == 2
    deadline = time.monotonic() + 30
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, pids))
    assert list(tmp_path.glob("tradegym-*")) == []


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
