"""Commands that only look at the configuration do not load the heavy packages."""

import json
import subprocess
import sys

import pytest

HEAVY = {"torch", "mlflow", "stable_baselines3", "pandas", "matplotlib", "backtrader", "pyarrow"}

DUMP = """
import atexit, json, sys

def dump():
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)

atexit.register(dump)
sys.argv[0] = "tradegym"
from tradegym.cli.main import main
main()
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["config", "show"], ["config", "list"]], ids=" ".join
)
def test_heavy_packages_are_not_imported(arguments, tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", DUMP, *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    # A package is there whenever a part of it is; `backtrader.talib` alone only waits for use.
    modules = set(json.loads(result.stderr.splitlines()[-1]))
    assert "tradegym" in modules
    assert modules & HEAVY == set()
