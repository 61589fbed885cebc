"""The hyper-parameters of the Stable-Baselines3 algorithms (contrib ones too): type and range.

One table for all algorithms; which of them an algorithm has is what the YAML file of its option
lists. None stands for SB3's own null, such as ``clip_range_vf: null`` (no clipping).
"""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from tradegym.conf.schema.base import ConfigModel, Whole, option

_SCHEDULE = re.compile(r"lin_(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FREQUENCY_UNITS = ("step", "episode")

WITHOUT_RULE = ("rule", None)
"""Hyper-parameters belong to an algorithm; a rule has none."""

SCHEDULE = "a number or a schedule"
SCHEDULE_LIMITS = "a number > 0 or a schedule such as lin_3e-4"


def _check_schedule(value: float | str) -> float | str:
    number = value
    if isinstance(value, str):
        if not _SCHEDULE.fullmatch(value):
            raise ValueError(f"is not {SCHEDULE}")
        number = float(value.removeprefix("lin_"))
    if not 0 < float(number) < float("inf"):
        raise ValueError("is out of range")
    return value


def _check_coefficient(value: float | str) -> float | str:
    if isinstance(value, str):
        number = re.fullmatch(r"auto(_(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)?", value)
        if number is None:
            raise ValueError("is neither a number nor auto")
    elif value < 0:
        raise ValueError("is out of range")
    return value


def _frequency(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _check_frequency(value: int | tuple[int, str]) -> int | tuple[int, str]:
    count, unit = value if isinstance(value, tuple) else (value, "step")
    if count < 1 or unit not in _FREQUENCY_UNITS:
        raise ValueError("is out of range")
    return value


Schedule = Annotated[float | str, AfterValidator(_check_schedule)]
"""A positive number, or ``lin_<number>``: falls linearly to 0 over the training."""

Coefficient = Annotated[float | str, AfterValidator(_check_coefficient)]
Frequency = Annotated[
    Whole | tuple[int, str], BeforeValidator(_frequency), AfterValidator(_check_frequency)
]


def _hyper(description: str, **limits: Any) -> Any:
    return option(None, description, flat=False, when=WITHOUT_RULE, **limits)


def _schedule(description: str) -> Any:
    return _hyper(description, kind=SCHEDULE, limits=SCHEDULE_LIMITS)


class HyperParameters(ConfigModel):
    """Every hyper-parameter that an algorithm may have; those not set keep SB3's default."""

    learning_rate: Schedule = _schedule("step size of the optimizer")
    n_steps: Whole = _hyper("decisions per environment and update (replay: of the return)", ge=1)
    batch_size: Whole = _hyper("decisions per gradient step", ge=1)
    n_epochs: Whole = _hyper("passes over the collected decisions per update", ge=1)
    gamma: float = _hyper("discount factor", ge=0, le=1)
    gae_lambda: float = _hyper("bias against variance of the advantage", ge=0, le=1)
    clip_range: Schedule = _schedule("clipping of the policy ratio")
    clip_range_vf: Schedule | None = _schedule("clipping of the value function; null = none")
    normalize_advantage: bool = _hyper("scale the advantages of a batch")
    ent_coef: Coefficient = _hyper(
        "weight of the entropy term",
        kind="a number or auto",
        limits="a number >= 0, auto, or auto_ and a starting value such as auto_0.1",
    )
    vf_coef: float = _hyper("weight of the value function's loss", ge=0)
    max_grad_norm: float = _hyper("largest norm of a gradient", gt=0)
    target_kl: float | None = _hyper("KL divergence that ends an update; null = none", gt=0)
    stats_window_size: Whole = _hyper("episodes in the logged means", ge=1)
    use_sde: bool = _hyper("state-dependent exploration (continuous actions only)")
    sde_sample_freq: Whole = _hyper("decisions between draws of its noise; -1 = once", ge=-1)
    use_sde_at_warmup: bool = _hyper("state-dependent exploration before learning starts")
    rms_prop_eps: float = _hyper("epsilon of RMSprop", gt=0)
    use_rms_prop: bool = _hyper("RMSprop instead of Adam")
    buffer_size: Whole = _hyper("decisions in the replay buffer", ge=1)
    learning_starts: Whole = _hyper("decisions before the first update", ge=0)
    tau: float = _hyper("part of the new weights in an update of the target network", gt=0, le=1)
    train_freq: Frequency = _hyper(
        "decisions between updates",
        kind="an integer or [n, step|episode]",
        limits="an integer >= 1, or a list such as [1, episode]",
    )
    gradient_steps: Whole = _hyper("gradient steps per update; -1 = as many as decisions", ge=-1)
    optimize_memory_usage: bool = _hyper("store observations once in the replay buffer")
    target_update_interval: Whole = _hyper("decisions between updates of the target", ge=1)
    exploration_fraction: float = _hyper(
        "part of the training over which exploration falls", gt=0, le=1
    )
    exploration_initial_eps: float = _hyper("chance of a random action at the start", ge=0, le=1)
    exploration_final_eps: float = _hyper("chance of a random action at the end", ge=0, le=1)
    target_entropy: float | Literal["auto"] = _hyper(
        "entropy that ent_coef=auto aims at", kind="a number or auto", limits="a number or auto"
    )
    action_noise: float | None = _hyper(
        "deviation of the noise added to actions that lie in [-1, 1]; null = none", ge=0
    )
    policy_delay: Whole = _hyper("updates of the critic per update of the policy", ge=1)
    target_policy_noise: float = _hyper("noise added to the target policy", ge=0)
    target_noise_clip: float = _hyper("largest absolute value of that noise", ge=0)
    top_quantiles_to_drop_per_net: Whole = _hyper("quantiles dropped per network (TQC)", ge=0)
    cg_max_steps: Whole = _hyper("steps of the conjugate gradient (TRPO)", ge=1)
    cg_damping: float = _hyper("damping of the conjugate gradient (TRPO)", ge=0)
    line_search_shrinking_factor: float = _hyper("factor of the line search (TRPO)", gt=0, lt=1)
    line_search_max_iter: Whole = _hyper("steps of the line search (TRPO)", ge=1)
    n_critic_updates: Whole = _hyper("updates of the critic per update (TRPO)", ge=1)
    sub_sampling_factor: Whole = _hyper("thinning of the batch (TRPO)", ge=1)
    n_delta: Whole = _hyper("random directions per update (ARS)", ge=1)
    n_top: Whole | None = _hyper("best directions used per update; null = all (ARS)", ge=1)
    delta_std: Schedule = _schedule("size of the random directions (ARS)")
    zero_policy: bool = _hyper("start with weights of zero (ARS)")
    alive_bonus_offset: float = _hyper("added to every reward (ARS)")
    n_eval_episodes: Whole = _hyper("episodes per direction (ARS)", ge=1)
