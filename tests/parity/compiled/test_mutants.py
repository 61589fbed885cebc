"""The comparison notices every rule of the kernel that is broken."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from compiled_mutants import MUTANTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

SCRIPT = Path(__file__).parents[2] / "support" / "compiled_mutation.py"


@pytest.fixture(scope="module")
def noticed():
    run = subprocess.run(
        [sys.executable, str(SCRIPT)],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_the_kernel_itself_is_right(noticed):
    assert noticed[""] is None


@pytest.mark.parametrize("name", [mutant[0] for mutant in MUTANTS])
def test_a_broken_rule_is_noticed(name, noticed):
    assert noticed[name], f"nothing notices it: {name}"


def test_there_are_enough_of_them():
    names = {mutant[0] for mutant in MUTANTS}
    assert len(names) == len(MUTANTS) >= 25
