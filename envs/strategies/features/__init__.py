"""Declarative features: causal functions of the bars, scaled with statistics of the train split.

Importing the package registers every kind and every scaler.
"""

from tradegym.envs.strategies.features import cycles, difference, returns, sma_gradient, volume
from tradegym.envs.strategies.features.bars import Bars
from tradegym.envs.strategies.features.base import FEATURES, Feature, feature
from tradegym.envs.strategies.features.feature_set import FeatureSet, FittedFeature
from tradegym.envs.strategies.features.fitting import (
    feature_width,
    features_lookback,
    fit_features,
)
from tradegym.envs.strategies.features.scalers import SCALERS, Scaler, ScalerKind, scaler
from tradegym.envs.strategies.features.table import FeatureTable

__all__ = [
    "FEATURES",
    "SCALERS",
    "Bars",
    "Feature",
    "FeatureSet",
    "FeatureTable",
    "FittedFeature",
    "Scaler",
    "ScalerKind",
    "cycles",
    "difference",
    "feature",
    "feature_width",
    "features_lookback",
    "fit_features",
    "returns",
    "scaler",
    "sma_gradient",
    "volume",
]
