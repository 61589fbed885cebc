"""Each process against its theory; limits are four standard errors unless said otherwise."""

import numpy as np
import pytest

from tradegym.envs.data.synthetic.models.fbm import covariance, noise_of
from tradegym.envs.data.synthetic.models.regimes import chain, stationary

N = 100_000
FAST = {"bar_seconds": 3600, "steps_per_bar": 2}


def test_gbm_returns_are_independent_normals(process, log_returns, autocorrelation):
    one = process("gbm", drift=0.3, volatility=0.4, **FAST)
    r = log_returns(one.draw(1, N))[:, 0]
    deviation = 0.4 / np.sqrt(one.bars_per_year)
    mean = (0.3 - 0.4**2 / 2) / one.bars_per_year
    assert abs(r.mean() - mean) < 4 * deviation / np.sqrt(N)
    assert r.std() == pytest.approx(deviation, rel=4 / np.sqrt(2 * N))
    z = (r - r.mean()) / r.std()
    assert abs((z**3).mean()) < 4 * np.sqrt(6 / N)
    assert abs((z**4).mean() - 3) < 4 * np.sqrt(24 / N)
    assert abs(autocorrelation(r, 1)) < 4 / np.sqrt(N)
    assert abs(autocorrelation(r**2, 1)) < 4 / np.sqrt(N)
    for quantile, expected in ((0.001, -3.0902), (0.01, -2.3263), (0.99, 2.3263)):
        assert np.quantile(z, quantile) == pytest.approx(expected, abs=0.12)


def test_the_price_of_gbm_merton_and_heston_grows_by_the_drift(process):
    for kind in ("gbm", "merton", "heston"):
        one = process(
            kind, drift=0.5, volatility=0.3, assets=500, bar_seconds=5 * 86_400, steps_per_bar=2
        )
        ends = np.concatenate([one.draw(key, 73).ohlcv[-1, :, 3] for key in range(8)]) / 100
        expected = np.exp(0.5 * 73 / one.bars_per_year)
        assert ends.mean() == pytest.approx(expected, abs=4 * ends.std() / np.sqrt(4000)), kind


def test_the_range_of_gbm_is_that_of_brownian_motion(process):
    """E[ln(H/L)^2] = 4 ln 2 variance (Parkinson 1980); steps see a little less than all of it."""
    one = process("gbm", drift=0.0, volatility=0.2, bar_seconds=3600, steps_per_bar=500)
    bars = one.draw(1, 3000).ohlcv[:, 0]
    squared = np.log(bars[:, 1] / bars[:, 2]) ** 2 * one.bars_per_year
    assert 0.90 < squared.mean() / (4 * np.log(2) * 0.2**2) < 1.02


def test_ou_has_its_stationary_law_and_memory(process, autocorrelation):
    one = process("ou", reversion=500.0, volatility=2.0, level=50.0, start_price=50.0, **FAST)
    x = np.log(one.draw(1, N).ohlcv[:, 0, 3] / 50)
    keep = np.exp(-500 / one.bars_per_year)
    deviation = 2 / np.sqrt(2 * 500)
    independent = N * (1 - keep) / (1 + keep)
    assert abs(x.mean()) < 4 * deviation / np.sqrt(independent)
    assert x.std() == pytest.approx(deviation, rel=4 / np.sqrt(independent))
    for lag in (1, 10, 30):
        assert autocorrelation(x, lag) == pytest.approx(keep**lag, abs=4 / np.sqrt(independent))


def test_ou_is_exact_for_any_step(process):
    """Mean and variance of the end, from far off the level, do not depend on the step."""
    for steps, seconds in ((1, 10 * 86_400), (10, 10 * 86_400), (1, 86_400)):
        one = process("ou", reversion=10.0, volatility=0.4, level=100.0, start_price=150.0,
                      steps_per_bar=steps, bar_seconds=seconds, assets=1000)  # fmt: skip
        bars = 30 * 86_400 // seconds
        ends = [np.log(one.draw(key, bars).ohlcv[-1, :, 3] / 100) for key in range(4)]
        x, t = np.concatenate(ends), bars / one.bars_per_year
        deviation = 0.4 * np.sqrt(-np.expm1(-20 * t) / 20)
        assert x.mean() == pytest.approx(np.log(1.5) * np.exp(-10 * t), abs=4 * deviation / 63)
        assert x.std() == pytest.approx(deviation, rel=4 / np.sqrt(8000))


def test_merton_has_the_cumulants_of_its_jumps(process, log_returns):
    one = process("merton", volatility=0.1, jump_intensity=100.0, jump_mean=-0.02,
                  jump_volatility=0.03, drift=0.2, bar_seconds=86_400, steps_per_bar=2,
                  assets=20)  # fmt: skip
    r = log_returns(one.draw(1, 10_000)).ravel()
    h, n = 1 / one.bars_per_year, r.size
    moments = {1: -0.02, 2: 0.02**2 + 0.03**2, 3: -(0.02**3) - 3 * 0.02 * 0.03**2,
               4: 0.02**4 + 6 * 0.02**2 * 0.03**2 + 3 * 0.03**4}  # fmt: skip
    growth = np.expm1(-0.02 + 0.03**2 / 2)
    mean = (0.2 - 0.1**2 / 2 - 100 * growth + 100 * moments[1]) * h
    variance = (0.1**2 + 100 * moments[2]) * h
    skewness = 100 * moments[3] * h / variance**1.5
    excess = 100 * moments[4] * h / variance**2
    z = (r - mean) / np.sqrt(variance)
    assert abs(z.mean()) < 4 / np.sqrt(n)
    for power, expected in ((2, 1.0), (3, skewness), (4, 3 + excess)):
        error = (z**power).std() / np.sqrt(n)
        assert (z**power).mean() == pytest.approx(expected, abs=4 * error)


def test_heston_has_the_variance_autocorrelation_and_leverage_of_its_theory(process, log_returns):
    speed, xi, theta, rho = 40.0, 1.5, 0.04, -0.7
    one = process("heston", reversion=speed, vol_of_vol=xi, volatility=0.2, drift=0.0,
                  variance_correlation=rho, steps_per_bar=2, assets=25)  # fmt: skip
    h = 1 / one.bars_per_year
    r = log_returns(one.draw(1, 8000))
    r -= r.mean()
    g = -np.expm1(-speed * h) / (speed * h)
    # Long-run variance; the squares' covariance one bar apart; kurtosis from Var(v) averaged.
    assert (r**2).mean() / h == pytest.approx(theta, rel=0.02)
    spread = xi**2 * theta / (2 * speed)
    covariances = [((r[k:] ** 2 - theta * h) * (r[:-k] ** 2 - theta * h)).mean() for k in (1, 4)]
    for k, measured in zip((1, 4), covariances, strict=True):
        expected = spread * h**2 * g**2 * np.exp(-speed * h * (k - 1))
        # The shocks' correlation adds a little to the lagged covariance, below 15 %.
        assert 0.85 < measured / expected < 1.25, k
    leverage = (r[:-1] * r[1:] ** 2).mean()
    assert leverage == pytest.approx(rho * xi * theta * h**2 * g**2, rel=0.15)


@pytest.mark.parametrize("h", [0.001, 0.05, 0.15, 0.3, 2.0])
def test_hestons_variance_has_exact_moments_however_long_the_step(h):
    """The step is a function of one normal: its quantiles give the moments without noise."""
    from scipy.special import ndtri

    from tradegym.envs.data.synthetic.models.heston import _Variance

    speed, xi, theta, start = 3.0, 0.7, 0.04, 0.09
    walk = _Variance(start, theta, speed, xi, h, np.random.default_rng(1))
    quantiles = ndtri((np.arange(20_000) + 0.5) / 20_000)
    v, keep = np.array([walk._walk([z])[-1] for z in quantiles]), np.exp(-speed * h)
    spread = start * xi**2 * keep * (1 - keep) / speed
    spread += theta * xi**2 * (1 - keep) ** 2 / (2 * speed)
    assert v.min() >= 0
    assert v.mean() == pytest.approx(theta + (start - theta) * keep, rel=0.002)
    assert v.var() == pytest.approx(spread, rel=0.005)


def test_garch_has_fat_tails_and_clusters_of_its_theory(process, log_returns, autocorrelation):
    alpha, beta, nu = 0.1, 0.8, 12.0
    one = process("garch", alpha=alpha, beta=beta, degrees=nu, volatility=0.3, drift=0.1,
                  steps_per_bar=1, assets=20, bar_seconds=3600)  # fmt: skip
    r = log_returns(one.draw(1, 30_000))
    per_year = one.bars_per_year
    assert r.std() * np.sqrt(per_year) == pytest.approx(0.3, rel=0.01)
    fourth = 3 * (nu - 2) / (nu - 4)
    persistence = alpha + beta
    kurtosis = fourth * (1 - persistence**2) / (1 - beta**2 - 2 * alpha * beta - fourth * alpha**2)
    assert (r**4).mean() / (r**2).mean() ** 2 == pytest.approx(kurtosis, rel=0.08)
    # Autocorrelation of squares (Bollerslev 1986): the first, then shrinking by alpha + beta.
    first = alpha * (1 - beta * persistence) / (1 - beta**2 - 2 * alpha * beta)
    for lag in (1, 2, 5):
        measured = np.mean([autocorrelation(r[:, a] ** 2, lag) for a in range(20)])
        assert measured == pytest.approx(first * persistence ** (lag - 1), abs=0.02), lag


def test_the_shocks_of_garch_are_student_t(process, log_returns):
    from scipy.stats import kstest

    one = process("garch", alpha=0.0, beta=0.0, degrees=4.0, volatility=0.2, drift=0.0, **FAST)
    r = log_returns(one.draw(2, 20_000))[:, 0] * np.sqrt(one.bars_per_year) / 0.2
    assert kstest(r * np.sqrt(2), "t", args=(4,)).pvalue > 0.001
    assert kstest(r, "norm").pvalue < 1e-6


def test_regimes_last_and_alternate_as_they_should():
    durations, weights = np.array([50.0, 20.0, 5.0]), np.array([1.0, 2.0, 1.0])
    states = chain(400_000, durations, weights, np.random.default_rng(1))
    changes = np.flatnonzero(np.diff(states)) + 1
    lengths, kinds = np.diff(changes), states[changes[:-1]]
    for state, mean in enumerate(durations):
        own = lengths[kinds == state]
        assert own.mean() == pytest.approx(mean, abs=4 * mean / np.sqrt(len(own)))
    share = np.bincount(states) / len(states)
    np.testing.assert_allclose(share, stationary(durations, weights), atol=0.02)
    after_first = np.bincount(states[changes][1:][kinds == 0], minlength=3)
    assert after_first[0] == 0
    assert after_first[1] / after_first.sum() == pytest.approx(2 / 3, abs=0.03)


def test_regimes_have_their_own_drift_and_volatility(process, log_returns):
    calm = {"drift": 0.0, "volatility": 0.1, "duration": 200}
    wild = {"drift": 0.0, "volatility": 0.5, "duration": 100}
    one = process("regimes", regimes={"bull": calm, "bear": wild}, **FAST)
    r = log_returns(one.draw(3, N))[:, 0] * np.sqrt(one.bars_per_year)
    variance = (2 * 0.1**2 + 0.5**2) / 3
    assert r.var() == pytest.approx(variance, rel=0.1)
    kurtosis = 3 * (2 * 0.1**4 + 0.5**4) / 3 / variance**2
    assert (r**4).mean() / r.var() ** 2 == pytest.approx(kurtosis, rel=0.1)


@pytest.mark.parametrize("hurst", [0.1, 0.3, 0.5, 0.7, 0.95])
def test_fractional_noise_has_its_covariance(hurst):
    rng = np.random.default_rng(3)
    n = 48
    sample = np.stack([noise_of(rng.standard_normal((2, n + 1)), hurst) for _ in range(8000)])
    measured = sample.T @ sample / len(sample)
    lags = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    np.testing.assert_allclose(measured, covariance(hurst, lags.astype(float)), atol=0.065)


@pytest.mark.parametrize("hurst", [0.3, 0.75])
def test_fbm_grows_by_its_hurst_exponent(hurst, process, log_returns):
    one = process("fbm", hurst=hurst, volatility=0.2, drift=0.0, assets=40, steps_per_bar=4)
    r = log_returns(one.draw(1, 4000))
    deviation = 0.2 / np.sqrt(one.bars_per_year)
    for bars in (1, 4, 16):
        grouped = r[: len(r) // bars * bars].reshape(-1, bars, 40).sum(axis=1)
        root = np.sqrt((grouped**2).mean())
        assert root == pytest.approx(deviation * bars**hurst, rel=0.05), bars


def test_sine_is_the_wave_that_its_keys_say(process):
    one = process("sine", level=50.0, amplitude=0.2, period=40.0, phase=0.25, steps_per_bar=20)
    bars = one.draw(1, 200).ohlcv[:, 0]
    t = np.arange(1, 201)
    wave = 50 * (1 + 0.2 * np.sin(2 * np.pi * (t / 40 + 0.25)))
    np.testing.assert_allclose(bars[:, 3], wave, rtol=1e-12)
    assert bars[:, 1].max() == pytest.approx(60, rel=1e-4)
    assert bars[:, 2].min() == pytest.approx(40, rel=1e-4)


def test_the_pairs_gap_is_a_stationary_ou_process(process, autocorrelation):
    one = process("pair", hedge_ratio=1.5, reversion=25.0, residual_volatility=0.3,
                  volatility=0.4, drift=0.0)  # fmt: skip
    drawn = one.draw(1, 60_000)
    logs = np.log(drawn.ohlcv[..., 3] / 100)
    gap = logs[:, 1] - 1.5 * logs[:, 0]
    keep = np.exp(-25 / one.bars_per_year)
    independent = len(gap) * (1 - keep) / (1 + keep)
    deviation = 0.3 / np.sqrt(50)
    assert drawn.assets == ("pair_1", "pair_2")
    assert abs(gap.mean()) < 4 * deviation / np.sqrt(independent)
    assert gap.std() == pytest.approx(deviation, rel=4 / np.sqrt(independent))
    assert autocorrelation(gap, 10) == pytest.approx(keep**10, abs=4 / np.sqrt(independent))
    assert logs[:, 0].std() > 5 * gap.std()


@pytest.mark.parametrize("kind", ["gbm", "ou", "garch", "fbm"])
def test_assets_are_correlated_as_asked(kind, process, log_returns):
    # Without clusters, garch's returns are its shocks.
    keys = {"alpha": 0.0, "beta": 0.0, "degrees": 8.0} if kind == "garch" else {}
    one = process(kind, assets=3, correlation=0.6, steps_per_bar=2, **keys)
    measured = np.corrcoef(log_returns(one.draw(1, 30_000)).T)[np.triu_indices(3, 1)]
    np.testing.assert_allclose(measured, 0.6, atol=0.04)


def test_a_correlation_matrix_and_a_range_of_correlations(process, log_returns):
    wanted = [[1, 0.8, -0.3], [0.8, 1, 0.1], [-0.3, 0.1, 1]]
    one = process("gbm", assets=3, correlation=wanted, steps_per_bar=1)
    measured = np.corrcoef(log_returns(one.draw(1, 40_000)).T)
    np.testing.assert_allclose(measured, wanted, atol=0.02)
    ranged = process("gbm", assets=2, correlation=[-0.9, 0.9], steps_per_bar=1)
    for key in range(4):
        path = ranged.draw_path(key, 5000)
        rho = path.parameters["correlation"][0]
        assert np.corrcoef(log_returns(path.dataset).T)[0, 1] == pytest.approx(rho, abs=0.06)
