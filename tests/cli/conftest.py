import os
import subprocess
import sys

import pytest


@pytest.fixture
def tradegym(tmp_path):
    """Run the command line in a directory of its own, through the real entry point."""

    def run(*arguments, cwd=tmp_path, **environment):
        return subprocess.run(
            [sys.executable, "-m", "tradegym", *arguments],
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"COLUMNS": "200", "NO_COLOR": "1"} | environment,
        )

    return run
