"""Resolution inside a running Hydra job, with the overrides rewritten as for a training."""

import os
import subprocess
import sys

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.overrides import rewrite_overrides

JOB = """
import sys
from pathlib import Path
import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.singleton import Singleton
from tradegym.conf.overrides import rewrite_overrides
from tradegym.conf.resolve import resolve
from tradegym.conf.searchpath import find_config_dir, user_search_path

def task(cfg):
    before = dict(Singleton._instances)
    resolved = resolve(list(HydraConfig.get().overrides.task), Path("mine"))
    assert dict(Singleton._instances) == before
    config = resolved.config
    print(config.agent.algorithm or config.agent.rule, config.agent.hyperparameters.get("n_steps"),
          config.seed, resolved.values["seed"].origin, cfg.agent.get("n_steps"), sep="|")

with user_search_path(find_config_dir(Path("mine"))):
    sys.argv = ["tradegym", *sys.argv[1:2], *rewrite_overrides(sys.argv[2:])]
    hydra.main("pkg://tradegym.conf", "config", "1.3")(task)()
"""


@pytest.fixture
def run_job(tmp_path, write):
    write("job.py", JOB)
    write("mine/agent/ppo.yaml", "algorithm: PPO\nn_steps: 7\n")

    def run(*arguments):
        result = subprocess.run(
            [sys.executable, "job.py", *arguments],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"HYDRA_FULL_ERROR": "1"},
        )
        assert result.returncode == 0, result.stderr
        return result.stdout.splitlines()

    return run


def test_single_job_uses_the_users_option(run_job, tmp_path):
    assert run_job("--run", "seed=3") == ["PPO|7|3|command line|7"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.py", "mine"]


def test_sweep_over_an_option_and_a_key(run_job):
    assert run_job("--multirun", "agent=ppo,flat", "seed=1,2") == [
        "PPO|7|1|command line|7",
        "PPO|7|2|command line|7",
        "flat|None|1|command line|None",
        "flat|None|2|command line|None",
    ]


def test_rewriting():
    assert rewrite_overrides(
        [
            "agent=dqn", "+agent=dqn", "agent=ppo,dqn", "agent.gamma=0.9", "+agent.gamma=0.9",
            "++agent.gamma=0.9", "agent.gamma=0.9,0.99", "agent.policy_kwargs={a: 1}",
            "engine={lot: 1}", "~agent.gamma", "experiment=null", "~experiment",
            "hydra.verbose=true", "hydra/launcher=basic", "name='a=b'",
        ]
    ) == [
        "agent=dqn", "agent=dqn", "agent=ppo,dqn", "++agent.gamma=0.9", "++agent.gamma=0.9",
        "++agent.gamma=0.9", "++agent.gamma=0.9,0.99", "++agent.policy_kwargs={a: 1}",
        "++engine={lot: 1}", "~agent.gamma", "~experiment", "~experiment",
        "hydra.verbose=true", "hydra/launcher=basic", "++name='a=b'",
    ]  # fmt: skip


def test_rewriting_refuses_unknown_keys():
    with pytest.raises(UserError, match=r"agent\.lrr: no such key"):
        rewrite_overrides(["agent.lrr=1,2"])
