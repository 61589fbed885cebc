"""BTgym's names and calling conventions, for scripts that were written for it.

A script runs with its imports changed::

    from tradegym.envs.btgym import BTgymBaseStrategy, BTgymDataset, BTgymEnv

What differs is told in ``docs/btgym.md``. New code uses `tradegym.make`.
"""

from tradegym.envs.btgym.dataset import BTgymDataset
from tradegym.envs.btgym.env import BTgymEnv
from tradegym.envs.btgym.strategy import BTgymBaseStrategy

__all__ = ["BTgymBaseStrategy", "BTgymDataset", "BTgymEnv"]
