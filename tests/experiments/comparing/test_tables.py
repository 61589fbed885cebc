"""No text of a run breaks a table, a terminal or a spreadsheet."""

import csv
import io
import re

from tradegym.experiments.comparing.tables import (
    Document,
    Table,
    to_csv,
    to_latex,
    to_markdown,
    visible,
)

HOSTILE = "a|b_c*d & 50% $x$ #1 ~^\\ {y} <b>\n`z`"


def document(cell):
    return Document(
        ["careful: 5 %"], [Table("Some_title", ("a", "b"), [(cell, "1")], right=("b",))]
    )


def test_latex_escapes_every_special_character():
    text = to_latex(document(HOSTILE))
    (line,) = [line for line in text.splitlines() if line.startswith("a\\textbar")]
    assert line == (
        "a\\textbar{}b\\_c*d \\& 50\\% \\$x\\$ \\#1 \\textasciitilde{}\\textasciicircum{}"
        "\\textbackslash{} \\{y\\} \\textless{}b\\textgreater{} `z` & 1 \\\\"
    )
    assert "\\begin{tabular}{lr}" in text
    assert "\\caption{Some\\_title}" in text
    assert "% careful: 5 %" in text


def test_a_cell_in_brackets_is_not_the_argument_of_a_line_break():
    assert "\n{[1, 2]} & 1 \\\\\n" in to_latex(document("[1, 2]"))


def test_markdown_keeps_its_columns():
    text = to_markdown(document(HOSTILE))
    (line,) = [line for line in text.splitlines() if line.startswith("| a")][1:]
    assert len(re.findall(r"(?<!\\)\|", line)) == 3
    for one in ("\\|", "\\_", "\\*", "\\`z\\`", "\\<b\\>"):
        assert one in line
    assert "| --- | ---: |" in text


def test_csv_computes_nothing_and_reads_back():
    rows = [["=1+1", "@x", "-y", -1.5, None, 'quo"te, comma']]
    text = to_csv(["a", "b", "c", "d", "e", "f"], rows)
    assert list(csv.reader(io.StringIO(text)))[1] == [
        "'=1+1", "'@x", "'-y", "-1.5", "", 'quo"te, comma',
    ]  # fmt: skip


def test_control_characters_do_not_reach_a_terminal():
    assert "\x1b" not in visible("red \x1b[31m")
    assert visible("two\nlines") == "two lines"
