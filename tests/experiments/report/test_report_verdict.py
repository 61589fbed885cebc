"""The sentence that is made from numbers alone."""

import pytest
from report_runs import make_trained, metrics_of, write_json

from tradegym.experiments.report.files import read_run
from tradegym.experiments.report.verdict import lo_interval, verdict


@pytest.mark.parametrize(
    ("returns", "sharpe", "error"),
    [(12, 0.5, 0.306), (60, 1.0, 0.158), (250, 1.0, 0.077)],
)
def test_standard_errors_of_lo_2002(returns, sharpe, error):
    low, high = lo_interval({"sharpe": sharpe, "bars": returns + 1.0, "bars_per_year": 1.0})
    assert (high - low) / 2 / 1.959964 == pytest.approx(error, abs=6e-4)
    assert (high + low) / 2 == pytest.approx(sharpe)


@pytest.mark.parametrize("missing", ["sharpe", "bars", "bars_per_year"])
def test_no_interval_without_its_numbers(missing):
    table = {"sharpe": 0.5, "bars": 100.0, "bars_per_year": 252.0}
    assert lo_interval(table | {missing: None}) is None


CASES = [
    (0.5, 0.4, "which includes 0 and the 0.400 of buy and hold, so that this record is no"),
    (0.5, 9.0, "which includes 0, so that this record is no evidence of skill"),
    (-4.0, 0.5, "which lies below 0: it lost for the risk it took"),
    (4.0, 3.0, "which is above 0 but not above the 3.000 of buy and hold"),
    (4.0, 0.5, "which is above 0, before any correction for the number of attempts"),
]


@pytest.mark.parametrize(("sharpe", "hold", "expected"), CASES)
def test_sentences(tmp_path, sharpe, hold, expected):
    path = make_trained(tmp_path, n=40)
    (path / "eval" / "2-test" / "luck.json").unlink()
    test = {"agent": metrics_of(sharpe), "buy_and_hold": metrics_of(hold)}
    write_json(path / "result.json", {"test": test})
    text = verdict(read_run(path)).text
    assert text.startswith("On the test split PPO returned +12.34% over 1.6 years, against +12.34%")
    assert expected in text
    assert text.count(". ") == 0
    assert text.endswith(".")


def test_undefined(tmp_path):
    path = make_trained(tmp_path, n=40)
    (path / "eval" / "2-test" / "luck.json").unlink()
    write_json(path / "result.json", {"test": {"agent": metrics_of(None)}})
    text = verdict(read_run(path)).text
    assert text.endswith("its Sharpe ratio is undefined, so nothing can be said about skill.")
