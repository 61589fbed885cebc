"""A repair writes a new file, says what it changed, and guesses nothing."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from bad_inputs import BAD_INPUTS
from bar_files import HEADER, good_lines, good_rows, put, text_of

from tradegym.conf.errors import UserError
from tradegym.conf.schema.dataset import DatasetConfig
from tradegym.envs.data.csv_file import load_csv
from tradegym.envs.data.repair import repair
from tradegym.envs.data.validation.finding import Severity
from tradegym.envs.data.validation.inspection import inspect
from tradegym.envs.data.validation.number_text import as_number, comma_is_decimal


def bars_of(text, tmp_path, name="expected.csv"):
    dataset = load_csv(put(tmp_path, text, name=name)["filename"])
    return dataset.times, dataset.ohlcv


@pytest.fixture
def repaired(tmp_path):
    """Repair a text; return the changes and the lines of the copy."""

    def run(content, **options):
        path = Path(put(tmp_path, content)["filename"])
        before = hashlib.sha256(path.read_bytes()).hexdigest()
        out = tmp_path / "out.csv"
        config = DatasetConfig.model_validate(
            {"source": "csv", "filename": str(path), "cache": False, **options}
        )
        changes = repair(path, out, config)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == before
        return [(c.row, c.column, c.before, c.after, c.rule) for c in changes], out

    return run


def equal(out, lines, tmp_path):
    """Whether the copy holds the bars of these lines."""
    times, ohlcv = bars_of(text_of(lines), tmp_path)
    dataset = load_csv(str(out))
    return np.array_equal(dataset.times, times) and np.array_equal(dataset.ohlcv, ohlcv)


def with_cells(line, **cells):
    lines = good_lines()
    row = lines[line - 1].split(",")
    for name, value in cells.items():
        row[HEADER.split(",").index(name)] = value
    lines[line - 1] = ",".join(row)
    return lines


def test_a_good_file_is_copied(repaired, tmp_path):
    changes, out = repaired(text_of(good_lines()))
    assert changes == []
    assert out.read_text() == text_of(good_lines())


LINES = good_lines()
HIGH_17, LOW_17 = LINES[16].split(",")[2:4]

TEXTS = {
    "line above the header": (["Prices", *LINES], [(1, "", "Prices", "", "above_header")]),
    "blank line": ([*LINES[:9], "  ", *LINES[9:]], [(10, "", "", "", "blank_line")]),
    "second header": (
        [*LINES[:9], HEADER, *LINES[9:]],
        [(10, "", HEADER, "", "second_header")],
    ),
    "truncated end": ([*LINES, "2020-03-01,99.2,"], [(62, "", "2020-03-01,99.2,", "", "end")]),
    "footer": ([*LINES, "total,60"], [(62, "", "total,60", "", "truncated_end")]),
    "surplus cells": (
        [*LINES[:9], LINES[9] + ",,", *LINES[10:]],
        [(10, "", LINES[9] + ",,", LINES[9], "surplus_cells")],
    ),
    "no prices": (
        [*LINES[:9], "2020-01-08T12:00,,,,,", *LINES[9:]],
        [(10, "", "2020-01-08T12:00,,,,,", "", "no_prices")],
    ),
    "no trade": (
        [*LINES[:9], "2020-01-08,0,0,0,0,0", *LINES[9:]],
        [(10, "", "2020-01-08,0,0,0,0,0", "", "no_prices")],
    ),
    "duplicate": (
        [*LINES[:9], LINES[8], *LINES[9:]],
        [(10, "", LINES[8], "", "duplicate")],
    ),
    "order": (
        [*LINES[:4], LINES[7], *LINES[4:7], *LINES[8:]],
        [
            (6, "", "line 6", "before line 5", "order"),
            (7, "", "line 7", "before line 5", "order"),
            (8, "", "line 8", "before line 5", "order"),
        ],
    ),
    "newest first": (
        [HEADER, *LINES[:0:-1]],
        [(2, "", "newest first", "oldest first", "order")],
    ),
    "swapped extremes": (
        with_cells(17, High=LOW_17, Low=HIGH_17),
        [
            (17, "High", LOW_17, HIGH_17, "high_low_swapped"),
            (17, "Low", HIGH_17, LOW_17, "high_low_swapped"),
        ],
    ),
    "other date": (
        with_cells(17, Date="20200116"),
        [(17, "Date", "20200116", "2020-01-16", "time_format")],
    ),
    "slashes": (
        with_cells(17, Date="2020/01/16"),
        [(17, "Date", "2020/01/16", "2020-01-16", "time_format")],
    ),
    "currency": (
        with_cells(17, High=f"${HIGH_17}"),
        [(17, "High", f"${HIGH_17}", HIGH_17, "number")],
    ),
    "decimal comma": (
        with_cells(17, High='"{}"'.format(HIGH_17.replace(".", ","))),
        [(17, "High", HIGH_17.replace(".", ","), HIGH_17, "number")],
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_what_is_certain_is_repaired(case, repaired, tmp_path):
    lines, expected = TEXTS[case]
    changes, out = repaired(text_of(lines))
    assert [change[:4] for change in changes] == [change[:4] for change in expected]
    assert all(b[4] in a[4] for a, b in zip(changes, expected, strict=True))
    assert equal(out, LINES, tmp_path)


def test_a_missing_volume_is_zero(repaired):
    changes, out = repaired(text_of(with_cells(17, Volume="NA")))
    assert changes == [(17, "Volume", "NA", "0", "no_volume")]
    assert load_csv(str(out)).ohlcv[15, 0, 4] == 0


def test_a_rounding_widens_the_range(repaired):
    close = f"{float(HIGH_17) + 0.00004:.5f}"
    changes, out = repaired(text_of(with_cells(17, Close=close)))
    assert changes == [(17, "High", HIGH_17, close, "rounding")]
    assert load_csv(str(out)).ohlcv[15, 0, 1] == float(close)


def test_a_file_with_decimal_commas(repaired, tmp_path):
    lines = [line.replace(",", ";").replace(".", ",") for line in LINES]
    changes, out = repaired(text_of(lines))
    assert len(changes) == 240
    assert changes[0] == (2, "Open", "100,00", "100.00", "number")
    assert equal(out, LINES, tmp_path)


@pytest.mark.parametrize("order", ["{d}/{m}/{y}", "{m}/{d}/{y}", "{d}.{m}.{y}"])
def test_the_day_is_known_once_it_exceeds_12(repaired, tmp_path, order):
    def other(row):
        year, month, day = row[:10].split("-")
        return order.format(y=year, m=month, d=day) + row[10:]

    changes, out = repaired(text_of([HEADER, *map(other, LINES[1:])]))
    assert len(changes) == 60
    assert equal(out, LINES, tmp_path)
    unclear = [HEADER, *map(other, LINES[1:12])]
    out.unlink()
    changes, out = repaired(text_of(unclear))
    assert changes == []
    assert any(f.severity is Severity.ERROR for f in inspect(out))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_other_encodings(repaired, tmp_path, encoding):
    lines = [f"{HEADER},Börse", *(f"{row},Köln" for row in LINES[1:])]
    changes, out = repaired(text_of(lines).encode(encoding))
    assert changes == [(1, "", encoding, "utf-8", "encoding")]
    assert "Köln" in out.read_text(encoding="utf-8")
    assert equal(out, LINES, tmp_path)


def test_headerless_text(repaired, tmp_path):
    rows = good_rows()
    changes, out = repaired(text_of([*rows[:9], rows[8], *rows[9:]]))
    assert changes == [(10, "", rows[8], "", "duplicate")]
    assert out.read_text() == text_of(rows)


UNSAFE = {
    "missing close": with_cells(17, Close=""),
    "negative": with_cells(17, Low="-5"),
    "infinite": with_cells(17, High="inf"),
    "word": with_cells(17, High="high"),
    "two bars of one time": [*LINES[:9], LINES[8].replace(",", ",1", 1), *LINES[9:]],
    "short row": [*LINES[:9], "2020-01-09,100", *LINES[10:]],
    "impossible date": with_cells(17, Date="2020-02-31"),
    "outside": with_cells(17, Close="500"),
    "tenfold": [*LINES[:16], LINES[16].replace(".", ""), *LINES[17:]],
    "ambiguous comma": [
        HEADER.replace(",", ";"),
        *(f"{row[:10]};1,234;1,300;1,200;1,250;9" for row in LINES[1:]),
    ],
}


@pytest.mark.parametrize("case", UNSAFE)
def test_what_would_be_a_guess_is_reported(case, repaired):
    changes, out = repaired(text_of(UNSAFE[case]))
    assert changes == []
    assert out.read_text() == text_of(UNSAFE[case])
    assert any(finding.severity is Severity.ERROR for finding in inspect(out))


@pytest.mark.parametrize("case", BAD_INPUTS, ids=lambda one: one.name)
def test_a_repair_never_touches_the_original_and_never_fails_unclearly(case, tmp_path):
    keys = case.write(tmp_path)
    path = Path(keys["filename"]) if isinstance(keys["filename"], str) else None
    if path is None:
        pytest.skip("one file at a time is repaired")
    there = path.is_file() and not path.is_symlink()
    before = path.read_bytes() if there else b""
    config = DatasetConfig.model_validate({"source": "csv", "cache": False} | keys)
    refusals = []
    try:
        repair(path, tmp_path / "out.csv", config)
    except UserError as error:
        refusals.append(str(error))
    assert all(line.isprintable() for line in refusals)
    assert (tmp_path / "out.csv").exists() == (not refusals)
    assert not there or path.read_bytes() == before


def test_a_second_repair_has_nothing_to_do(tmp_path):
    lines, _ = TEXTS["order"]
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    repair(put(tmp_path, text_of(lines))["filename"], first)
    assert repair(first, second) == ()
    assert first.read_text() == second.read_text()


def test_an_existing_file_is_not_overwritten(tmp_path):
    path = put(tmp_path, text_of(LINES))["filename"]
    out = tmp_path / "out.csv"
    out.write_text("mine")
    for target in (out, path, tmp_path):
        with pytest.raises(UserError, match="exists already"):
            repair(path, target)
    assert out.read_text() == "mine"
    (tmp_path / "link.csv").symlink_to(tmp_path / "nothing.csv")
    with pytest.raises(UserError, match="exists already"):
        repair(path, tmp_path / "link.csv")
    with pytest.raises(UserError, match="cannot be written"):
        repair(path, tmp_path / "none" / "out.csv")


def test_parquet_is_not_repaired(tmp_path):
    config = DatasetConfig.model_validate({"source": "parquet", "filename": "x.parquet"})
    with pytest.raises(UserError, match="only text files"):
        repair("x.parquet", tmp_path / "out.csv", config)


@pytest.mark.parametrize(
    ("cell", "decimal", "number"),
    [
        ("1.5", None, None),
        ("1,5", None, "1.5"),
        ("1,234", None, None),
        ("1,234", True, "1.234"),
        ("1,234", False, "1234"),
        ("0,234", None, "0.234"),
        ("1,234.5", None, "1234.5"),
        ("1.234,5", None, "1234.5"),
        ("1,234,567", None, "1234567"),
        ("1 234,5", None, "1234.5"),
        ("1'234.5", None, "1234.5"),
        ("€ 5", None, "5"),
        ("5 €", None, "5"),
        ("-3,5", None, "-3.5"),
        ("1_000", None, None),
        ("1,23,4", None, None),
        ("=1+1", None, None),
        ("12k", None, None),
        ("", None, None),
    ],
)
def test_numbers_for_people(cell, decimal, number):
    assert as_number(cell, decimal) == number


def test_what_a_comma_means():
    assert comma_is_decimal(["1,5", "1,234"]) is True
    assert comma_is_decimal(["1.5", "1,234"]) is False
    assert comma_is_decimal(["1,234", "1,300"]) is None
    assert comma_is_decimal(["1,5", "1.5"]) is None
