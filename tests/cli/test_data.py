"""`tradegym data`: the datasets to choose from, their numbers and pictures, and their splits."""

import numpy as np
import pytest
from command_line import csv_lines
from data_command import parsed, refusal

from tradegym.conf.groups import GROUPS
from tradegym.conf.listing import list_groups


@pytest.fixture
def file(tmp_path):
    """A CSV file with 400 daily bars."""
    path = tmp_path / "bars.csv"
    path.write_text("\n".join(csv_lines()) + "\n", encoding="utf-8")
    return path


def is_png(path, width=1200):
    content = path.read_bytes()
    return content.startswith(b"\x89PNG") and int.from_bytes(content[16:20]) == width


def test_list_names_every_option_and_its_source(data):
    rows = {row["dataset"]: row for row in parsed(data("list", "--json"))}
    assert "dataset" in GROUPS
    assert set(rows) == {one.name for one in list_groups(["dataset"])}
    assert rows["sp500"]["source"] == "sp500"
    assert rows["histdata"]["source"] == "csv"  # from the option that it is made of
    assert rows["synthetic/gbm"]["source"] == "synthetic"
    assert all(row["description"] for row in rows.values())
    assert "sp500 *" in data("list").stdout


def test_list_has_own_options(data, tmp_path):
    (tmp_path / "conf" / "dataset").mkdir(parents=True)
    mine = tmp_path / "conf" / "dataset" / "mine.yaml"
    mine.write_text("# my bars\ndefaults:\n  - csv\n  - _self_\nfilename: a.csv\n")
    (tmp_path / "conf" / "dataset" / "loop.yaml").write_text("# odd\ndefaults: [loop]\n")
    rows = {row["dataset"]: row for row in parsed(data("list", "--json"))}
    assert rows["mine"]["source"] == "csv"
    assert rows["mine"]["description"] == "my bars"
    assert rows["mine"]["origin"] == "conf/dataset/mine.yaml"
    assert rows["loop"]["source"] == "?"


def test_info_agrees_with_the_file(data, file):
    found = parsed(data("info", file, "--json"))
    close = np.array([float(line.split(",")[4]) for line in csv_lines()[1:]])
    returns = np.diff(np.log(close))
    (asset,) = found["assets"]
    assert (found["dataset"], found["bars"], found["bar_seconds"]) == ("bars", 400, 86_400)
    assert (found["first"], found["last"]) == ("2001-01-01T00:00:00Z", "2002-02-04T00:00:00Z")
    assert found["gaps"] == {"count": 0, "largest": [], "usual_seconds": None, "usual_count": 0}
    assert (asset["first"], asset["last"]) == (close[0], close[-1])
    assert asset["minimum"] == pytest.approx(close.min() - 1)
    assert asset["maximum"] == pytest.approx(close.max() + 1)
    assert asset["volatility"] == pytest.approx(returns.std(ddof=1) * 365.25**0.5)
    assert asset["mean_return"] == pytest.approx(returns.mean() * 365.25)
    assert asset["worst"] == pytest.approx(np.exp(returns.min()) - 1)
    assert (asset["mean_volume"], asset["zero_volume"]) == (1000, 0)
    assert len(found["sha256"]) == 64


def test_info_counts_gaps_and_bars_without_volume(data, file):
    header, *rows = csv_lines()
    rows[30] = rows[30].removesuffix("1000") + "0"
    del rows[100:105], rows[200]
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    found = parsed(data("info", file, "--json"))
    assert found["gaps"]["count"] == 2
    assert [gap["seconds"] / 86_400 for gap in found["gaps"]["largest"]] == [6, 2]
    assert found["gaps"]["largest"][0]["after"] == f"{rows[99][:10]}T00:00:00Z"
    assert found["gaps"]["largest"][0]["before"] == f"{rows[100][:10]}T00:00:00Z"
    assert found["assets"][0]["zero_volume"] == 1
    shown = data("info", file).stdout
    assert "2; most frequent length" in shown
    assert f"6 days: {rows[99][:10]} to {rows[100][:10]}" in shown


def test_info_as_tables_has_every_asset(data):
    done = data("info", "dataset=indices")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert any(line.startswith("sp500 ") and "2,506.85" in line for line in lines)
    assert any(line.startswith("nasdaq ") and "6,635.28" in line for line in lines)
    assert any(line.split()[:2] == ["bars", "5,031"] for line in lines)


@pytest.mark.parametrize("command", ["info", "splits", "fit", "plot"])
def test_a_missing_file_is_one_line(data, file, command):
    more = {"fit": ["--process", "gbm"], "plot": ["--out", "x.png"]}.get(command, [])
    line = refusal(data(command, "bars.cvs", *more))
    assert line == (
        "tradegym: dataset.filename=bars.cvs does not exist; did you mean 'bars.csv'?\n"
    )


def test_two_files_are_refused(data, file):
    assert "only one FILE can be given" in refusal(data("info", "bars.csv", "other.csv"))


def test_a_file_and_a_dataset_that_reads_none(data, file):
    assert "dataset.source=sp500" in refusal(data("info", file, "dataset=sp500"))
    (file.parent / "mine.py").write_text("def make():\n    raise AssertionError\n")
    assert "reads no file" in refusal(data("info", file, "dataset=csv", "dataset.cls=mine:make"))


def test_a_preset_reads_the_file(data, tmp_path):
    lines = [f"20170102 {hour:02}0000;1.1;1.2;1.0;1.1;0" for hour in range(10)]
    (tmp_path / "m.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = parsed(data("info", "m.csv", "dataset=histdata", "dataset.bar_length=null", "--json"))
    assert found["first"] == "2017-01-02T06:00:00Z"  # midnight in New York, one hour later


def test_splits_of_holdout(data, file):
    found = parsed(data("splits", file, "--json"))
    assert (found["kind"], found["fold"], found["folds"]) == ("holdout", 0, 1)
    ranges = {one["role"]: one for one in found["ranges"]}
    assert (ranges["train"]["start"], ranges["test"]["stop"]) == (0, 400)
    assert found["lookback"] > 0
    assert found["horizon"] >= 252


def test_splits_reach_follows_the_configuration(data, file):
    short = parsed(data("splits", file, "episode.duration=20", "--json"))
    long = parsed(data("splits", file, "episode.duration=30", "--json"))
    assert long["horizon"] - short["horizon"] == 10
    assert long["lookback"] == short["lookback"]


def test_splits_as_a_table_and_a_picture(data, tmp_path):
    done = data("splits", "split=walk_forward", "split.fold=1", "--out", "folds.png")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].split()[:2] == ["fold", "train"]
    assert [line[:3] for line in lines if " *" in line[:6]] == ["1 *"]
    assert lines[-1] == "folds.png"
    assert is_png(tmp_path / "folds.png")


def test_splits_without_such_a_fold(data):
    assert "split.fold: 99 does not exist" in refusal(
        data("splits", "split=walk_forward", "split.fold=99")
    )


@pytest.mark.parametrize("chosen", [(), ("dataset=indices",), ("split=combinatorial",)], ids=str)
def test_plot(data, tmp_path, chosen):
    found = parsed(data("plot", *chosen, "--out", "new/prices.png", "--json"))
    assert found["file"] == str(tmp_path / "new" / "prices.png")
    assert found["bars"] == 5031
    assert is_png(tmp_path / "new" / "prices.png")


def test_plot_a_file_that_is_too_short_to_split(data, file, tmp_path):
    file.write_text("\n".join(csv_lines(5)) + "\n", encoding="utf-8")
    done = data("plot", file, "--no-split", "--out", "few.png")
    assert (done.returncode, done.stdout, done.stderr) == (0, "few.png\n", "")
    assert is_png(tmp_path / "few.png")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((), "--out: is missing; name the file to write, such as --out prices.png"),
        (("--out", "a.jpg"), "--out: 'a.jpg' does not end with .png; only PNG files can be"),
    ],
    ids=["missing", "suffix"],
)
def test_plot_needs_a_png(data, arguments, line):
    assert line in refusal(data("plot", *arguments))


def test_validate_and_fetch_are_commands(data, file):
    done = data("validate", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert "bars.csv: 0 error(s)" in done.stdout
    assert "SOURCE" in refusal(data("fetch"))
