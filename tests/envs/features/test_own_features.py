"""Features and scalers that users bring: registered from code, or by import path."""

import numpy as np
import pytest
from feature_bars import dataset, of_closes, random_bars, table

from tradegym.conf.errors import UserError
from tradegym.conf.schema.feature_kinds import FEATURE_KINDS
from tradegym.conf.schema.feature_options import SCALER_NAMES
from tradegym.envs.strategies.features import (
    FEATURES,
    SCALERS,
    Feature,
    feature,
    feature_width,
    features_lookback,
    scaler,
)

MODULE = """
import numpy as np
from tradegym.envs.strategies.features import Feature

class Gap(Feature):
    def __init__(self, *, factor=1.0, bars):
        if bars < 1:
            raise ValueError("bars must be above 0")
        self.lookback = bars
        self.parts = ("up", "down")
        self.factor = factor

    def compute(self, bars):
        gap = np.full(len(bars), np.nan)
        gap[self.lookback:] = bars.open[self.lookback:] - bars.close[:-self.lookback]
        gap *= self.factor
        return np.stack([np.maximum(gap, 0), np.minimum(gap, 0)], axis=1)

class Wide(Feature):
    def compute(self, bars):
        return np.ones((len(bars), 2))

class Endless(Feature):
    lookback = None

    def compute(self, bars):
        return bars.close

class Other:
    pass
"""


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "my_features.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.fixture
def registries():
    before = [(registry, dict(registry)) for registry in (FEATURES, FEATURE_KINDS, SCALERS)]
    names = list(SCALER_NAMES)
    yield
    for registry, content in before:
        registry.clear()
        registry.update(content)
    SCALER_NAMES[:] = names


def test_by_import_path(module):
    options = {"gap": {"kind": "my_features:Gap", "factor": 2.0, "bars": 1, "scaler": "none"}}
    bars = of_closes([1, 3, 2])
    found = table(bars, **options)
    np.testing.assert_array_equal(found.values, 0)  # each bar opens at the close before
    bars = bars.ohlcv.copy()
    bars[:, 0, 0] = [1, 4, 1]
    found = table(dataset(bars[:, 0]), **options)
    np.testing.assert_array_equal(found.values, [[0, 0], [6, 0], [0, -4]])
    assert found.names == ("gap.up", "gap.down")
    assert (feature_width(options, 3), features_lookback(options)) == (6, 1)


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        (
            {"kind": "my_features:Gap", "barz": 1},
            (
                "x.barz: my_features:Gap has no such option; allowed: factor, bars, kind, scale, "
                "scaler, scaler_window, clip, asset; did you mean 'bars'?"
            ),
        ),
        ({"kind": "my_features:Gap"}, "x.bars: missing; my_features:Gap needs it"),
        (
            {"kind": "my_features:Gap", "bars": 0},
            "x: my_features:Gap refuses bars=0: bars must be above 0",
        ),
        ({"kind": "my_features:Gab"}, "x.kind: 'my_features' has no 'Gab'; did you mean 'Gap'?"),
        (
            {"kind": "my_features:Other"},
            (
                "x.kind: 'my_features:Other' is the class Other; it must be a subclass of "
                "tradegym.envs.strategies.features.base.Feature"
            ),
        ),
        (
            {"kind": "my_features:Wide"},
            (
                "x: my_features:Wide returned an array of shape (60, 2); for 60 bars and 1 columns "
                "it must be (60, 1)"
            ),
        ),
        (
            {"kind": "my_features:Endless"},
            (
                "x: my_features:Endless has lookback=None and parts=('',); a feature needs a whole "
                "number of bars and a tuple of names"
            ),
        ),
    ],
)
def test_mistakes_are_one_line(module, entry, line):
    with pytest.raises(UserError) as error:
        table(random_bars(60), x=entry)
    assert str(error.value) == f"strategy.state.features.{line}"


def test_registered_from_code(registries):
    @feature("test_double")
    class Double(Feature):
        def __init__(self, *, times: int = 2):
            self.times = times

        def compute(self, bars):
            return bars.close * self.times

    @scaler("test_minus_first")
    def fit(train, options):
        first = train[0]
        return lambda values: values - first

    found = table(of_closes([1, 2, 4]), test_double={"scaler": "test_minus_first", "times": 3})
    np.testing.assert_array_equal(found.values[:, 0], [0, 3, 9])
    with pytest.raises(UserError, match=r"test_double has no such option; .* did you mean 'times'"):
        table(of_closes([1, 2, 4]), test_double={"time": 3})


def test_a_class_that_fails_is_named(registries):
    @feature("test_broken")
    class Broken(Feature):
        def compute(self, bars):
            return bars.no_such_series

    with pytest.raises(UserError, match=r"strategy.state.features.test_broken: .*no_such_series"):
        table(of_closes([1, 2]), test_broken={})
