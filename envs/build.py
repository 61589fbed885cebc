"""Builds environments from a resolved configuration."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tradegym.conf.errors import UserError
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.sources import load_dataset
from tradegym.envs.data.splits import Split, make_split
from tradegym.envs.engines.backtrader.plan import plan_engine
from tradegym.envs.imports import call_factory, import_object
from tradegym.envs.strategies.features import compute_features
from tradegym.envs.trading import Market, TradingEnv

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved

PARTS = ("train", "validation", "test")


class EnvBuilder:
    """Loads the data once and makes environments on its parts.

    Parameters
    ----------
    resolved : Resolved
        The configuration.
    objects : mapping of str to object, optional
        Python objects that stand in for import paths, by config key.
    """

    def __init__(self, resolved: "Resolved", objects: Mapping[str, Any] | None = None) -> None:
        objects = objects or {}
        self._config = resolved.config
        self.dataset: Dataset = _load(resolved, objects)
        self.split: Split = make_split(self._config.split, self.dataset)
        chosen = self._config.strategy.state.features.model_dump()
        options = {name: option for name, option in chosen.items() if option}
        engine = plan_engine(resolved, len(options), objects)
        features = None
        if "features" in (engine.params["state_shape"] or ()):
            if not options:
                raise UserError("strategy.state.features: is empty, but the state has 'features'")
            features = compute_features(self.dataset, options, self.split.train)
        self.market = Market.of(self.dataset, features, engine)
        self._episode_duration = self._config.split.episode_duration
        if "episode_duration" in objects:
            bars = objects["episode_duration"].total_seconds() / self.dataset.bar_seconds
            self._episode_duration = max(1, int(bars // engine.params["skip_frame"]))

    def env(
        self,
        part: str,
        *,
        whole: bool | None = None,
        record: bool = False,
        render_mode: str | None = None,
    ) -> TradingEnv:
        """Make an environment.

        Parameters
        ----------
        part : {"train", "validation", "test"}
        whole : bool, optional
            Play the whole part instead of random episodes; by default in all parts but train.
        record : bool
            Keep what `TradingEnv.episode_record` needs.
        render_mode : {None, "rgb_array"}
        """
        if part not in PARTS:
            raise UserError(f"part: '{part}' is not known; allowed: {', '.join(PARTS)}")
        whole = part != "train" if whole is None else whole
        duration = None if whole else self._episode_duration
        return TradingEnv(
            self.market,
            getattr(self.split, part),
            part,
            episode_duration=duration,
            record=record,
            render_mode=render_mode,
        )


def _load(resolved: "Resolved", objects: Mapping[str, Any]) -> Dataset:
    path = resolved.config.dataset.cls
    given = objects.get("dataset.cls")
    if isinstance(given, Dataset):
        return given
    if path is None and given is None:
        return load_dataset(resolved.config.dataset)
    factory = given if given is not None else import_object(str(path), "dataset.cls")
    if not callable(factory):
        raise UserError(
            f"dataset.cls: '{path}' is of type {type(factory).__name__}; it must be callable "
            f"without arguments and return a tradegym Dataset"
        )
    dataset = call_factory(factory, str(path), "dataset.cls")
    if not isinstance(dataset, Dataset):
        raise UserError(
            f"dataset.cls: '{path}' returned a {type(dataset).__name__}; it must return a "
            f"tradegym.envs.data.dataset.Dataset"
        )
    return dataset
