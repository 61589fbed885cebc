"""Nothing is found where nothing looks ahead."""

import time

import leaks
import numpy as np
import pytest

from tradegym.conf.paths import PACKAGED_DIR
from tradegym.conf.resolve import resolve
from tradegym.experiments.audit import Requests, audit_on_request, run_audit
from tradegym.experiments.reporter import SilentReporter

QUICK = ("audit.cuts=3", "audit.bars=40")
WALK = ("dataset.cls=leaks:clean_bars", "split.train=0.5", "split.validation=0.2")


def packaged(group):
    return sorted(path.stem for path in (PACKAGED_DIR / group).glob("*.yaml"))


def assert_clean(*overrides):
    result = run_audit(resolve([*QUICK, *overrides]), reporter=SilentReporter())
    assert result.status == "passed", [str(one) for one in result.findings]
    return {check.name: check for check in result.checks}


def test_the_default_environment_passes_and_is_played():
    checks = assert_clean("seed=0")
    assert checks["perturb"].detail == "15 cuts"
    assert checks["truncate"].detail == "3 cuts"
    assert int(checks["fills"].detail.split()[0]) > 50


@pytest.mark.slow
@pytest.mark.parametrize("engine", packaged("engine"))
@pytest.mark.parametrize("strategy", packaged("strategy"))
def test_packaged_strategies_and_engines_pass(strategy, engine):
    assert_clean(f"strategy={strategy}", f"engine={engine}")


@pytest.mark.slow
@pytest.mark.parametrize("strategy", packaged("strategy"))
def test_joint_trading_passes(strategy):
    assert_clean(f"strategy={strategy}", "dataset=indices", "strategy.actions.assets=all")


SYNTHETIC = sorted(path.stem for path in (PACKAGED_DIR / "dataset" / "synthetic").glob("*.yaml"))


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["mixed", *(f"synthetic/{name}" for name in SYNTHETIC)])
def test_simulated_datasets_pass(dataset):
    assert_clean(f"dataset={dataset}")


@pytest.mark.slow
@pytest.mark.parametrize("split", packaged("split"))
def test_packaged_splits_pass(split):
    dates = ["split.validation_start=2010-01-01", "split.test_start=2014-01-01"]
    assert_clean(f"split={split}", *(dates if split == "dates" else []))


FEATURES = [
    "{rsi: {kind: RSI, timeperiod: 7}}",
    "{macd: {kind: MACD}}",
    "{bands: {kind: BBANDS}}",
    "{stoch: {kind: STOCH}}",
    "{atr: {kind: ATR, scaler: robust}}",
    "{ema: {kind: EMA, scaler: rolling, scaler_window: 30}}",
    "{kama: {kind: KAMA, scaler: rolling, scaler_window: 20}}",
    "{sar: {kind: SAR, scaler: log}}",
    "{obv: {kind: OBV, scaler: rolling, scaler_window: 10}}",
    "{adx: {kind: ADX, scaler: tanh, scale: 0.01}}",
    "{cycle: {kind: HT_DCPERIOD}}",
    "{t3: {kind: T3, scaler: standard}}",
    "{hammer: {kind: CDLHAMMER, scaler: none}}",
    "{log_return: {}, rsi: {kind: RSI}, cci: {kind: CCI}}",
    "{calendar: {}, log_return: {}}",
    "{zscore: {}, volatility: {}, sma_gradient: {}}",
    "{relative_volume: {}, volume_change: {}}",
    "{change: {kind: difference}}",
]
OPTIONS = [
    "strategy.state.modes=[raw]",
    "strategy.state.modes=[raw,internal,features]",
    "strategy.state.flat=true",
    "strategy.skip_frame=3",
    "strategy.skip_frame=10",
    "engine.latency=2",
    "engine.volume_limit=0.1",
    "strategy.limits.drawdown_call=5",
    "episode.duration=20",
    "strategy.state.internal=[cash,weights,drawdown]",
    "strategy.state.features={log_return: {}, day: {kind: calendar}}",
]


@pytest.mark.slow
@pytest.mark.parametrize("features", FEATURES)
def test_features_that_look_back_pass(features):
    walk = "dataset.cls=leaks:long_walk"
    assert_clean(walk, *WALK[1:], f"strategy.state.features={features}")


@pytest.mark.slow
def test_an_observed_asset_passes():
    features = "{own: {kind: log_return}, other: {kind: RSI, asset: ahead}}"
    data = "dataset.cls=leaks:second_asset_is_tomorrow"
    assert_clean(data, *WALK[1:], f"strategy.state.features={features}")


@pytest.mark.slow
@pytest.mark.parametrize("option", OPTIONS)
def test_options_of_the_environment_pass(option):
    assert_clean(*WALK, option)


@pytest.mark.slow
def test_five_thousand_bars_take_less_than_five_seconds(monkeypatch):
    made = leaks.Dataset.from_arrays("walk", leaks.times(5000), leaks.walk(5000))
    resolved = resolve(["dataset.cls=leaks:clean_bars"])
    started = time.process_time()
    result = run_audit(resolved, reporter=SilentReporter(), objects={"dataset.cls": made})
    assert time.process_time() - started < 5.0
    assert result.status == "passed"


def test_an_audit_that_is_off_says_so():
    result = run_audit(resolve(["audit.mode=off"]), reporter=SilentReporter())
    assert result.to_json() == {"status": "off", "checks": [], "seconds": 0}


@pytest.mark.slow
def test_a_training_fits_nothing_on_later_bars_and_gains_nothing_on_driftless_markets():
    options = [*QUICK, *WALK, "episode.duration=30", "agent.n_steps=64", "agent.batch_size=64"]
    requests = Requests(fit_proof=True, surrogates=4)
    result = audit_on_request(resolve(options), requests, reporter=SilentReporter())
    fit, surrogates = result.checks[-2:]
    assert fit.passed
    assert "210 bars changed" in fit.detail
    assert surrogates.name == "surrogates"
    assert surrogates.passed


@pytest.mark.slow
def test_a_feature_that_knows_the_test_bars_changes_the_weights():
    entry = "strategy.state.features={leak: {kind: 'leaks:GlobalZ', scaler: none}}"
    options = [*QUICK, *WALK, entry, "episode.duration=30", "agent.n_steps=64"]
    options += ["agent.batch_size=64", "strategy.state.time_dim=4"]
    resolved = resolve(options)
    result = audit_on_request(resolved, Requests(fit_proof=True), reporter=SilentReporter())
    wheres = {one.where for one in result.checks[-1].findings}
    assert {"agent: weights", "normaliser: features"} <= wheres


def test_shuffled_bars_have_no_drift():
    from tradegym.experiments.audit.changes import shuffled

    made = shuffled(leaks.clean_bars(), np.random.default_rng(0)).ohlcv[:, 0]
    assert np.mean(made[1:, 3] / made[:-1, 3] - 1) == pytest.approx(0.0, abs=1e-12)
    assert (made[:, 1] >= made[:, [0, 3]].max(axis=1)).all()
    assert (made[:, 2] <= made[:, [0, 3]].min(axis=1)).all()
