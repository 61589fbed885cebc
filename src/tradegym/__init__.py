"""tradegym: a command-line experiment runner for reinforcement learning on markets.

``tradegym.make(**kwargs)`` builds an environment in Python; importing the package also
registers ``tradegym/Trading-v0`` with gymnasium. Heavy packages are imported on first use.
"""

from typing import TYPE_CHECKING, Any

from tradegym.envs.registration import register_envs
from tradegym.version import __version__

if TYPE_CHECKING:
    from tradegym.envs.make import make

__all__ = ["__version__", "make"]

register_envs()


def __getattr__(name: str) -> Any:
    """Import ``make`` when it is first asked for (it needs Hydra and pandas)."""
    if name == "make":
        from tradegym.envs.make import make

        return make
    raise AttributeError(f"module 'tradegym' has no attribute {name!r}")
