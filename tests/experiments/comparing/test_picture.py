"""The picture of several runs."""

import numpy as np
import pytest
from stored_runs import make_run, make_seeds, returns_of

from tradegym.conf.errors import UserError
from tradegym.envs.rendering import style
from tradegym.experiments.comparing.compare import compare_runs
from tradegym.experiments.comparing.picture import MOST_RUNS, plot_compared, plot_runs
from tradegym.experiments.comparing.series import read_series
from tradegym.experiments.comparing.stored import read_run


def compared(root, number, **options):
    paths = [
        make_run(root, f"run-{n}", returns_of(n), baseline=returns_of(99)) for n in range(number)
    ]
    return compare_runs([read_run(path) for path in paths], metrics=["sharpe"], **options)


def test_twelve_curves_can_be_told_apart(tmp_path):
    paths = [make_run(tmp_path, f"run-{n}", returns_of(n)) for n in range(MOST_RUNS)]
    series = {read_run(path).name: read_series(read_run(path)) for path in paths}
    figure = plot_runs(series, "Twelve")
    assert style.to_rgb(figure).shape == (780, 1200, 3)
    growth, fall = figure.axes
    lines = growth.get_lines()[:MOST_RUNS]
    for n, line in enumerate(lines):
        np.testing.assert_allclose(line.get_ydata(), np.cumprod(1 + returns_of(n)) - 1)
    assert len({(line.get_color(), str(line._dash_pattern)) for line in lines}) == MOST_RUNS
    assert np.max(fall.get_lines()[0].get_ydata()) == 0.0
    (legend,) = figure.legends
    gain = np.prod(1 + returns_of(0)) - 1
    assert legend.get_texts()[0].get_text() == f"run-0 ({gain:+.1%})"


def test_the_baseline_is_drawn_too(tmp_path):
    figure = plot_compared(compared(tmp_path, 2, baseline="buy_and_hold"))
    texts = [one.get_text() for one in figure.legends[0].get_texts()]
    assert texts[-1].startswith("buy_and_hold (")


def test_buy_and_hold_is_drawn_where_there_is_room(tmp_path):
    def names(number):
        figure = plot_compared(compared(tmp_path / str(number), number))
        return [one.get_text().partition(" ")[0] for one in figure.legends[0].get_texts()]

    assert names(2) == ["run-0", "run-1", "buy_and_hold"]
    assert "buy_and_hold" not in names(MOST_RUNS)


def test_several_seeds_are_drawn_as_their_mean(tmp_path):
    seeds = [make_run(tmp_path, f"a{n}", returns_of(n), seed=n) for n in range(2)]
    others = [make_run(tmp_path, f"b{n}", returns_of(n + 5), seed=n) for n in range(2)]
    parents = [make_seeds(tmp_path, "a", [1, 2], runs=seeds),
               make_seeds(tmp_path, "bb", [1, 2], runs=others)]  # fmt: skip
    found = compare_runs([read_run(path) for path in parents], metrics=["sharpe"])
    growth, _ = plot_compared(found).axes
    mean = (returns_of(0) + returns_of(1)) / 2
    np.testing.assert_allclose(growth.get_lines()[0].get_ydata(), np.cumprod(1 + mean) - 1)


def test_too_many_or_none(tmp_path):
    with pytest.raises(UserError, match="at most 12 curves fit, these are 13"):
        plot_runs({str(n): None for n in range(13)}, "Thirteen")
    paths = [make_seeds(tmp_path / "b", name, [1, 2, 3]) for name in ("one", "others")]
    with pytest.raises(UserError, match="no equity curve"):
        plot_compared(compare_runs([read_run(path) for path in paths]))
    one = make_run(tmp_path / "c", "one", returns_of(1))
    far = make_run(tmp_path / "c", "far", returns_of(1), first="2030-01-01")
    with pytest.raises(UserError, match="no test bars in common"):
        plot_compared(compare_runs([read_run(one), read_run(far)]))
