import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradegym.experiments.tracking.names import batches, clean_key, clean_keys, cut


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("eval/sharpe", "eval/sharpe"),
        ("total return %", "total return _"),
        ("a[0]", "a_0_"),
        ("/abs//x/../y/.", "abs/x/y"),
        ("..", "_"),
        ("", "_"),
        ("é", "é"),
        ("x" * 249 + "/y", "x" * 249),
    ],
)
def test_names(name, clean):
    assert clean_key(name) == clean


@given(st.text(max_size=400))
def test_mlflow_accepts_every_cleaned_name(name):
    from mlflow.utils.validation import _validate_length_limit, _validate_metric_name

    key = clean_key(name)
    _validate_metric_name(key)
    _validate_length_limit("key", 250, key)


@given(st.dictionaries(st.text(max_size=6), st.integers()))
def test_no_value_is_lost_to_equal_names(values):
    assert sorted(clean_keys(values).values()) == sorted(values.values())


def test_equal_names_are_numbered():
    assert clean_keys({"a%": 1, "a$": 2, "a_": 3}) == {"a_": 1, "a__2": 2, "a__3": 3}


def test_cut_marks_what_it_cut():
    assert cut(1.5, 10) == "1.5"
    assert cut("x" * 10, 10) == "x" * 10
    assert cut("x" * 11, 10) == "xxxx [cut]"


def test_batches():
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []
