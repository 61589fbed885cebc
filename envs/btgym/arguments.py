"""BTgym's keyword arguments, translated to those of `tradegym.make`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from tradegym.conf.errors import UserError
from tradegym.conf.schema.keys import flat_names
from tradegym.envs.btgym.dataset import BTgymDataset

#: Of BTgym's servers, processes and logs, none of which exist here, and of its data classes.
_WITHOUT_MEANING: Final = frozenset(
    {
        "cash_name",
        "connect_timeout",
        "data_lines_names",
        "data_master",
        "data_names",
        "data_network_address",
        "data_port",
        "frozen_time_split",
        "log",
        "log_level",
        "name",
        "network_address",
        "port",
        "render_modes",
        "state_high",
        "state_low",
        "target_period",
        "task",
        "verbose",
    }
)

#: Keys of ``parsing_params`` that may stand on their own.
_PARSING: Final = frozenset(
    {
        *("sep", "header", "index_col", "parse_dates", "names", "timeframe", "datetime"),
        *("open", "high", "low", "close", "volume", "openinterest"),
    }
)

#: Arguments that BTgym gave up for a mapping.
_DEPRECATED: Final = {
    "episode_len_days": ("episode_duration", "days"),
    "episode_len_hours": ("episode_duration", "hours"),
    "episode_len_minutes": ("episode_duration", "minutes"),
    "time_gap_days": ("time_gap", "days"),
    "time_gap_hours": ("time_gap", "hours"),
    "time_gap_minutes": ("time_gap", "minutes"),
}

#: Arguments about the bars and the episodes, which a `BTgymDataset` brings itself.
_OF_DATASET: Final = frozenset(
    {
        "b_alpha",
        "b_beta",
        "episode_duration",
        "filename",
        "parsing_params",
        "sampling_params",
        "start_00",
        "start_weekdays",
        "time_gap",
        *_DEPRECATED,
        *_PARSING,
    }
)

#: How long BTgym's episodes are when nothing is said.
_EPISODE: Final = {"days": 0, "hours": 23, "minutes": 55}

#: BTgym's name of the only asset.
DEFAULT_ASSET: Final = "default_asset"


@dataclass(frozen=True, slots=True)
class Translation:
    """What BTgym's arguments say.

    Attributes
    ----------
    kwargs : dict of str to Any
        Arguments of `tradegym.make`.
    asset_names : tuple of str
        Names that an action may call the asset by.
    seed : int or None
        Seed of the first reset.
    record : bool
        Whether episodes may be drawn.
    ignored : tuple of str
        Arguments that count for nothing.
    """

    kwargs: dict[str, Any]
    asset_names: tuple[str, ...]
    seed: int | None
    record: bool
    ignored: tuple[str, ...]


def translate(arguments: Mapping[str, Any]) -> Translation:
    """Translate the arguments of ``BTgymEnv``.

    Raises
    ------
    tradegym.conf.errors.UserError
        A deprecated argument is given beside the one that replaces it.
    """
    kwargs = dict(arguments)
    ignored = [name for name in kwargs if _is_without_meaning(name)]
    dataset = kwargs.get("dataset")
    if isinstance(dataset, BTgymDataset):  # others say nothing about the episodes
        ignored += [name for name in kwargs if name in _OF_DATASET]
    for name in ignored:
        del kwargs[name]
    if isinstance(dataset, BTgymDataset):
        del kwargs["dataset"]
        kwargs |= dataset.arguments
        more = [name for name in kwargs if _is_without_meaning(name)]
        ignored += [f"dataset's {name}" for name in more]
        for name in more:
            del kwargs[name]
    names = kwargs.pop("asset_names", (DEFAULT_ASSET,))
    record = bool(kwargs.pop("render_enabled", True))
    seed = kwargs.get("random_seed")
    _merge_data_arguments(kwargs)
    return Translation(
        kwargs=kwargs,
        asset_names=(names,) if isinstance(names, str) else tuple(names),
        seed=seed,
        record=record,
        ignored=tuple(ignored),
    )


def _is_without_meaning(name: str) -> bool:
    is_of_pictures = name.startswith("render_") and name != "render_enabled"
    return name in _WITHOUT_MEANING or (is_of_pictures and name not in flat_names())


def _merge_data_arguments(kwargs: dict[str, Any]) -> None:
    """Bring together in ``kwargs`` what BTgym takes in several ways."""
    kwargs |= dict(kwargs.pop("sampling_params", None) or {})
    lengths: dict[str, dict[str, Any]] = {}
    for old, (name, unit) in _DEPRECATED.items():
        if old not in kwargs:
            continue
        if name in kwargs:
            raise UserError(f"{old}: given beside {name}; leave {old} out, it is deprecated")
        lengths.setdefault(name, {})[unit] = kwargs.pop(old)
    kwargs |= lengths
    parsing = {name: kwargs.pop(name) for name in _PARSING & kwargs.keys()}
    if parsing:
        kwargs["parsing_params"] = dict(kwargs.get("parsing_params") or {}) | parsing
    if kwargs.get("filename") is not None:
        kwargs.setdefault("episode_duration", _EPISODE)
