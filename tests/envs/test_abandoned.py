"""Environments that are dropped in the middle of an episode leave the others alone."""

import subprocess
import sys

# In a process of its own: the collector must find the environment where nothing else holds it.
SCRIPT = """
import gc
import tradegym
from tradegym.envs.strategies.base import BaseStrategy

class Collecting(BaseStrategy):
    def get_reward(self):
        gc.collect()
        return 0.0

gc.disable()
env = tradegym.make(strategy=Collecting)
env.reset(seed=0)
abandoned = tradegym.make()
abandoned.reset(seed=0)
abandoned.step(0)
abandoned.itself = abandoned  # only the collector can find it
del abandoned
print(env.step(0)[1:4])
"""


def test_one_that_is_collected_during_the_step_of_another():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.stdout == "(0.0, False, False)\n", done.stderr
