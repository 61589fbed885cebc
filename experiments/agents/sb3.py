"""SB3 models from a configuration."""

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import sb3_contrib
import stable_baselines3
import torch
from gymnasium import spaces
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.noise import NormalActionNoise
from stable_baselines3.common.on_policy_algorithm import OnPolicyAlgorithm
from stable_baselines3.common.vec_env import VecEnv

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.schema.agent import AgentConfig
from tradegym.experiments.agents.networks import build_policy_kwargs
from tradegym.experiments.agents.schedules import parse_schedule
from tradegym.experiments.agents.seeding import library_seed

DEVICES = ("auto", "cpu", "cuda")
AUTO = "auto"

#: Names of SB3's policies for an observation of one array, and for one of several; each
#: algorithm has some of them, and ``auto`` takes the first that it has.
FLAT_POLICIES = ("MlpPolicy", "MlpLstmPolicy", "LinearPolicy")
DICT_POLICIES = ("MultiInputPolicy", "MultiInputLstmPolicy")

#: Hyper-parameters that may be schedules; elsewhere a text such as "auto" is SB3's own.
SCHEDULED = ("learning_rate", "clip_range", "clip_range_vf", "delta_std")

# SB3 warns, and is killed when the buffer has filled up.
_TOO_LITTLE_MEMORY = "This system does not have apparently enough memory"

# SB3's text has several lines and shows its own source; `uneven_batches` says it in one.
_UNEVEN_BATCHES = "You have specified a mini-batch size of"

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
    "rollout_buffer_class",
    "rollout_buffer_kwargs",
    "replay_buffer_class",
    "replay_buffer_kwargs",
    "_init_setup_model",
}


def algorithms() -> dict[str, type[BaseAlgorithm]]:
    """Return the algorithms of SB3 and SB3-Contrib by the names of their classes, sorted."""
    found = vars(stable_baselines3) | vars(sb3_contrib)
    return {
        name: value
        for name, value in sorted(found.items())
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
        does not fit the observation, an algorithm that does not fit the action space, a replay
        buffer larger than the memory, or a GPU that is not there.
    """
    algorithm = find_algorithm(agent.algorithm)
    policy = _find_policy(agent.policy, algorithm, env)
    hyper_parameters = _hyper_parameters(agent, algorithm, env.action_space)
    policy_kwargs = build_policy_kwargs(agent.policy_kwargs, algorithm.policy_aliases[policy])
    chosen = _find_device(device)
    _check_action_space(algorithm, env)
    arguments: dict[str, Any] = {
        "seed": library_seed(seed),
        "device": chosen,
        "policy_kwargs": dict(policy_kwargs),
        **hyper_parameters,
    }
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=_TOO_LITTLE_MEMORY)
            warnings.filterwarnings("ignore", message=_UNEVEN_BATCHES)
            model = algorithm(policy, env, **arguments)
    except UserWarning as error:
        needed = str(error).partition("replay buffer")[2].strip()
        raise UserError(
            f"agent.buffer_size: decisions of this observation need more memory than is free "
            f"({needed}); lower it, or make the observation smaller"
        ) from error
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


def uneven_batches(model: BaseAlgorithm) -> str | None:
    """Say that the batches of a rollout cannot all have the size that is set, if so.

    Parameters
    ----------
    model : BaseAlgorithm

    Returns
    -------
    str or None
        One line with the sizes.
    """
    size = getattr(model, "batch_size", None)
    if not isinstance(model, OnPolicyAlgorithm) or size is None:
        return None
    steps, decisions = model.n_steps, model.n_steps * model.n_envs
    if decisions % size == 0:
        return None
    rollout = (
        f"the {decisions:,} decisions of a rollout (agent.n_steps {steps} x environments "
        f"{model.n_envs})"
    )
    if decisions < size:
        return (
            f"agent.batch_size: {size} is more than {rollout}, which make one batch; a larger "
            "agent.n_steps would fill it"
        )
    return (
        f"agent.batch_size: {size} does not divide {rollout}; the last batch of each pass has "
        f"{decisions % size}"
    )


def find_algorithm(name: str | None) -> type[BaseAlgorithm]:
    """Return the class of that name.

    Raises
    ------
    UserError
        There is none.
    """
    known = algorithms()
    if name is None:
        raise UserError("agent.algorithm: not set; a rule has nothing to train")
    if name not in known:
        names = ", ".join(known)
        by_lower = {known_name.lower(): known_name for known_name in known}
        hint = did_you_mean(by_lower.get(name.lower(), name), known)
        raise UserError(
            f"agent.algorithm: '{name}' is no algorithm of Stable-Baselines3 or SB3-Contrib; "
            f"allowed: {names}{hint}"
        )
    return known[name]


def _find_policy(name: str, algorithm: type[BaseAlgorithm], env: VecEnv) -> str:
    fitting = _fitting_policies(algorithm, env)
    if not fitting:
        raise UserError(
            f"agent.algorithm: {algorithm.__name__} learns from one array, but this observation "
            f"has the parts {_parts(env)}; allowed: {', '.join(_fitting_algorithms(env)) or 'none'}"
        )
    if name == AUTO:
        return fitting[0]
    if name not in fitting:
        allowed = (AUTO, *fitting)
        raise UserError(
            f"agent.policy: '{name}' does not fit this observation and {algorithm.__name__}; "
            f"allowed: {', '.join(allowed)}{did_you_mean(name, allowed)}"
        )
    return name


def _fitting_policies(algorithm: type[BaseAlgorithm], env: VecEnv) -> list[str]:
    names = DICT_POLICIES if isinstance(env.observation_space, spaces.Dict) else FLAT_POLICIES
    return [name for name in names if name in algorithm.policy_aliases]


def _parts(env: VecEnv) -> str:
    space = env.observation_space
    return ", ".join(space.spaces) if isinstance(space, spaces.Dict) else str(space)


def _find_device(name: str) -> str:
    if name not in DEVICES:
        hint = did_you_mean(name, DEVICES)
        raise UserError(f"train.device: '{name}'; allowed: {', '.join(DEVICES)}{hint}")
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("train.device: 'cuda', but torch finds no GPU; allowed here: auto, cpu")
    return name


def _hyper_parameters(
    agent: AgentConfig, algorithm: type[BaseAlgorithm], action_space: spaces.Space[Any]
) -> dict[str, Any]:
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
        if name in _MADE:
            result[name] = _MADE[name](value, action_space)
    return result


def _gaussian(deviation: float | None, action_space: spaces.Space[Any]) -> Any:
    """Return the noise that SB3 adds to actions, which it has scaled to [-1, 1] before."""
    if not deviation or not isinstance(action_space, spaces.Box):
        return None
    shape = action_space.shape
    return NormalActionNoise(np.zeros(shape), np.full(shape, deviation))


#: Hyper-parameters that SB3 takes as objects, and what makes them from a number.
_MADE: dict[str, Callable[[Any, spaces.Space[Any]], Any]] = {"action_noise": _gaussian}


def _check_action_space(algorithm: type[BaseAlgorithm], env: VecEnv) -> None:
    problem = _misfit(algorithm, env)
    if problem is None:
        return
    allowed = ", ".join(_fitting_algorithms(env)) or f"none ({problem})"
    raise UserError(
        f"agent.algorithm: {algorithm.__name__} cannot act in {env.action_space}; "
        f"allowed: {allowed}"
    )


def _fitting_algorithms(env: VecEnv) -> list[str]:
    return [name for name, algorithm in algorithms().items() if not _misfit(algorithm, env)]


def _misfit(algorithm: Any, env: VecEnv) -> str | None:
    """Return why an algorithm does not fit observation or actions, in SB3's words, or None."""
    policies = _fitting_policies(algorithm, env)
    if not policies:
        return "it has no policy for this observation"
    # A constructor that stops before it builds networks: SB3 keeps no table to look this up.
    try:
        algorithm(policies[0], env, device="cpu", _init_setup_model=False)
    except AssertionError as error:
        return " ".join(str(error).split())
    return None
