"""What an agent sees and may do: noted when it is trained, compared when it is used again."""

from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.conf.stored import StoredConfig
from tradegym.envs.strategies.spaces import observation_space

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.envs.build import EnvBuilder
    from tradegym.experiments.rundir import RunDir

#: Starts of the keys that decide it.
_KEYS = (
    "strategy.state.",
    "strategy.actions.",
    "strategy.cls",
    "strategy.params",
    "engine.cerebro",
)


def describe_spaces(builder: "EnvBuilder") -> dict[str, Any]:
    """Return the shapes of the observation and the names of the actions, for ``run.json``."""
    params = builder.market.engine.params
    modes = observation_space(params).spaces
    return {
        "observation": {mode: list(space.shape or ()) for mode, space in modes.items()},
        "actions": list(params["portfolio_actions"]),
    }


def check_spaces(run: "RunDir", builder: "EnvBuilder", resolved: "Resolved") -> None:
    """Check that the environments are what the agent of ``run`` was trained in.

    Raises
    ------
    UserError
        With the overrides that made them others.
    """
    trained, now = run.info.get("spaces"), describe_spaces(builder)
    if not isinstance(trained, dict) or trained == now:
        return
    differing = "observation" if trained.get("observation") != now["observation"] else "actions"
    stored = StoredConfig.read(run.path).notes
    changed = [
        f"{key}={value.value}"
        for key, value in resolved.values.items()
        if key.startswith(_KEYS) and stored.get(key, {}).get("value") != value.value
    ]
    raise UserError(
        f"{', '.join(changed) or 'strategy'}: {run.id} was trained with the {differing} "
        f"{_show(trained.get(differing))}, not with {_show(now[differing])}; leave this as it was, "
        f"or train anew"
    )


def _show(described: Any) -> str:
    if isinstance(described, dict):
        return ", ".join(f"{mode} {tuple(shape)}" for mode, shape in described.items())
    return f"[{', '.join(described)}]" if isinstance(described, list) else str(described)
