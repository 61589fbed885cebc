"""TA-Lib and pandas are loaded when backtrader's TA-Lib indicators are used, not before."""

import subprocess
import sys

import pytest


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


LOADED = "print('pandas' in sys.modules, 'talib' in sys.modules)"


def test_a_compiled_environment_needs_neither_talib_nor_pandas():
    use = "tradegym.make(backend='compiled').reset(seed=0)"
    assert run(f"import sys, tradegym; {use}; {LOADED}") == ["False", "False"]


@pytest.mark.parametrize(
    "use",
    [
        "import backtrader as bt; found = bt.talib.SMA",
        "from backtrader.talib import SMA as found",
        "from backtrader.talib import *; found = SMA",
        "import backtrader.talib; found = backtrader.talib.SMA",
    ],
)
def test_the_first_use_of_an_indicator_loads_it(use):
    code = f"import sys, tradegym.envs, backtrader; {LOADED}; {use}; {LOADED}"
    assert run(f"{code}; print(found.__name__)") == [*["False"] * 2, *["True"] * 2, "SMA"]


def test_backtrader_that_has_been_imported_already_is_left_alone():
    code = (
        "import sys, backtrader; before = backtrader.talib; import tradegym.envs; "
        "print(backtrader.talib is before, type(before).__name__)"
    )
    assert run(code) == ["True", "module"]


def test_a_failure_is_told_at_the_first_use_and_at_the_next():
    code = """
import sys, tradegym.envs, backtrader
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "talib":
            raise RuntimeError("no library")
sys.meta_path.insert(0, Broken())
for _ in range(2):
    try:
        backtrader.talib.SMA
    except RuntimeError as error:
        print(error)
"""
    assert run(code) == ["no", "library", "no", "library"]
