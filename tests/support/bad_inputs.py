"""Files that a run must refuse, and what the one line about each of them says.

Each entry writes its file into an empty folder and returns the keys for ``dataset``.
"""

import gzip
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bar_files import HEADER, good_lines, good_rows, put, scaled, text_of

COLUMNS = HEADER.split(",")
LINE = 17  # of the faulty row; the header is line 1


@dataclass(frozen=True)
class BadInput:
    """How to write it, and parts of the message."""

    name: str
    write: Callable[[Path], dict[str, Any]]
    says: tuple[str, ...]


BAD_INPUTS: list[BadInput] = []


def bad(name, *says):
    """Register the decorated writer."""

    def register(write):
        BAD_INPUTS.append(BadInput(name, write, says))
        return write

    return register


def bad_cell(name, column, value, *says):
    """A file in which one cell is wrong."""
    at = COLUMNS.index(column)
    place = f"bars.csv, line {LINE}, column '{column}': value "

    @bad(name, place, *says)
    def write(folder):
        lines = good_lines()
        cells = lines[LINE - 1].split(",")
        cells[at] = value
        lines[LINE - 1] = ",".join(cells)
        return put(folder, text_of(lines))


def bad_text(title, content, *says, **keys):
    """A file with this content."""
    BAD_INPUTS.append(BadInput(title, lambda folder: put(folder, content, **keys), says))


# One cell -----------------------------------------------------------------------------------

bad_cell("text", "High", "abc", "'abc' is not a number")
bad_cell("not a number", "Low", "NaN", "'NaN' is not a finite number")
bad_cell("infinite", "High", "inf", "'inf' is not a finite number")
bad_cell("minus infinite", "Low", "-inf", "'-inf' is not a finite number")
bad_cell("overflow", "High", "1e999", "'1e999' is not a finite number")
bad_cell("not available", "Close", "N/A", "'N/A' is not a number")
bad_cell("empty price", "Close", "", "'' is empty")
bad_cell("empty volume", "Volume", "", "'' is empty")
bad_cell("zero", "Low", "0", "'0' is not above zero")
bad_cell("negative", "Open", "-100", "'-100' is not above zero")
bad_cell("negative volume", "Volume", "-1", "'-1' is below zero")
bad_cell("high below low", "High", "50", "'50' is below low")
bad_cell("open outside", "Open", "150", "'150' is outside low")
bad_cell("close outside", "Close", "50", "'50' is outside low")
bad_cell("decimal comma", "Open", '"100,5"', "'100,5' is not a number")
bad_cell("thousands", "Volume", '"1,000.5"', "'1,000.5' is not a number")
bad_cell("currency", "Open", "$100", "'$100' is not a number")
bad_cell("underscore", "Open", "1_00", "'1_00' is not a number")
bad_cell("formula", "Open", "=A1", "'=A1' is not a number")
bad_cell("terminal codes", "Open", "\x1b[2J1", r"'\x1b[2J1' is not a number")
bad_cell("endless", "Open", "9" * 80 + "x", "...' is not a number")
bad_cell("empty date", "Date", "", "'' is empty")
bad_cell("no date", "Date", "yesterday", "'yesterday' is not written like the first time")
bad_cell("30 February", "Date", "2020-02-30", "'2020-02-30' is not a date of the calendar")
bad_cell("month 13", "Date", "2020-13-01", "'2020-13-01' is not a date of the calendar")
bad_cell("other format", "Date", "20200116", "'20200116' is not written like the first")
bad_cell("duplicate", "Date", "2020-01-15", "repeats the time of line 16", "remove one of the two")
bad_cell("unsorted", "Date", "2020-01-03", "is earlier than line 16", "sort the rows")
bad_cell("one high", "High", "1000", "'1000' is", "the low of the same bar", "decimal separator")
bad_cell("one low", "Low", "1", "'1' is", "the high of the same bar", "decimal separator")

# The whole text -----------------------------------------------------------------------------

bad_text("empty", "", "bars.csv: the file is empty")
bad_text("blank lines", "\n \n\n", "bars.csv: the file is empty")
bad_text("header only", HEADER + "\n", "has a header but no rows")
bad_text("two bars", text_of(good_lines(bars=2)), "has 2 bar(s), at least 3 are needed")
bad_text("words", "hello world\nthis is text\n", "line 1: 'hello world' is a single column")
bad_text("web page", "<!DOCTYPE html><html></html>", "is a web page")
bad_text("JSON", '{"prices": [1, 2]}', "is JSON")
bad_text("PDF", b"%PDF-1.7 rest", "is a PDF")
bad_text("Parquet", b"PAR1rest", "is a Parquet file")
bad_text("binary", bytes(range(256)) * 8, "bars.csv")
bad_text("zero bytes", b"\0" * 4096, "is a binary file")
bad_text("mark and garbage", b"\xef\xbb\xbf\x00\x01\xfe\xff", "bars.csv")
bad_text("UTF-16", text_of(good_lines()).encode("utf-16"), "is UTF-16 text", "UTF-8")
bad_text("Latin-1", (HEADER + ",Börse\n").encode("latin-1"), "line 1: byte 0xf6 is not UTF-8")
bad_text(
    "cut gzip", gzip.compress(text_of(good_lines()).encode())[:-9], "cannot be read", name="b.gz"
)
bad_text(
    "wrong delimiter",
    text_of(good_lines()),
    "is a single column when divided at semicolon",
    "dataset.delimiter",
    delimiter=";",
)
bad_text(
    "no close",
    text_of(good_lines()).replace("Close", "Last"),
    "no column for 'close'",
    "dataset.columns.close",
)
bad_text(
    "column twice",
    text_of(good_lines()).replace("Volume", "Close"),
    "column 'close' appears 2 times",
)
bad_text(
    "high and low swapped",
    text_of(good_lines()).replace("High,Low", "Low,High"),
    "line 2, column 'High'",
    "(60 rows have this fault); check that every column is what its name says",
)
bad_text(
    "newest first", text_of([HEADER, *good_rows()[::-1]]), "line 3, column 'Date'", "new to old"
)
bad_text(
    "decimal commas",
    text_of(line.replace(",", ";").replace(".", ",") for line in good_lines()),
    "line 2, column 'Open': value '100,00' is not a number",
)
bad_text(
    "row numbers as dates",
    text_of([HEADER, *(f"{i}{row[10:]}" for i, row in enumerate(good_rows()))]),
    "line 2, column 'Date': value '0' is not a time",
)
bad_text(
    "day first",
    text_of([HEADER, *(f"{i + 1:02d}/01/2020{row[10:]}" for i, row in enumerate(good_rows(28)))]),
    "line 2, column 'Date': value '01/01/2020' is ambiguous, day or month first",
)
bad_text(
    "prices that never move",
    text_of([HEADER, *(f"{row[:10]},5,5,5,5,9" for row in good_rows())]),
    "bars.csv: no price is other than 5",
)


def with_line(line, text):
    lines = good_lines()
    lines[line - 1] = text
    return text_of(lines)


bad_text("second header", with_line(LINE, HEADER), f"line {LINE}", "is a second header")
bad_text("short row", with_line(LINE, "2020-01-16,1,2"), f"line {LINE}: has 3 column(s)")
bad_text("long row", with_line(LINE, good_rows()[15] + ",1"), f"line {LINE}: has 7 column(s)")
bad_text("truncated last row", with_line(61, "2020-02-29,99.5,1"), "line 61: has 3 column(s)")
bad_text("unclosed quote", with_line(LINE, '"' + good_rows()[15]), f"line {LINE}")
bad_text("line above the header", "Prices\n" + text_of(good_lines()), "line 1: 'Prices'", "above")

# Times and prices that are well written, but cannot be meant ------------------------------------


@bad("mixed offsets", f"line {LINE}, column 'Date'", "+02:00' is not written like the first time")
def mixed_offsets(folder):
    lines = [HEADER, *good_rows(step="1h")]
    lines[LINE - 1] = lines[LINE - 1].replace(":00,", ":00+02:00,", 1)
    return put(folder, text_of(lines))


@bad("end of summer time", "line 14, column 'Date'", "repeats the time of", "clocks", "UTC")
def end_of_summer_time(folder):
    rows = good_rows(bars=48, start="2021-10-30T14:00", step="1h")
    times = [row.split(",", 1)[0] for row in rows]
    local = [*times[:12], *times[11:-1]]  # 01:00 of 31 October in London comes twice
    text = [f"{time},{row.split(',', 1)[1]}" for time, row in zip(local, rows, strict=True)]
    return put(folder, text_of([HEADER, *text]))


@bad("hour that occurs twice", "occurs twice or not at all in dataset.timezone=America/New_York")
def ambiguous_hour(folder):
    rows = good_rows(start="2020-10-31T20:00", step="1h")
    return put(folder, text_of([HEADER, *rows]), timezone="America/New_York")


@bad("hour that does not exist", "occurs twice or not at all in dataset.timezone=Europe/Berlin")
def missing_hour(folder):
    rows = good_rows(start="2020-03-28T20:00", step="1h")
    return put(folder, text_of([HEADER, *rows]), timezone="Europe/Berlin")


@bad("unknown zone", "dataset.timezone=Europe/Berln is not a time zone", "'Europe/Berlin'")
def unknown_zone(folder):
    return put(folder, text_of(good_lines()), timezone="Europe/Berln")


@bad("epoch units mixed", f"line {LINE}", "is not written like the first time")
def epoch_units(folder):
    rows = good_rows()
    times = [str((1_577_836_800 + i * 86_400) * (1000 if i == 15 else 1)) for i in range(len(rows))]
    text = [f"{time}{row[10:]}" for time, row in zip(times, rows, strict=True)]
    return put(folder, text_of([HEADER, *text]))


@bad("future", "line 42, column 'Date': value '2199-", "lies in the future (20 rows", "unit")
def future(folder):
    rows = good_rows()
    rows[40:] = [row.replace("2020-02", "2199-03") for row in rows[40:]]
    return put(folder, text_of([HEADER, *rows]))


@bad(
    "gap of years", "line 32, column 'Date'", "comes 700 days after the bar before", "fill the gap"
)
def gap_of_years(folder):
    rows = good_rows(bars=60)
    later = good_rows(bars=30, start="2021-12-30")
    text = rows[:30] + [new[:10] + old[10:] for old, new in zip(rows[30:], later, strict=True)]
    return put(folder, text_of([HEADER, *text]))


@bad("mixed bar lengths", "line 42, column 'Date'", "begins bars of 1 h after bars of 1 day")
def mixed_lengths(folder):
    rows = good_rows(bars=80, start="2020-01-01T00:00", step="24h")
    hours = good_rows(bars=40, start="2020-02-09T01:00", step="1h")
    text = rows[:40] + [
        new.split(",")[0] + "," + old.split(",", 1)[1]
        for old, new in zip(rows[40:], hours, strict=True)
    ]
    return put(folder, text_of([HEADER, *text]))


@bad("wrong bar length", "bars are 86400 s apart", "dataset.bar_length")
def wrong_bar_length(folder):
    return put(folder, text_of(good_lines()), bar_length="1h")


@bad("one bar tenfold", f"line {LINE}, column 'Close'", "times the close before", "decimal")
def one_bar_tenfold(folder):
    lines = good_lines()
    lines[LINE - 1 : LINE] = scaled(lines[LINE - 1 : LINE], 10)
    return put(folder, text_of(lines))


@bad("prices in cents from here on", f"line {LINE}, column 'Close'", "times", "unit")
def other_unit(folder):
    lines = good_lines()
    lines[LINE - 1 :] = scaled(lines[LINE - 1 :], 100)
    return put(folder, text_of(lines))


@bad("lost decimal points", f"line {LINE}, column 'Close'", "decimal separator")
def lost_points(folder):
    lines = good_lines()
    lines[LINE - 1] = lines[LINE - 1].replace(".", "")
    return put(folder, text_of(lines))


@bad("reverse split", f"line {LINE}, column 'Close'", "times the close before", "splits")
def reverse_split(folder):
    lines = good_lines()
    lines[LINE - 1 :] = scaled(lines[LINE - 1 :], 25)
    return put(folder, text_of(lines))


# Names that are no file, and several files --------------------------------------------------


@bad("missing", "bars_2020.csv does not exist", "did you mean 'bars_2021.csv'?")
def missing(folder):
    put(folder, text_of(good_lines()), name="bars_2021.csv")
    return {"filename": str(folder / "bars_2020.csv")}


@bad("missing folder", "does not exist", "there is no directory")
def missing_folder(folder):
    return {"filename": str(folder / "none" / "bars.csv")}


@bad("directory", "is a directory")
def directory(folder):
    (folder / "bars").mkdir()
    return {"filename": str(folder / "bars")}


@bad("pipe", "is not a regular file")
def pipe(folder):
    os.mkfifo(folder / "pipe")
    return {"filename": str(folder / "pipe")}


@bad("link to itself", "loop.csv")
def loop(folder):
    (folder / "loop.csv").symlink_to("loop.csv")
    return {"filename": str(folder / "loop.csv")}


@bad("link to nothing", "link.csv does not exist")
def dangling(folder):
    (folder / "link.csv").symlink_to("nothing.csv")
    return {"filename": str(folder / "link.csv")}


@bad("device", "/dev/null is not a regular file")
def device(folder):
    return {"filename": "/dev/null"}


@bad("archive of two files", "has 2 files")
def archive(folder):
    with zipfile.ZipFile(folder / "bars.zip", "w") as packed:
        packed.writestr("a.csv", "1")
        packed.writestr("b.csv", "2")
    return {"filename": str(folder / "bars.zip")}


@bad("workbook", "is an Excel workbook")
def workbook(folder):
    with zipfile.ZipFile(folder / "bars.xlsx", "w") as packed:
        packed.writestr("[Content_Types].xml", "")
        packed.writestr("xl/workbook.xml", "")
    return {"filename": str(folder / "bars.xlsx")}


@bad("overlapping files", "b.csv: begins at 2020-01-31T00:00:00, before", "a.csv ends at")
def overlapping(folder):
    first = put(folder, text_of(good_lines()), name="a.csv")["filename"]
    second = put(folder, text_of(good_lines(start="2020-01-31")), name="b.csv")["filename"]
    return {"filename": [first, second]}


@bad("files in the wrong order", "b.csv: is older than", "from old to new")
def wrong_order(folder):
    first = put(folder, text_of(good_lines(start="2021-01-01")), name="a.csv")["filename"]
    second = put(folder, text_of(good_lines()), name="b.csv")["filename"]
    return {"filename": [first, second]}


@bad("fault in the second file", "b.csv, line 17, column 'Low'", "is not above zero")
def second_file(folder):
    first = put(folder, text_of(good_lines()), name="a.csv")["filename"]
    lines = good_lines(start="2021-01-01")
    cells = lines[LINE - 1].split(",")
    lines[LINE - 1] = ",".join([*cells[:3], "0", *cells[4:]])
    return {"filename": [first, put(folder, text_of(lines), name="b.csv")["filename"]]}
