"""What an agent sees and may do: noted when it is trained, compared when it is used again."""

from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.conf.stored import StoredConfig
from tradegym.envs.strategies.spaces import flat_space, observation_space

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

#: Options that change what an action means although its choices are called the same; what is
#: kept back for costs, thresholds and expiries may be tried with other values.
_MEANING = {"weights": ("transform", "shorts"), "sizes": ("size_of",)}

#: What has to be the same, and how it is called.
_COMPARED = {
    "observation": "observation",
    "actions": "actions",
    "action_space": "action space",
    "scheme": "scheme of actions",
}


def describe_spaces(builder: "EnvBuilder") -> dict[str, Any]:
    """Return what an agent sees and may do, for ``run.json``.

    Returns
    -------
    dict
        ``observation``: shape of each mode, and of all of them in one array (``flat``) if the
        agent gets that; ``actions``: names of an asset's choices, or ``weights``;
        ``action_space``; ``scheme``: its name and the options that give the actions their
        meaning; ``assets``: the traded ones.
    """
    params = builder.market.engine.params
    modes = observation_space(params)
    shapes = {mode: list(space.shape or ()) for mode, space in modes.spaces.items()}
    if params["flat_state"]:
        shapes["flat"] = list(flat_space(modes).shape)
    scheme = builder.scheme()
    name = scheme.options["scheme"]
    options = {key: scheme.options[key] for key in _MEANING.get(name, ())}
    return {
        "observation": shapes,
        "actions": list(scheme.names) or ["weights"],
        "action_space": str(scheme.space),
        "scheme": {"scheme": name, **options},
        "assets": list(builder.assets),
    }


def check_spaces(run: "RunDir", builder: "EnvBuilder", resolved: "Resolved") -> None:
    """Check that the environments are what the agent of ``run`` was trained in.

    Other assets in the place of the ones it was trained on are no mistake; the same ones in
    another order are.

    Raises
    ------
    UserError
        With the overrides that made them others.
    """
    trained, now = run.info.get("spaces"), describe_spaces(builder)
    if not isinstance(trained, dict):
        return
    differing = [part for part in _COMPARED if part in trained and trained[part] != now[part]]
    assets = trained.get("assets", [])
    if assets != now["assets"] and sorted(assets) == sorted(now["assets"]):
        differing.append("assets")
    if not differing:
        return
    part = differing[0]
    raise UserError(
        f"{_changed(run, resolved)}: {run.id} was trained with the {_COMPARED.get(part, part)} "
        f"{_show(trained[part])}, not with {_show(now[part])}; leave this as it was, or train anew"
    )


def _changed(run: "RunDir", resolved: "Resolved") -> str:
    """Return the keys that decide, as far as they are not what they were."""
    stored = StoredConfig.read(run.path).notes
    changed = {
        key: value.value
        for key, value in resolved.values.items()
        if stored.get(key, {}).get("value") != value.value
    }
    found = [f"{key}={value}" for key, value in changed.items() if key.startswith(_KEYS)]
    if not found and any(key.startswith("dataset.") for key in changed):
        return "dataset"
    return ", ".join(found) or "strategy"


def _show(described: Any) -> str:
    if isinstance(described, dict):
        return ", ".join(
            f"{name} {tuple(value) if isinstance(value, list) else value}"
            for name, value in described.items()
        )
    return f"[{', '.join(described)}]" if isinstance(described, list) else str(described)
