"""Registers tradegym's environments with gymnasium, without importing backtrader or torch."""

from typing import Any

import gymnasium as gym

TRADING_ID = "tradegym/Trading-v0"
MULTI_TRADING_ID = "tradegym/MultiTrading-v0"
PORTFOLIO_ID = "tradegym/Portfolio-v0"

_INDICES = {"dataset": "indices", "engine": "standard"}

#: Arguments of `tradegym.make` that each environment starts from.
ENVIRONMENTS: dict[str, dict[str, Any]] = {
    TRADING_ID: {"engine": "standard"},
    MULTI_TRADING_ID: {**_INDICES, "strategy": "standard", "traded_assets": "all"},
    PORTFOLIO_ID: {**_INDICES, "strategy": "portfolio"},
}


def register_envs() -> None:
    """Register `ENVIRONMENTS`; a second call changes nothing."""
    for name, arguments in ENVIRONMENTS.items():
        if name not in gym.registry:
            gym.register(
                id=name,
                entry_point="tradegym.envs.make:make",
                vector_entry_point="tradegym.envs.make_vec:make_vec",
                # The environments check actions themselves, and gymnasium's own check of every
                # step takes longer than a step.
                disable_env_checker=True,
                kwargs=arguments,
            )
