"""Registers tradegym's environments with gymnasium, without importing backtrader or torch."""

import gymnasium as gym

TRADING_ID = "tradegym/Trading-v0"


def register_envs() -> None:
    """Register ``tradegym/Trading-v0``; a second call changes nothing."""
    if TRADING_ID not in gym.registry:
        gym.register(id=TRADING_ID, entry_point="tradegym.envs.make:make")
