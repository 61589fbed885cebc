"""A fitted process recovers known parameters, within four of its own standard errors."""

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.resolve import resolve
from tradegym.conf.schema.process import ProcessConfig
from tradegym.envs.data.packaged import load_packaged
from tradegym.envs.data.synthetic.fitting.fbm import exact_likelihood
from tradegym.envs.data.synthetic.fitting.fit import fit
from tradegym.envs.data.synthetic.fitting.merton import log_density
from tradegym.envs.data.synthetic.models.fbm import covariance
from tradegym.envs.data.synthetic.process import make_process

KNOWN = {
    "gbm": {"drift": 0.3, "volatility": 0.25},
    "ou": {"reversion": 12.0, "level": 80.0, "volatility": 0.3},
    "merton": {"volatility": 0.15, "jump_intensity": 20.0, "jump_mean": -0.02,
               "jump_volatility": 0.05, "drift": 0.1},
    "garch": {"volatility": 0.25, "alpha": 0.1, "beta": 0.85, "degrees": 5.0, "drift": 0.1},
    "fbm": {"hurst": 0.65, "volatility": 0.2, "drift": 0.0},
}  # fmt: skip


@pytest.mark.parametrize("kind", KNOWN)
@pytest.mark.parametrize("key", [1, 2])
def test_known_parameters_are_recovered(kind, key, process):
    drawn = process(kind, **KNOWN[kind]).draw(key, 6000)
    found = fit(kind, drawn)
    assert set(found.parameters) == set(KNOWN[kind])
    for name, true in KNOWN[kind].items():
        estimate = found.parameters[name]
        assert estimate.value == pytest.approx(true, abs=4 * estimate.error), name
        # A standard error says something: the parameters matter.
        assert name == "drift" or estimate.error < 0.35 * abs(true), name
    assert found.aic == pytest.approx(2 * len(KNOWN[kind]) - 2 * found.log_likelihood)


def test_gbm_by_hand(make_dataset):
    dataset = make_dataset(200)
    r, per_year = np.diff(np.log(dataset.ohlcv[:, 0, 3])), dataset.bars_per_year
    found = fit("gbm", dataset)
    volatility = r.std() * np.sqrt(per_year)
    assert found.parameters["volatility"].value == pytest.approx(volatility)
    assert found.parameters["drift"].value == pytest.approx(r.mean() * per_year + volatility**2 / 2)
    density = -((r - r.mean()) ** 2) / (2 * r.var()) - np.log(np.sqrt(2 * np.pi * r.var()))
    assert found.log_likelihood == pytest.approx(density.sum())


def test_standard_errors_are_the_spread_of_estimates(process):
    known = KNOWN["ou"]
    found = [fit("ou", process("ou", **known).draw(key, 2000)) for key in range(60)]
    for name in ("level", "volatility"):
        values = np.array([one.parameters[name].value for one in found])
        errors = np.array([one.parameters[name].error for one in found])
        assert values.std() == pytest.approx(errors.mean(), rel=0.35), name


def test_regimes_are_recovered(process):
    bull = {"drift": 0.2, "volatility": 0.1, "duration": 150}
    bear = {"drift": -0.3, "volatility": 0.35, "duration": 60}
    drawn = process("regimes", regimes={"bull": bull, "bear": bear}).draw(3, 6000)
    found = fit("regimes", drawn).parameters
    for name, regime in (("bull", bull), ("bear", bear)):
        for what, true in regime.items():
            estimate = found[f"regimes.{name}.{what}"]
            assert estimate.value == pytest.approx(true, abs=4 * estimate.error), (name, what)


def test_heston_is_recovered_roughly(process):
    known = {"volatility": 0.2, "reversion": 6.0, "vol_of_vol": 0.5, "variance_correlation": -0.7}
    drawn = process("heston", drift=0.05, **known).draw(5, 5000)
    found = fit("heston", drawn)
    tolerance = {"volatility": 0.2, "reversion": 0.6, "vol_of_vol": 0.25}
    for name, part in tolerance.items():
        assert found.parameters[name].value == pytest.approx(known[name], rel=part), name
    assert found.parameters["variance_correlation"].value == pytest.approx(-0.7, abs=0.3)
    assert found.log_likelihood is None
    assert "one standard deviation of this estimator" in " ".join(found.remarks)


def test_the_regimes_likelihood_is_that_of_statsmodels():
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    from tradegym.envs.data.synthetic.fitting.regimes import _filter

    r = np.random.default_rng(1).normal(0, 0.01, 300)
    parameters = np.array([0.001, -0.002, 0.008, 0.02, 0.02, 0.05])
    other = MarkovRegression(r, k_regimes=2, switching_variance=True)
    given = [1 - 0.02, 0.05, 0.001, -0.002, 0.008**2, 0.02**2]
    assert _filter(r, parameters)[0] == pytest.approx(other.loglike(given), rel=1e-9)


def test_the_likelihood_of_fractional_noise_is_the_multivariate_normals():
    from scipy.stats import multivariate_normal

    noise = np.random.default_rng(2).normal(size=60)
    lags = np.abs(np.subtract.outer(np.arange(60), np.arange(60))).astype(float)
    for hurst in (0.2, 0.5, 0.8):
        expected = multivariate_normal(cov=covariance(hurst, lags)).logpdf(noise)
        assert exact_likelihood(noise, hurst) == pytest.approx(expected, rel=1e-9)


def test_mertons_density_is_one_altogether():
    r = np.linspace(-1, 1, 200_001)
    density = np.exp(log_density(r, 0.001, 0.01, 0.1, -0.02, 0.03))
    assert density.sum() * (r[1] - r[0]) == pytest.approx(1, abs=1e-6)


def test_real_prices_prefer_what_they_are_known_for():
    """Daily index returns: fat tails, clusters, no Brownian motion (Cont 2001)."""
    sp500 = load_packaged("sp500")
    found = {name: fit(name, sp500) for name in ("gbm", "merton", "regimes", "ou", "garch")}
    aic = {name: one.aic for name, one in found.items()}
    assert aic["garch"] < aic["regimes"] < aic["merton"] < aic["gbm"]
    assert found["gbm"].parameters["volatility"].value == pytest.approx(0.191, abs=0.001)
    assert any("misses the tails" in remark for remark in found["gbm"].remarks)
    assert any("cannot be told from a random walk" in remark for remark in found["ou"].remarks)
    assert any("long-run volatility is not determined" in one for one in found["garch"].remarks)


@pytest.mark.parametrize("kind", ["gbm", "merton", "regimes", "fbm"])
def test_a_fits_overrides_make_such_a_market(kind, tmp_path, monkeypatch, process):
    monkeypatch.chdir(tmp_path)
    found = fit(kind, process(kind).draw(1, 3000))
    config = resolve(found.overrides()).config.dataset.process
    assert config.kind == kind
    made = make_process(ProcessConfig.model_validate(config.model_dump(exclude_unset=True)))
    assert made.bars_per_year == pytest.approx(found.bars_per_year, rel=1e-5)


def test_what_cannot_be_fitted(process, make_dataset):
    drawn = process("gbm").draw(1, 200)
    for name in ("sine", "pair", "bootstrap", "gmb"):
        with pytest.raises(UserError, match="cannot be fitted; allowed: fbm, garch, gbm, heston"):
            fit(name, drawn)
    with pytest.raises(UserError, match="a fit needs at least 100"):
        fit("gbm", drawn.slice(0, 50))
    with pytest.raises(UserError, match="has several assets; name one of a, b"):
        fit("gbm", make_dataset(200, assets=("a", "b")))
    with pytest.raises(UserError, match="no asset 'c'; allowed: a, b"):
        fit("gbm", make_dataset(200, assets=("a", "b")), "c")
    assert fit("gbm", make_dataset(200, assets=("a", "b")), "b").asset == "b"
