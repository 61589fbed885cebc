from typing import Any, get_args

import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.conf.schema.files import ColumnsConfig
from tradegym.envs.data import sources
from tradegym.envs.data.sources import SOURCES, load_dataset


def unchecked(**values: Any) -> DatasetConfig:
    return DatasetConfig.model_construct(**values)


@pytest.mark.parametrize("name", ["sp500", "nasdaq"])
def test_the_packaged_indices(name):
    assert load_dataset(DatasetConfig(source=name)).name == name


def test_csv_takes_every_option(write_csv):
    rows = "".join(f"2020.01.{day:02d};1;2;{day};0.5;3\n" for day in range(1, 9))
    path = write_csv("when;o;h;vol1;l;c\n" + rows)
    columns = ColumnsConfig(datetime="when", open="O", high="h", low="l", close="c", volume="vol1")
    # Close 3 is above high 2: the columns really are those that were named.
    with pytest.raises(UserError, match="line 2, column 'c': value '3' is outside"):
        load_dataset(DatasetConfig(source="csv", filename=path, columns=columns))
    columns = ColumnsConfig(datetime="when", open="o", high="c", low="l", close="h", volume="vol1")
    dataset = load_dataset(
        DatasetConfig(
            source="csv", filename=path, columns=columns, delimiter=";", timezone="Etc/GMT+5"
        )
    )
    assert dataset.ohlcv[6, 0].tolist() == [1, 3, 0.5, 2, 7]
    assert str(dataset.times[0]) == "2020-01-01T05:00:00.000000000"


def test_every_source_of_the_schema_is_registered():
    names = set(get_args(DatasetConfig.model_fields["source"].annotation))
    # Synthetic bars are made for each episode: the environment's builder does it.
    assert names - {"synthetic", "mixed"} == set(SOURCES) - {"synthetic", "mixed"}


def test_a_new_source_is_one_decorated_function(monkeypatch, make_dataset):
    monkeypatch.setattr(sources, "SOURCES", dict(SOURCES))
    made = make_dataset(10)
    sources.source("made")(lambda config: made)
    assert load_dataset(unchecked(source="made")) is made


def test_an_unknown_source_is_refused_with_the_nearest():
    with pytest.raises(UserError, match=r"dataset.source=sp50 .*did you mean 'sp500'"):
        load_dataset(unchecked(source="sp50"))


@pytest.mark.parametrize("filename", [None, ""])
def test_csv_needs_a_file(filename):
    config = unchecked(source="csv", filename=filename)
    with pytest.raises(UserError, match=r"dataset\.filename is not set"):
        load_dataset(config)
