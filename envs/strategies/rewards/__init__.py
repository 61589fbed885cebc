"""What the agent is paid: named, weighted terms.

Importing the package registers every term.
"""

from tradegym.envs.strategies.rewards import (
    btgym,
    btgym_original,
    differential_sharpe,
    drawdown,
    equity,
    holding,
    overtrading,
    position_return,
    risk_adjusted,
)
from tradegym.envs.strategies.rewards.base import (
    REWARD_TERMS,
    BarView,
    RewardSetup,
    RewardTerm,
    reward_term,
)
from tradegym.envs.strategies.rewards.options import complete_terms
from tradegym.envs.strategies.rewards.reward import Reward

__all__ = [
    "REWARD_TERMS",
    "BarView",
    "Reward",
    "RewardSetup",
    "RewardTerm",
    "btgym",
    "btgym_original",
    "complete_terms",
    "differential_sharpe",
    "drawdown",
    "equity",
    "holding",
    "overtrading",
    "position_return",
    "reward_term",
    "risk_adjusted",
]
