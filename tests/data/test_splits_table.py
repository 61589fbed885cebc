"""Folds as rows and as a picture."""

import json

import numpy as np
import pytest
from folds import business_days

from tradegym.conf.schema.split import SplitConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.splits import fold_ranges, fold_rows, make_folds

PURGED = SplitConfig(kind="purged", groups=3, purge=1, embargo=2, validation=0.0)


def test_one_row_per_fold_for_people():
    rows = fold_rows(make_folds(PURGED, business_days(15)), business_days(15))
    assert [*rows[1]] == ["fold", "train", "test", "purged", "embargo"]
    assert rows[1] == {
        "fold": "1",
        "train": "6: 2000-01-03 to 2000-01-06, 2000-01-20 to 2000-01-21",
        "test": "5: 2000-01-10 to 2000-01-14",
        "purged": "2: 2000-01-07 to 2000-01-07, 2000-01-17 to 2000-01-17",
        "embargo": "2: 2000-01-18 to 2000-01-19",
    }
    assert rows[2]["embargo"] == "0"


def test_one_row_per_range_for_programs():
    dataset = business_days(15)
    folds = make_folds(PURGED, dataset)
    rows = json.loads(json.dumps(fold_ranges(folds, dataset)))
    assert [row for row in rows if row["fold"] == 2] == [
        {
            "fold": 2, "role": "train", "group": None, "start": 0, "stop": 9, "bars": 9,
            "first": "2000-01-03T00:00:00Z", "last": "2000-01-13T00:00:00Z",
        },
        {
            "fold": 2, "role": "test", "group": 2, "start": 10, "stop": 15, "bars": 5,
            "first": "2000-01-17T00:00:00Z", "last": "2000-01-21T00:00:00Z",
        },
        {
            "fold": 2, "role": "purged", "group": None, "start": 9, "stop": 10, "bars": 1,
            "first": "2000-01-14T00:00:00Z", "last": "2000-01-14T00:00:00Z",
        },
    ]  # fmt: skip
    assert sum(row["bars"] for row in rows if row["fold"] == 1) == 15


def test_times_of_day_are_shown_for_shorter_bars():
    times = np.datetime64("2017-01-02T09:30", "ns") + np.arange(30) * np.timedelta64(1, "m")
    dataset = Dataset.from_arrays("minutes", times, np.ones((30, 5)))
    rows = fold_rows(make_folds(SplitConfig(), dataset), dataset)
    assert rows[0]["train"] == "18: 2017-01-02 09:30 to 2017-01-02 09:47"


@pytest.fixture
def picture():
    from tradegym.envs.rendering.splits import draw_splits
    from tradegym.envs.rendering.style import to_rgb

    def draw(config, bars, **options):
        dataset = business_days(bars)
        fig = draw_splits(make_folds(config, dataset), dataset.times, name="demo", **options)
        return fig, to_rgb(fig)

    return draw


def share(pixels, color):
    rgb = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return np.mean(np.all(pixels == rgb, axis=2))


def test_the_picture_gives_each_role_its_share(picture):
    from tradegym.envs.rendering import style

    fig, pixels = picture(SplitConfig(train=0.5, validation=0.3), 1000)
    train, validation, test = (
        share(pixels, color) for color in (style.BLUE, style.ORANGE, style.VERMILLION)
    )
    total = train + validation + test
    np.testing.assert_allclose([train / total, validation / total], [0.5, 0.3], atol=0.03)
    assert [text.get_text() for text in fig.legends[0].get_texts()] == [
        "train", "validation", "test",
    ]  # fmt: skip


def test_the_picture_has_a_row_per_fold_and_dates_below(picture):
    config = SplitConfig(kind="combinatorial", groups=5, test_groups=2, purge=8, embargo=4)
    fig, _ = picture(config, 1300, chosen=3)
    (ax,) = fig.axes
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["0", "1", "2", "▸ 3", *map(str, range(4, 10))]
    assert {"2001", "2004"} <= {label.get_text() for label in ax.get_xticklabels()}
    assert [text.get_text() for text in fig.legends[0].get_texts()] == [
        "train", "validation", "test", "purged", "embargo",
    ]  # fmt: skip
    top, bottom = ax.get_ylim()[1], ax.get_ylim()[0]
    assert top < 0 < 9 < bottom  # fold 0 is above


def test_a_bar_is_drawn_at_its_time(picture):
    from matplotlib.dates import date2num

    dataset = business_days(40)
    config = SplitConfig(kind="walk_forward", train_length=20, validation_length=5, test_length=5)
    fig, _ = picture(config.model_copy(update={"purge": 0}), 40)
    train, validation, test = fig.axes[0].collections[:3]
    for drawn, (start, stop) in zip(
        (train, validation, test), ((0, 20), (20, 25), (25, 30)), strict=True
    ):
        corners = drawn.get_paths()[0].vertices[:, 0]
        before = dataset.times[max(start - 1, 0)]
        assert corners.min() == date2num(before)
        assert corners.max() == date2num(dataset.times[stop - 1])


def test_too_many_folds_are_cut_and_the_picture_says_so(picture):
    fig, pixels = picture(SplitConfig(kind="combinatorial", groups=12, purge=0), 300)
    texts = [text.get_text() for text in fig.texts]
    assert "66 folds, 300 bars; the first 60 are drawn" in texts
    assert len(fig.axes[0].get_yticks()) == 60
    assert pixels.shape[0] < 1300
