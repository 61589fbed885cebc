"""``agent.policy_kwargs``: names and values checked, names of classes replaced by classes."""

import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from sb3_contrib.common.maskable.policies import MaskableActorCriticPolicy
from stable_baselines3.common.policies import ActorCriticPolicy, BasePolicy
from stable_baselines3.common.sb2_compat.rmsprop_tf_like import RMSpropTFLike

from tradegym.conf.errors import UserError, did_you_mean

KEY = "agent.policy_kwargs"

ACTIVATIONS: dict[str, type[torch.nn.Module]] = {
    "elu": torch.nn.ELU,
    "gelu": torch.nn.GELU,
    "leaky_relu": torch.nn.LeakyReLU,
    "relu": torch.nn.ReLU,
    "silu": torch.nn.SiLU,
    "tanh": torch.nn.Tanh,
}

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "rmsprop_tf": RMSpropTFLike,
    "sgd": torch.optim.SGD,
}

_ELSEWHERE = {
    "features_extractor_class": "SB3 chooses it from the observation",
    "use_sde": "set agent.use_sde instead",
}
#: Policies whose second network values a state; the others' values an action in it.
_VALUE_OF_STATE = (ActorCriticPolicy, MaskableActorCriticPolicy)

#: Of torch's LSTM: what leaves the shapes as they are.
_LSTM_ARGUMENTS = ("bias", "dropout")

_PASSED_BY_SB3 = {"self", "observation_space", "action_space", "lr_schedule"}


def build_policy_kwargs(given: Mapping[str, Any], policy_class: type[BasePolicy]) -> dict[str, Any]:
    """Return ``policy_kwargs`` as SB3 takes them.

    Parameters
    ----------
    given : Mapping
        As written in the config: ``activation_fn`` and ``optimizer_class`` by name.
    policy_class : type
        The SB3 policy that will get them.

    Returns
    -------
    dict
        The same keys, with classes in place of their names.

    Raises
    ------
    UserError
        For a key or value that the policy does not take.
    """
    known = inspect.signature(policy_class).parameters
    allowed = sorted(set(known) - _PASSED_BY_SB3 - set(_ELSEWHERE))
    checked: dict[str, Any] = {}
    for name, value in given.items():
        if name in _ELSEWHERE:
            raise UserError(f"{KEY}.{name}: cannot be set; {_ELSEWHERE[name]}")
        _check_name(f"{KEY}.{name}", name, allowed)
        check = _CHECKS.get(name, _check_plain)
        checked[name] = check(f"{KEY}.{name}", value, policy_class)
    if "optimizer_kwargs" in checked:
        optimizer = checked.get("optimizer_class", known["optimizer_class"].default)
        _check_arguments("optimizer_kwargs", checked, optimizer, {"params", "lr"})
    if "features_extractor_kwargs" in checked:
        extractor = known["features_extractor_class"].default
        _check_arguments("features_extractor_kwargs", checked, extractor, {"observation_space"})
    for name in checked.get("lstm_kwargs") or {}:
        _check_name(f"{KEY}.lstm_kwargs.{name}", str(name), _LSTM_ARGUMENTS)
    return checked


def _check_name(key: str, name: str, allowed: Iterable[str]) -> None:
    if name not in allowed:
        names = ", ".join(allowed) or "none"
        raise UserError(f"{key}: unknown key; allowed: {names}{did_you_mean(name, allowed)}")


def _check_arguments(
    part: str, checked: Mapping[str, Any], target: Callable[..., Any], passed: set[str]
) -> None:
    allowed = sorted(set(inspect.signature(target).parameters) - passed)
    for name in checked[part] or {}:
        _check_name(f"{KEY}.{part}.{name}", str(name), allowed)


def _named(table: Mapping[str, type]) -> Callable[[str, Any, type[BasePolicy]], type]:
    def check(key: str, value: Any, policy_class: type[BasePolicy]) -> type:
        if value not in table:
            hint = did_you_mean(str(value), table)
            raise UserError(f"{key}: '{value}' is not known; allowed: {', '.join(table)}{hint}")
        return table[value]

    return check


def _check_net_arch(key: str, value: Any, policy_class: type[BasePolicy]) -> Any:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        return _layers(key, value)
    critic = "vf" if issubclass(policy_class, _VALUE_OF_STATE) else "qf"
    annotation = str(inspect.signature(policy_class).parameters["net_arch"].annotation)
    if "dict" not in annotation:
        raise UserError(f"{key}: this policy has one network; allowed: a list such as [64, 64]")
    if set(value) != {"pi", critic}:
        raise UserError(
            f"{key}: has {', '.join(map(str, value)) or 'no keys'}; allowed: a list for both "
            f"networks, or the keys pi (policy) and {critic} (value), each with a list"
        )
    return {name: _layers(f"{key}.{name}", layers) for name, layers in value.items()}


def _layers(key: str, value: Any) -> list[int]:
    widths = list(value) if isinstance(value, list | tuple) else [value]
    if not isinstance(value, list | tuple) or not all(
        type(width) is int and width >= 1 for width in widths
    ):
        raise UserError(f"{key}: {value!r} is no list of layer widths; allowed: such as [64, 64]")
    return widths


def _check_mapping(key: str, value: Any, policy_class: type[BasePolicy]) -> Any:
    if value is not None and not isinstance(value, Mapping):
        raise UserError(f"{key}: {value!r} is no mapping; allowed: names and their values")
    return None if value is None else dict(value)


def _check_plain(key: str, value: Any, policy_class: type[BasePolicy]) -> Any:
    """Compare with the annotation of SB3's parameter; an int is also a float."""
    annotation = inspect.signature(policy_class).parameters[key.rsplit(".", 1)[-1]].annotation
    union = isinstance(annotation, types.UnionType)
    kinds = typing.get_args(annotation) if union else (annotation,)
    if float in kinds and type(value) is int:
        return float(value)
    if type(value) not in kinds:
        names = " or ".join(getattr(kind, "__name__", str(kind)) for kind in kinds)
        raise UserError(f"{key}: {value!r} has the wrong type; allowed: {names}")
    return value


_CHECKS: dict[str, Callable[[str, Any, type[BasePolicy]], Any]] = {
    "activation_fn": _named(ACTIVATIONS),
    "features_extractor_kwargs": _check_mapping,
    "lstm_kwargs": _check_mapping,
    "net_arch": _check_net_arch,
    "optimizer_class": _named(OPTIMIZERS),
    "optimizer_kwargs": _check_mapping,
}
