import json
import sys

from tradegym.cli.output import print_table, show_value

HEADERS = ("name", "value")
SECTIONS = [[("a", "1"), ("long name", "20")], [], [("b", "[red]3")]]


def test_plain_text_in_a_pipe(capsys):
    print_table(HEADERS, SECTIONS, right=("value",))
    assert capsys.readouterr().out == (
        "name        value\n\na               1\nlong name      20\n\nb          [red]3\n"
    )


def test_json(capsys):
    print_table(HEADERS, SECTIONS, as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {"name": "a", "value": "1"},
        {"name": "long name", "value": "20"},
        {"name": "b", "value": "[red]3"},
    ]


def test_rich_on_a_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    print_table(HEADERS, SECTIONS)
    text = capsys.readouterr().out
    assert "─" in text
    assert "[red]3" in text  # no markup


def test_values_as_yaml_writes_them():
    values = [None, True, 0.0003, 10_000.0, 3, "x", [1, "a", None], {"a": [1.5]}]
    assert [show_value(value) for value in values] == [
        "null", "true", "0.0003", "10000", "3", "x", "[1, a, null]", "{a: [1.5]}",
    ]  # fmt: skip
