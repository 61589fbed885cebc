"""From the options of an entry to its feature."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tradegym.conf.errors import TradegymError, UserError, did_you_mean
from tradegym.conf.schema.feature_options import AssetOptions
from tradegym.conf.schema.features import FEATURES_KEY, complete_features
from tradegym.envs.imports import import_subclass
from tradegym.envs.strategies.features.base import FEATURES, Feature
from tradegym.envs.strategies.features.scalers import SCALERS


@dataclass(frozen=True, slots=True)
class Entry:
    """One feature as it was configured.

    Attributes
    ----------
    name : str
    feature : Feature
    options : mapping of str to Any
        All options of the entry.
    factors : float or ndarray of float64, shape [P]
        What the values are multiplied with before the scaler.
    """

    name: str
    feature: Feature
    options: Mapping[str, Any]
    factors: float | NDArray[np.float64]

    @property
    def key(self) -> str:
        """Dotted key, for messages."""
        return f"{FEATURES_KEY}.{self.name}"

    @property
    def lookback(self) -> int:
        """Bars before a row that feature and scaler need."""
        scaler = SCALERS[self.options["scaler"]]
        return self.feature.lookback + scaler.lookback(self.options)

    def assets(self, traded: tuple[str, ...]) -> tuple[str, ...]:
        """Return the assets of which it is computed; the times are the first one's."""
        asset = self.options.get("asset")
        if not self.feature.PER_ASSET:
            return traded[:1]
        return traded if asset is None else (asset,)

    def width(self, n_traded: int) -> int:
        """Return the number of columns."""
        return len(self.feature.parts) * len(self.assets(("",) * n_traded))

    def columns(self, asset: str, traded: tuple[str, ...]) -> list[str]:
        """Return the names of the columns of one asset."""
        is_plain = not self.feature.PER_ASSET or traded == (asset,)
        suffix = "" if is_plain else f"@{asset}"
        return [f"{self.name}{part and '.'}{part}{suffix}" for part in self.feature.parts]


def make_entries(options: Mapping[str, Any]) -> tuple[Entry, ...]:
    """Make the configured features, in the order of the mapping.

    Parameters
    ----------
    options : mapping of str to mapping or None
        By name, as in ``strategy.state.features``; None is left out, and options that are not
        given have their defaults.

    Raises
    ------
    UserError
        An entry is wrong.
    """
    return tuple(_entry(name, entry) for name, entry in complete_features(options).items())


def _entry(name: str, options: dict[str, Any]) -> Entry:
    key = f"{FEATURES_KEY}.{name}"
    feature = _make(key, options)
    factors = options["scale"]
    if isinstance(factors, tuple):
        parts = feature.parts
        if len(factors) != len(parts):
            raise UserError(
                f"{key}.scale: {list(factors)} has {len(factors)} factors for {len(parts)} columns "
                f"({', '.join(part or name for part in parts)}); allowed: one number, or one per "
                "column"
            )
        factors = np.array(factors)
    return Entry(name, feature, options, factors)


def _make(key: str, options: Mapping[str, Any]) -> Feature:
    kind: str = options["kind"]
    own = {name: value for name, value in options.items() if name not in AssetOptions.model_fields}
    make: Callable[..., Feature]
    if ":" in kind:
        make = import_subclass(kind, f"{key}.kind", Feature)
    elif kind in FEATURES:
        make = FEATURES[kind]
    else:
        return _called(key, kind, _talib(kind), own)
    _check_names(key, kind, make, own)
    return _called(key, kind, make, own)


def _talib(name: str) -> Callable[..., Feature]:
    # Importing TA-Lib takes half a second.
    from tradegym.envs.strategies.features.talib_function import TalibFunction

    return lambda **own: TalibFunction(name, **own)


def _check_names(key: str, kind: str, make: Callable[..., Feature], own: Mapping[str, Any]) -> None:
    """Compare the options with the arguments of the class."""
    arguments = inspect.signature(make).parameters
    if any(one.kind is inspect.Parameter.VAR_KEYWORD for one in arguments.values()):
        return
    for name in own:
        if name not in arguments:
            allowed = [*arguments, *AssetOptions.model_fields]
            raise UserError(
                f"{key}.{name}: {kind} has no such option; allowed: {', '.join(allowed)}"
                f"{did_you_mean(name, allowed)}"
            )
    for name, argument in arguments.items():
        if argument.default is inspect.Parameter.empty and name not in own:
            raise UserError(f"{key}.{name}: missing; {kind} needs it")


def _called(key: str, kind: str, make: Callable[..., Feature], own: Mapping[str, Any]) -> Feature:
    try:
        feature = make(**own)
    except TradegymError:
        raise
    except Exception as error:
        given = ", ".join(f"{name}={value}" for name, value in own.items())
        raise UserError(f"{key}: {kind} refuses {given or 'its defaults'}: {error}") from error
    lookback, parts = feature.lookback, feature.parts
    if not isinstance(lookback, int) or lookback < 0 or not isinstance(parts, tuple) or not parts:
        raise UserError(
            f"{key}: {kind} has lookback={lookback!r} and parts={parts!r}; a feature needs a "
            "whole number of bars and a tuple of names"
        )
    return feature
