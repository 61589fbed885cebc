"""Files that must be refused, in one line: where, which value, what is wrong, what to do."""

import gzip
import os

import pytest

HEADER = "Date,Open,High,Low,Close,Volume"
ROW = "2020-01-{:02d},10,12,9,11,100"
ROWS = [ROW.format(day) for day in range(1, 13)]

CELLS = {
    "text": ("2020-01-05,10,abc,9,11,100", "'High'", "'abc' is not a number"),
    "decimal comma": ('2020-01-05,10,"12,5",9,11,100', "'High'", "'12,5' is not a number"),
    "thousands": ('2020-01-05,"1,000.5",12,9,11,100', "'Open'", "'1,000.5' is not a number"),
    "currency": ("2020-01-05,$10,12,9,11,100", "'Open'", "'$10' is not a number"),
    "underscore": ("2020-01-05,1_0,12,9,11,100", "'Open'", "'1_0' is not a number"),
    "hexadecimal": ("2020-01-05,0x0a,12,9,11,100", "'Open'", "'0x0a' is not a number"),
    "not available": ("2020-01-05,10,12,9,NA,100", "'Close'", "'NA' is not a number"),
    "empty price": ("2020-01-05,10,12,9,,100", "'Close'", "'' is empty"),
    "blank price": ("2020-01-05,10,12,9,  ,100", "'Close'", "'' is empty"),
    "empty volume": ("2020-01-05,10,12,9,11,", "'Volume'", "'' is empty"),
    "nan": ("2020-01-05,10,12,nan,11,100", "'Low'", "'nan' is not a finite number"),
    "infinite": ("2020-01-05,10,inf,9,11,100", "'High'", "'inf' is not a finite number"),
    "overflow": ("2020-01-05,10,1e999,9,11,100", "'High'", "'1e999' is not a finite number"),
    "nan volume": ("2020-01-05,10,12,9,11,NaN", "'Volume'", "'NaN' is not a finite number"),
    "zero": ("2020-01-05,0,12,0,11,100", "'Open'", "'0' is not above zero"),
    "negative": ("2020-01-05,10,12,-9,11,100", "'Low'", "'-9' is not above zero"),
    "negative volume": ("2020-01-05,10,12,9,11,-1", "'Volume'", "'-1' is below zero"),
    "high below low": ("2020-01-05,10,8,9,9,100", "'High'", "'8' is below low 9.0"),
    "open outside": ("2020-01-05,13,12,9,11,100", "'Open'", "'13' is outside low 9.0 to high 12"),
    "close outside": ("2020-01-05,10,12,9,8.5,100", "'Close'", "'8.5' is outside low 9.0 to high"),
    "empty date": (",10,12,9,11,100", "'Date'", "'' is empty"),
    "no date": ("soon,10,12,9,11,100", "'Date'", "'soon' is not written like the first time"),
    "13th month": ("2020-13-05,10,12,9,11,100", "'Date'", "'2020-13-05' is not a date of the"),
    "30 February": ("2020-02-30,10,12,9,11,100", "'Date'", "'2020-02-30' is not a date of the"),
    "other format": ("20200105,10,12,9,11,100", "'Date'", "'20200105' is not written like the"),
    "duplicate": ("2020-01-04,10,12,9,11,100", "'Date'", "'2020-01-04' repeats the time of line 5"),
    "unsorted": ("2019-01-05,10,12,9,11,100", "'Date'", "'2019-01-05' is earlier than line 5"),
    "second header": (HEADER, "'Date'", "'Date' is a second header; remove the line"),
    "escape codes": ("2020-01-05,\x1b[31m1,12,9,11,1", "'Open'", r"'\x1b[31m1' is not a number"),
    "endless": (f"2020-01-05,{'9' * 50}x,12,9,11,1", "'Open'", f"'{'9' * 37}...' is not a number"),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_wrong_cell_is_named(write_csv, refusal, case):
    line, column, problem = CELLS[case]
    message = refusal(write_csv(line6=line))
    assert message.startswith(f"bars.csv, line 6, column {column}: value ")
    assert problem in message
    assert "; " in message, "says what to do"


@pytest.mark.parametrize(("blank", "line"), [("\n", 7), ("\n\n\n", 19)])
def test_blank_lines_count_in_line_numbers(write_csv, refusal, blank, line):
    rows = [HEADER, *ROWS[:4], "2020-01-05,10,x,9,11,100"]
    message = refusal(write_csv(blank + blank.join(rows)))
    assert f"line {line}, column 'High'" in message


def test_lines_without_header_are_counted_from_one(write_csv, refusal):
    message = refusal(write_csv("\n".join([*ROWS[:2], "2020-01-03,10,12,9,x,100"])))
    assert message.startswith("bars.csv, line 3, column 'close': value 'x'")


def test_a_quoted_line_break_does_not_shift_the_line_numbers(write_csv, refusal):
    rows = [HEADER + ",Note", *(f"{row},ok" for row in ROWS)]
    rows[2] += '" and more"'
    rows[3] = ROWS[2] + ',"two\nlines"'
    rows[8] = "2020-01-08,10,x,9,11,100,ok"
    assert "line 10, column 'High': value 'x'" in refusal(write_csv("\n".join(rows)))


STRUCTURE = {
    "empty": ("", "the file is empty"),
    "blank": ("\n \n\n", "the file is empty"),
    "header only": (HEADER + "\n", "has a header but no rows"),
    "one row": ("\n".join([HEADER, *ROWS[:1]]), "has 1 bar(s), at least 3 are needed"),
    "two rows": ("\n".join([HEADER, *ROWS[:2]]), "has 2 bar(s), at least 3 are needed"),
    "short row": (
        "\n".join([HEADER, *ROWS[:3], "2020-01-04,10,12"]),
        "line 5: has 3 column(s) where 6 are expected",
    ),
    "long row": (
        "\n".join([HEADER, *ROWS[:3], ROWS[3] + ",1,2"]),
        "line 5: has 8 column(s) where 6 are expected",
    ),
    "blanks only row": ("\n".join([HEADER, *ROWS[:3], "  ", ROWS[3]]), "line 5: has 1 column(s)"),
    "unclosed quote": (
        "\n".join([HEADER, *ROWS[:3], '"' + ROWS[3], *ROWS[4:]]),
        "line 5: has 1 column(s)",
    ),
    "no close": (
        "\n".join([HEADER.replace("Close", "Closing"), *ROWS]),
        "'Volume'; did you mean 'Closing'?; name it with dataset.columns.close=NAME",
    ),
    "no date": ("\n".join([HEADER.replace("Date", "day"), *ROWS]), "no column for 'datetime'"),
    "headerless and narrow": ("\n".join(row[:18] for row in ROWS), "no column for 'close'"),
    "column twice": (
        "\n".join([HEADER.replace("Volume", "close"), *ROWS]),
        "column 'close' appears 2 times",
    ),
    "date and time unclear": (
        "\n".join(["Date,Time,Open,High,Low,Close", *("1577836800," + row[:21] for row in ROWS)]),
        "both columns 'Date' and 'Time' could hold the time of a bar",
    ),
    "words": ("hello world\nthis is text\n", "line 1: 'hello world' is a single column"),
    "preface": (
        "\n".join(["Data by somebody", HEADER, *ROWS]),
        "line 1: 'Data by somebody' has 1 column(s) where the lines below have 6",
    ),
    "day first": (
        "\n".join([HEADER, *(f"{day}/01/2020,10,12,9,11,100" for day in range(10, 20))]),
        "line 2, column 'Date': value '10/01/2020' is ambiguous, day or month first",
    ),
    "row numbers as dates": (
        "\n".join([HEADER, *(f"{i},10,12,9,11,100" for i in range(10))]),
        "line 2, column 'Date': value '0' is not a time",
    ),
    "newest first": (
        "\n".join([HEADER, *ROWS[::-1]]),
        "line 3, column 'Date': value '2020-01-11' is earlier than line 2; the rows run from new",
    ),
    "swapped columns": (
        "\n".join(["Date,Open,Low,High,Close,Volume", *ROWS]),
        "(12 rows have this fault); check that every column is what its name says",
    ),
    "decimal commas": (
        "\n".join(["Date;Open;High;Low;Close"] + ["2020-01-01;1,5;2,5;1,0;2,0"] * 5),
        "line 2, column 'Open': value '1,5' is not a number",
    ),
    "date and time": (
        "\n".join(["Date,Time,Open,High,Low,Close"] + ["2020-01-01,09:30,10,12,9,11"] * 3),
        "line 3, column 'Date Time': value '2020-01-01 09:30' repeats the time of line 2",
    ),
}


@pytest.mark.parametrize("case", STRUCTURE)
def test_a_wrong_structure_is_named(write_csv, refusal, case):
    content, problem = STRUCTURE[case]
    message = refusal(write_csv(content))
    assert message.startswith("bars.csv")
    assert problem in message


FORMATS = {
    "zip": (b"PK\x03\x04rest", "cannot be read: File is not a zip file"),
    "parquet": (b"PAR1rest", "is a Parquet file"),
    "web page": (b"\n<!DOCTYPE html><html></html>", "is a web page"),
    "json": (b'{"a": [1, 2]}', "is JSON"),
    "utf-16": ("\n".join([HEADER, *ROWS]).encode("utf-16"), "is UTF-16 text"),
    "binary": (bytes(range(1, 256)) + b"\0" * 100, "is a binary file"),
    "latin-1": (
        (HEADER + "\nTag f\u00fcr Tag").encode("latin-1"),
        "line 2: byte 0xfc is not UTF-8",
    ),
    "cut gzip": (gzip.compress(b"\n".join(row.encode() for row in ROWS))[:-9], "cannot be read"),
    "broken gzip": (b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff\xff", "cannot be read"),
}


@pytest.mark.parametrize("case", FORMATS)
def test_what_is_no_csv_file_is_named(write_csv, refusal, case):
    content, problem = FORMATS[case]
    message = refusal(write_csv(content))
    assert "bars.csv" in message
    assert problem in message


def test_a_missing_file_names_its_neighbour(write_csv, refusal):
    path = write_csv(name="eurusd_2017.csv")
    message = refusal(path.replace("2017", "2018"))
    assert message == (
        "dataset.filename=eurusd_2018.csv does not exist; did you mean 'eurusd_2017.csv'?"
    )


def test_a_missing_directory_is_named(tmp_path, refusal):
    assert "there is no directory" in refusal(str(tmp_path / "none" / "bars.csv"))


def test_a_directory_is_refused(tmp_path, refusal):
    (tmp_path / "folder").mkdir()
    assert refusal(str(tmp_path / "folder")).startswith("dataset.filename=folder is a directory")


def test_a_pipe_is_refused_without_waiting(tmp_path, refusal):
    os.mkfifo(tmp_path / "pipe")
    assert "is not a regular file" in refusal(str(tmp_path / "pipe"))


@pytest.mark.parametrize("name", ["a\0b.csv", "two\nlines.csv", "~nobody-has-this-name/x.csv"])
def test_strange_names_stay_in_one_line(name, refusal):
    assert refusal(name).startswith("dataset.filename=")


def test_a_wrong_delimiter_is_named(write_csv, refusal):
    message = refusal(write_csv(), delimiter=";")
    assert "line 1: 'Date,Open,High,Low,Close,Volume' is a single column when divided at" in message
    assert "dataset.delimiter" in message


def test_a_wrong_column_name_is_named_with_the_nearest(write_csv, refusal):
    message = refusal(write_csv(), columns={"close": "Clse"})
    assert "dataset.columns.close=Clse is not a column" in message
    assert message.endswith("did you mean 'Close'?")


def test_a_wrong_zone_is_named_with_the_nearest(write_csv, refusal):
    message = refusal(write_csv(), timezone="America/New_Yrok")
    assert "dataset.timezone=America/New_Yrok is not a time zone" in message
    assert message.endswith("did you mean 'America/New_York'?")


def test_a_clock_change_is_not_guessed(write_csv, refusal):
    rows = [f"2020-11-01 0{hour}:30,10,12,9,11,100" for hour in range(6)]
    message = refusal(write_csv("\n".join([HEADER, *rows])), timezone="America/New_York")
    assert "line 3, column 'Date': value '2020-11-01 01:30' occurs twice or not at all" in message


def test_an_unclosed_quote_in_a_long_file_is_found(write_csv, refusal):
    rows = [f"{1_500_000_000 + i},10,12,9,11,100" for i in range(20_000)]
    rows[7] = '"' + rows[7]
    assert "bars.csv, line 8: has 1 column(s)" in refusal(write_csv("\n".join(rows)))
