"""`tradegym data generate`, `convert` and `fit`."""

import numpy as np
import pyarrow.parquet as pq
import pytest
from command_line import csv_lines
from data_command import parsed, refusal

from tradegym.conf.resolve import resolve
from tradegym.envs.data.sources import load_dataset
from tradegym.envs.data.synthetic.process import make_process

GBM = ("dataset=synthetic/gbm", "dataset.process.volatility=[0.1,0.3]")


def read(path):
    source = "csv" if path.suffix == ".csv" else "parquet"
    return load_dataset(resolve([f"dataset={source}", f"dataset.filename={path}"]).config.dataset)


def same_bars(one, other):
    return np.array_equal(one.times, other.times) and np.array_equal(one.ohlcv, other.ohlcv)


@pytest.fixture
def daily(tmp_path):
    """A CSV file with 400 daily bars."""
    path = tmp_path / "bars.csv"
    path.write_text("\n".join(csv_lines()) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("suffix", ["parquet", "feather", "csv"])
def test_generate_writes_the_path_of_the_seed(data, tmp_path, suffix):
    done = data("generate", *GBM, "--bars", 300, "--seed", 7, "--out", f"g.{suffix}", "--json")
    found = parsed(done)
    process = make_process(resolve(GBM).config.dataset.process)
    path = process.draw_path(7, 300)
    assert same_bars(read(tmp_path / f"g.{suffix}"), path.dataset)
    assert (found["bars"], found["seed"], found["sha256"]) == (300, 7, path.dataset.sha256)
    assert found["parameters"]["volatility"] == list(path.parameters["volatility"])
    assert 0.1 <= found["parameters"]["volatility"][0] <= 0.3
    assert found["files"] == {"gbm": str(tmp_path / f"g.{suffix}")}


def test_generate_takes_bars_and_seed_from_the_configuration(data, tmp_path):
    done = data("generate", *GBM, "dataset.process.bars=50", "seed=3", "--out", "g.parquet")
    assert (done.returncode, done.stderr) == (0, "")
    assert "seed 3; " in done.stdout
    other = data("generate", *GBM, "--bars", 50, "--seed", 3, "--out", "h.parquet")
    assert other.returncode == 0
    assert same_bars(read(tmp_path / "g.parquet"), read(tmp_path / "h.parquet"))


def test_generate_shorter_bars(data, tmp_path):
    keys = ("dataset.process.bar_seconds=60", "dataset.process.calendar=always")
    done = data("generate", *GBM, *keys, "--bars", 100, "--out", "m.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert same_bars(
        read(tmp_path / "m.csv"),
        make_process(resolve([*GBM, *keys]).config.dataset.process).draw(0, 100),
    )


def test_generate_several_assets_into_several_files(data, tmp_path):
    found = parsed(
        data("generate", "dataset=synthetic/pair", "--bars", 80, "--out", "p.parquet", "--json")
    )
    path = make_process(resolve(["dataset=synthetic/pair"]).config.dataset.process).draw(0, 80)
    assert list(found["files"]) == ["pair_1", "pair_2"]
    for number, asset in enumerate(path.assets):
        one = read(tmp_path / f"p.{asset}.parquet")
        assert np.array_equal(one.ohlcv[:, 0], path.ohlcv[:, number])
    assert not (tmp_path / "p.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--out", "g.csv"), "dataset.source=sp500: makes no bars; choose a process"),
        (GBM, "--out: is missing"),
        ((*GBM, "--out", "g.txt"), "--out: 'g.txt' does not end with one of .parquet, .pq"),
        ((*GBM, "--out", "no/g.csv"), "--out: 'no/g.csv': there is no directory no"),
        ((*GBM, "--out", "g.csv", "--bars", "2"), "--bars"),
        ((*GBM, "--out", "g.csv", "--seed", "-1"), "--seed"),
    ],
    ids=["no-process", "no-out", "suffix", "folder", "bars", "seed"],
)
def test_generate_refuses(data, tmp_path, arguments, line):
    assert line in refusal(data("generate", *arguments))
    assert not list(tmp_path.glob("*.*"))


@pytest.mark.parametrize("suffix", ["parquet", "feather", "csv"])
def test_convert_keeps_every_digit(data, daily, tmp_path, suffix):
    found = parsed(data("convert", daily, "--out", f"new.{suffix}", "--json"))
    assert same_bars(read(tmp_path / f"new.{suffix}"), read(daily))
    assert (found["bars"], found["sha256"]) == (400, read(daily).sha256)


def test_convert_joins_files_and_resamples(data, daily, tmp_path):
    header, *rows = csv_lines()
    for name, part in (("a.csv", rows[:150]), ("b.csv", rows[150:])):
        (tmp_path / name).write_text("\n".join([header, *part]) + "\n", encoding="utf-8")
    done = data("convert", "a.csv", "b.csv", "--out", "both.parquet")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "both.parquet: 400 bars, 2001-01-01 to 2002-02-04 UTC (closes)\n"
    assert same_bars(read(tmp_path / "both.parquet"), read(daily))
    weeks = ("dataset.timestamp=open", "dataset.resample=5D")
    found = parsed(data("convert", "a.csv", "b.csv", *weeks, "--out", "weeks.csv", "--json"))
    assert found["bar_seconds"] == 5 * 86_400
    assert len(read(tmp_path / "weeks.csv")) == found["bars"]


def test_convert_writes_utc(data, daily, tmp_path):
    zone = "dataset.timezone=America/New_York"
    assert data("convert", daily, zone, "--out", "utc.parquet").returncode == 0
    column = pq.read_table(tmp_path / "utc.parquet").column("time")
    assert str(column.type) == "timestamp[ns, tz=UTC]"
    assert read(tmp_path / "utc.parquet").times[0] == np.datetime64("2001-01-01T05:00")


def test_convert_a_dataset_of_several_assets(data, tmp_path):
    assert data("convert", "dataset=indices", "--out", "i.parquet").returncode == 0
    assert sorted(one.name for one in tmp_path.glob("*.parquet")) == [
        "i.nasdaq.parquet",
        "i.sp500.parquet",
    ]


def test_convert_never_overwrites_unless_told(data, daily, tmp_path):
    out = tmp_path / "out.parquet"
    out.write_text("precious")
    line = refusal(data("convert", daily, "--out", "out.parquet"))
    assert line == (
        "tradegym: --out: 'out.parquet' exists already; name a new file, or add --force\n"
    )
    assert out.read_text() == "precious"
    assert data("convert", daily, "--out", "out.parquet", "--force").returncode == 0
    assert same_bars(read(out), read(daily))


def test_convert_never_overwrites_what_it_reads(data, daily):
    before = daily.read_bytes()
    line = refusal(data("convert", "bars.csv", "--out", "./bars.csv", "--force"))
    assert "is the file that is read" in line
    named = ("dataset=csv", f"dataset.filename={daily}")
    assert "is the file that is read" in refusal(
        data("convert", *named, "--out", "bars.csv", "--force")
    )
    assert daily.read_bytes() == before


def test_convert_leaves_nothing_behind_if_the_bars_are_wrong(data, daily, tmp_path):
    daily.write_text(daily.read_text().replace("2001-01-05,", "2001-01-05,-"))
    assert "bars.csv, line 6" in refusal(data("convert", daily, "--out", "new.csv"))
    assert [one.name for one in tmp_path.glob("*.*")] == ["bars.csv"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--out", "a.csv"), "FILE: is missing"),
        (("bars.csv",), "--out: is missing"),
        (("bars.csv", "x.parquet", "--out", "a.csv"), "dataset.filename=x.parquet does not exist"),
        (("bars.csv", "y.parquet", "--out", "a.csv"), "have different formats"),
    ],
    ids=["no-file", "no-out", "missing", "formats"],
)
def test_convert_refuses(data, daily, tmp_path, arguments, line):
    (tmp_path / "y.parquet").touch()
    assert line in refusal(data("convert", *arguments))


def test_fit_finds_the_parameters_of_a_generated_file(data):
    gbm = ("dataset=synthetic/gbm", "dataset.process.volatility=0.25")
    assert data("generate", *gbm, "--bars", 3000, "--out", "g.parquet").returncode == 0
    found = parsed(data("fit", "g.parquet", "--process", "gbm", "--json"))
    volatility = found["parameters"]["volatility"]
    assert abs(volatility["value"] - 0.25) < 4 * volatility["error"] < 0.02
    assert (found["asset"], found["bars"]) == ("g", 3000)
    assert found["remarks"]
    again = data("generate", *found["overrides"], "--bars", 10, "--out", "again.csv")
    assert again.returncode == 0
    shown = data("fit", "g.parquet", "--process", "gbm").stdout
    assert "standard error" in shown
    assert found["remarks"][0] in shown
    assert " ".join(found["overrides"]) in shown


def test_fit_to_the_train_part_knows_nothing_of_the_test(data, daily):
    before = parsed(data("fit", daily, "--process", "gbm", "--part", "train", "--json"))
    header, *rows = csv_lines()
    assert before["bars"] == 240
    changed = [row.replace(",1000", ",5") for row in rows[240:]]
    moved = [",".join([row.split(",")[0], "90", "500", "20", "300", "5"]) for row in changed]
    daily.write_text("\n".join([header, *rows[:240], *moved]) + "\n", encoding="utf-8")
    after = parsed(data("fit", daily, "--process", "gbm", "--part", "train", "--json"))
    assert before == after
    whole = parsed(data("fit", daily, "--process", "gbm", "--json"))
    assert whole["parameters"] != before["parameters"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "--process: is missing; allowed: fbm, garch, gbm, heston"),
        (("--process", "hestn"), "--process: 'hestn' cannot be fitted; allowed"),
        (("--process", "gbm", "--part", "test"), "--part: 'test' is not known; allowed: all, tr"),
        (("--process", "gbm", "dataset=indices"), "has several assets; name one of sp500, nasdaq"),
        (
            ("--process", "gbm", "--part", "train", "split=combinatorial", "split.fold=9"),
            "the train part has 2 separate ranges",
        ),
    ],
    ids=["no-process", "unknown", "part", "asset", "ranges"],
)
def test_fit_refuses(data, arguments, line):
    assert line in refusal(data("fit", *arguments))


def test_fit_one_of_several_assets(data):
    found = parsed(
        data("fit", "dataset=indices", "--asset", "nasdaq", "--process", "gbm", "--json")
    )
    assert found["asset"] == "nasdaq"
