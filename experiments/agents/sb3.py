"""SB3 models from a configuration."""

import inspect
from typing import Any

import stable_baselines3
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.agent import AgentConfig
from tradegym.experiments.agents.networks import build_policy_kwargs
from tradegym.experiments.agents.schedules import parse_schedule
from tradegym.experiments.agents.seeding import library_seed

DEVICES = ("auto", "cpu", "cuda")
AUTO, FLAT_POLICY, DICT_POLICY = "auto", "MlpPolicy", "MultiInputPolicy"

#: Hyper-parameters that may be schedules; elsewhere a text such as "auto" is SB3's own.
SCHEDULED = ("learning_rate", "clip_range", "clip_range_vf")

# Arguments of SB3's constructors that other keys, or nobody, set.
_NOT_HYPER_PARAMETERS = {
    "self",
    "policy",
    "env",
    "policy_kwargs",
    "seed",
    "device",
    "verbose",
    "tensorboard_log",
    "action_noise",
    "rollout_buffer_class",
    "rollout_buffer_kwargs",
    "replay_buffer_class",
    "replay_buffer_kwargs",
    "_init_setup_model",
}


def algorithms() -> dict[str, type[BaseAlgorithm]]:
    """Return the algorithms of Stable-Baselines3 by the names of their classes, sorted."""
    return {
        name: value
        for name, value in sorted(vars(stable_baselines3).items())
        if inspect.isclass(value)
        and issubclass(value, BaseAlgorithm)
        and not name.startswith("_")
        and not inspect.isabstract(value)
    }


def build_model(agent: AgentConfig, env: VecEnv, *, seed: int, device: str = AUTO) -> BaseAlgorithm:
    """Return an untrained model.

    Seeds python, numpy, torch, ``env`` and its action space, as SB3 does.

    Parameters
    ----------
    agent : AgentConfig
        Algorithm, policy and hyper-parameters; the ones that are not set keep SB3's default.
    env : VecEnv
        What it will learn from.
    seed : int
        Any integer >= 0.
    device : str
        ``auto`` (the GPU if there is one), ``cpu`` or ``cuda``.

    Returns
    -------
    BaseAlgorithm
        The model, with ``env`` attached.

    Raises
    ------
    UserError
        For an unknown algorithm or hyper-parameter, a value that SB3 refuses, a policy that
        does not fit the observation, an algorithm that does not fit the action space, or a GPU
        that is not there.
    """
    algorithm = _find_algorithm(agent.algorithm)
    policy = _find_policy(agent.policy, env.observation_space)
    hyper_parameters = _hyper_parameters(agent, algorithm)
    policy_kwargs = build_policy_kwargs(agent.policy_kwargs, algorithm.policy_aliases[policy])
    chosen = _find_device(device)
    _check_action_space(algorithm, policy, env)
    arguments: dict[str, Any] = {
        "seed": library_seed(seed),
        "device": chosen,
        "policy_kwargs": dict(policy_kwargs),
        **hyper_parameters,
    }
    try:
        model = algorithm(policy, env, **arguments)
    except (AssertionError, TypeError, ValueError, MemoryError) as error:
        # SB3 checks how its settings go together, and says so in this way.
        raise UserError(
            f"agent: {algorithm.__name__} refuses these settings: {' '.join(str(error).split())}"
        ) from error
    for name, value in policy_kwargs.items():
        if model.policy_kwargs.get(name) != value:
            raise UserError(
                f"agent.policy_kwargs.{name}: {algorithm.__name__} puts its own value there "
                "unless agent.policy_kwargs.optimizer_class is set too"
            )
    return model


def _find_algorithm(name: str | None) -> type[BaseAlgorithm]:
    known = algorithms()
    if name is None:
        raise UserError("agent.algorithm: not set; a rule has nothing to train")
    if name not in known:
        names = ", ".join(known)
        by_lower = {known_name.lower(): known_name for known_name in known}
        hint = did_you_mean(by_lower.get(name.lower(), name), known)
        raise UserError(
            f"agent.algorithm: '{name}' is no algorithm of Stable-Baselines3; "
            f"allowed: {names}{hint}"
        )
    return known[name]


def _find_policy(name: str, observation_space: spaces.Space[Any]) -> str:
    fitting = DICT_POLICY if isinstance(observation_space, spaces.Dict) else FLAT_POLICY
    if name not in (AUTO, fitting):
        hint = did_you_mean(name, (AUTO, fitting))
        raise UserError(
            f"agent.policy: '{name}' does not fit this observation; "
            f"allowed: {AUTO}, {fitting}{hint}"
        )
    return fitting


def _find_device(name: str) -> str:
    if name not in DEVICES:
        hint = did_you_mean(name, DEVICES)
        raise UserError(f"train.device: '{name}'; allowed: {', '.join(DEVICES)}{hint}")
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("train.device: 'cuda', but torch finds no GPU; allowed here: auto, cpu")
    return name


def _hyper_parameters(agent: AgentConfig, algorithm: type[BaseAlgorithm]) -> dict[str, Any]:
    known = set(inspect.signature(algorithm).parameters) - _NOT_HYPER_PARAMETERS
    result: dict[str, Any] = {}
    for name, value in agent.hyperparameters.items():
        if name not in known:
            raise UserError(
                f"agent.{name}: {algorithm.__name__} has no such hyper-parameter; "
                f"allowed: {', '.join(sorted(known))}{did_you_mean(name, known)}"
            )
        scheduled = name in SCHEDULED and isinstance(value, str)
        result[name] = parse_schedule(value, f"agent.{name}") if scheduled else value
    return result


def _check_action_space(algorithm: type[BaseAlgorithm], policy: str, env: VecEnv) -> None:
    problem = _misfit(algorithm, policy, env)
    if problem is None:
        return
    fitting = [name for name, other in algorithms().items() if not _misfit(other, policy, env)]
    allowed = ", ".join(fitting) or f"none ({problem})"
    raise UserError(
        f"agent.algorithm: {algorithm.__name__} cannot act in {env.action_space}; "
        f"allowed: {allowed}"
    )


def _misfit(algorithm: Any, policy: str, env: VecEnv) -> str | None:
    """Return SB3's own reason why an algorithm does not fit an action space, or None."""
    # A constructor that stops before it builds networks: SB3 keeps no table to look this up.
    try:
        algorithm(policy, env, device="cpu", _init_setup_model=False)
    except AssertionError as error:
        return " ".join(str(error).split())
    return None
