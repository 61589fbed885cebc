import numpy as np
import pytest

SPREAD = {"minimum": 0.001, "maximum": 0.005, "alpha": 2, "beta": 3}


def test_the_spread_has_its_beta_distribution(process):
    from scipy.stats import beta, kstest

    path = process("gbm", spread=SPREAD, steps_per_bar=1).draw_path(1, 5000)
    unit = (path.spread[:, 0] - 0.001) / 0.004
    assert kstest(unit, beta(2, 3).cdf).pvalue > 0.001


def test_half_the_spread_is_added_to_high_and_taken_from_low(process):
    plain = process("gbm").draw_path(1, 100)
    path = process("gbm", spread=SPREAD).draw_path(1, 100)
    assert plain.spread is None
    before, after = plain.dataset.ohlcv, path.dataset.ohlcv
    np.testing.assert_array_equal(after[..., [0, 3, 4]], before[..., [0, 3, 4]])
    np.testing.assert_allclose(after[..., 1], before[..., 1] * (1 + path.spread / 2))
    np.testing.assert_allclose(after[..., 2], before[..., 2] * (1 - path.spread / 2))


def test_volume_has_its_mean_and_follows_the_size_of_moves(process, log_returns):
    def volume(**keys):
        drawn = process("gbm", volume={"mean": 500, **keys}, steps_per_bar=2).draw(1, 20_000)
        return drawn.ohlcv[1:, 0, 4], np.abs(log_returns(drawn)[:, 0])

    traded, move = volume(reaction=0.5, noise=0.3)
    assert traded.mean() == pytest.approx(500, rel=0.02)
    assert np.corrcoef(traded, move)[0, 1] > 0.5
    steady, _ = volume(reaction=0, noise=0)
    np.testing.assert_allclose(steady, 500)
    follows, move = volume(reaction=1, noise=0)
    np.testing.assert_allclose(follows / move, (follows / move)[0])
    none, _ = volume(mean=0)
    assert not none.any()


@pytest.mark.parametrize("kind", ["ou", "merton", "heston", "garch", "regimes", "fbm", "pair"])
def test_the_mean_volume_is_right_for_every_process(kind, process):
    drawn = process(kind, volume={"mean": 500, "reaction": 1, "noise": 0}).draw(2, 20_000)
    # Fat tails have a smaller mean move for their deviation.
    assert 0.7 < drawn.ohlcv[..., 4].mean() / 500 < 1.1
