"""Every planted leak is found, and named."""

import leaks
import pytest

from tradegym.conf.resolve import resolve
from tradegym.experiments.audit import Requests, audit_on_request, run_audit
from tradegym.experiments.reporter import SilentReporter

QUICK = ("dataset.cls=leaks:clean_bars", "audit.cuts=3", "audit.bars=30")
ROOMY = ("split.train=0.5", "split.validation=0.2")

FEATURES = [
    "ShiftOne", "ShiftFive", "Centred", "GlobalZ", "GlobalMinMax", "Backfill", "Interpolated",
    "WeeklyBackfill", "RankAll", "Fft", "Pca", "FinalValue", "Zigzag", "TripleBarrier",
    "Polynomial", "Gaussian", "TwoWay", "ReversedEwm", "FutureMax", "Quantiles", "Winsorised",
    "Drawdown", "NextOpen", "VolumeShare", "TomorrowsVolume", "Remembered",
]  # fmt: skip


QUICKLY_TESTED = {
    "ShiftOne", "Centred", "GlobalZ", "Backfill", "Fft", "Remembered", "all_rows", "PeeksClose",
    "PeeksAtFirst", "PaysTheNextClose", "EndsBeforeTheFall", "SizesByTomorrow", "same_close",
    "best_of_bar", "cheats_on_close",
}  # fmt: skip


def some_slow(names):
    """One of each kind is tested at once, the others with what takes longer."""
    slow = pytest.mark.slow
    return [name if name in QUICKLY_TESTED else pytest.param(name, marks=slow) for name in names]


def found(*overrides):
    result = run_audit(resolve([*QUICK, *ROOMY, *overrides]), reporter=SilentReporter())
    assert (result.status == "failed") == bool(result.findings)
    return result


def places(result, *names):
    return {
        finding.where
        for check in result.checks
        if not names or check.name in names
        for finding in check.findings
    }


def feature(name, **options):
    entry = ", ".join([f"kind: 'leaks:{name}'", *(f"{k}: {v}" for k, v in options.items())])
    return [
        "strategy.state.time_dim=4",
        "strategy.state.features={log_return: {}, leak: {" + entry + "}}",
    ]


@pytest.mark.parametrize("name", some_slow(FEATURES))
def test_a_feature_that_looks_ahead_is_named(name):
    wheres = places(found(*feature(name)))
    assert "features: leak" in wheres
    assert "features: log_return" not in wheres


@pytest.mark.parametrize("scaler", some_slow(["all_rows", "all_ranks"]))
def test_a_scaler_that_is_fitted_on_all_rows_is_found(scaler):
    entry = f"strategy.state.features={{scaled: {{kind: RSI, scaler: {scaler}}}}}"
    assert "features: scaled" in places(found("strategy.state.time_dim=4", entry))


STRATEGIES = {
    "PeeksClose": "state: view[0]",
    "PeeksBeyondTheEnd": "environment",
    "PeeksRarely": "state: view[1]",
    "PeeksAtFirst": "state: view[1]",
    "ReversedIndicator": "state: view[0]",
    "PeekingIndicator": "state: view[0]",
    "EpisodeScaled": "state: view[0]",
    "BarsLeft": "state: view[0]",
    "InfoOfTheNextBar": "info: hint",
    "PaysTheNextClose": "reward: strategy",
    "PaysTheFutureMaximum": "reward: strategy",
    "EndsBeforeTheFall": "ending",
    "EndsAtTheTop": "ending",
    "SizesByTomorrow": "order: size of walk",
    "SkipsLosses": "order",
}


@pytest.mark.parametrize("name", some_slow(STRATEGIES))
def test_a_strategy_class_that_looks_ahead_is_found(name):
    wheres = places(found(f"strategy.cls=leaks:{name}"))
    assert any(one.startswith(STRATEGIES[name]) for one in wheres), wheres


BROKERS = {
    "same_close": "(that of the decision)",
    "best_of_bar": "better than",
    "next_close": "the close of bar",
    "later_open": "the open of bar",
    "cheats_on_close": "close of their own bar",
    "cheats_on_open": "open is seen",
    "orders_the_close": "Order.Close",
}


@pytest.mark.parametrize("name", some_slow(BROKERS))
def test_a_broker_that_fills_at_known_or_better_prices_is_found(name):
    result = found(f"engine.cerebro=leaky_brokers:{name}")
    (check,) = [one for one in result.checks if one.name == "fills"]
    assert any(BROKERS[name] in one.detail for one in check.findings), check.findings


@pytest.mark.slow
def test_a_broker_that_looks_at_the_next_bar_before_it_fills_is_found():
    assert places(found("engine.cerebro=leaky_brokers:only_gains"), "perturb")


@pytest.mark.slow
def test_a_strategy_within_a_cerebro_that_looks_ahead_is_found():
    assert "state: view[0]" in places(
        found("engine.cerebro=leaky_brokers:peeking_cerebro"), "perturb"
    )


def test_a_registered_reward_term_that_looks_ahead_is_named():
    wheres = places(found("strategy.cls=leaks:PaysByATerm"))
    assert "reward: of_the_strategy" in wheres
    assert "reward: log_return" not in wheres


def test_an_honest_cerebro_passes():
    assert found("engine.cerebro=leaky_brokers:honest").findings == ()


def test_an_honest_strategy_class_passes():
    assert found("strategy.cls=leaks:Plain").findings == ()


def test_a_finding_says_bar_time_and_size():
    result = found(*feature("ShiftOne", scaler="none"))
    (check,) = [one for one in result.checks if one.name == "perturb"]
    (one,) = [finding for finding in check.findings if finding.where == "features: leak"]
    assert one.bar is not None
    assert one.time == f"{leaks.times()[one.bar]!s:.19}"
    assert 0.0 < one.size < 10.0
    assert "bars after" in one.detail


def probe(*overrides):
    options = [*QUICK[1:], "split.train=0.5", "split.validation=0.3", *overrides]
    result = audit_on_request(resolve(options), Requests(probe=True), reporter=SilentReporter())
    return result.checks[-1]


def test_a_second_asset_that_is_tomorrow_is_found_by_the_probe():
    options = ["dataset.cls=leaks:second_asset_is_tomorrow", "strategy.state.time_dim=4"]
    options += [
        "strategy.state.features={own: {kind: log_return}, other: {kind: log_return, asset: ahead}}"
    ]
    check = probe(*options)
    assert [one.where for one in check.findings] == ["features: other@ahead"]
    assert check.findings[0].size > 0.9


def test_the_probe_finds_nothing_in_a_random_walk():
    options = ["dataset.cls=leaks:long_walk", "strategy.state.modes=[raw,features]"]
    assert probe(*options).passed


@pytest.mark.slow
def test_a_volume_that_is_tomorrows_close_is_found_by_the_probe():
    options = ["dataset.cls=leaks:volume_is_tomorrows_close", "strategy.state.time_dim=4"]
    options += ["strategy.state.features={volume: {kind: 'leaks:Volume', scaler: none}}"]
    assert [one.where for one in probe(*options).findings] == ["features: volume"]


@pytest.mark.slow
def test_a_strategy_that_reads_tomorrow_in_a_file_is_found_by_the_probe():
    options = ["dataset.cls=leaks:clean_bars", "strategy.cls=leaks:ReadsTheFile"]
    assert [one.where for one in probe(*options).findings] == ["state: view[0]"]


@pytest.mark.slow
def test_highs_of_two_days_are_found_by_the_probe():
    options = ["dataset.cls=leaks:highs_are_tomorrows", "strategy.state.modes=[raw]"]
    (one,) = probe(*options).findings
    assert one.where in ("state: raw[1]", "state: raw[2]")
