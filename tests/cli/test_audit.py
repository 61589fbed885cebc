"""`tradegym audit`: table, JSON and exit codes."""

import json

from command_line import csv_lines

LEAK = """
import numpy as np
from tradegym.envs.strategies.features import Feature


class Tomorrow(Feature):
    def compute(self, bars):
        return np.append(bars.close[1:], bars.close[-1]) / bars.close
"""
SMALL = ("dataset=csv", "dataset.filename=bars.csv", "audit.cuts=2", "audit.bars=20")
OWN = "strategy.state.features={leak: {kind: 'ahead:Tomorrow'}}"


def write(folder):
    (folder / "bars.csv").write_text("\n".join(csv_lines()) + "\n")
    (folder / "ahead.py").write_text(LEAK)


def test_a_clean_environment_passes(inside, tmp_path):
    write(tmp_path)
    done = inside("audit", *SMALL)
    assert done.returncode == 0, done.stderr
    assert "perturb" in done.stdout
    assert "passed in" in done.stdout


def test_a_leak_is_told_with_exit_code_1(inside, tmp_path):
    write(tmp_path)
    done = inside("audit", *SMALL, OWN, "strategy.state.time_dim=3")
    assert done.returncode == 1
    assert "features: leak changes by" in done.stdout
    assert "failed in" in done.stdout


def test_json_is_the_content_of_the_file(inside, tmp_path):
    write(tmp_path)
    done = inside("audit", *SMALL, OWN, "strategy.state.time_dim=3", "--json")
    content = json.loads(done.stdout)
    assert done.returncode == 1
    assert content["status"] == "failed"
    names = [check["name"] for check in content["checks"]]
    assert names == ["repeat", "engines", "perturb", "truncate", "features", "sources", "fills"]
    finding = content["checks"][2]["findings"][0]
    assert finding["where"] == "features: leak"
    assert finding["bar"] > 0
    assert finding["size"] > 0


def test_an_agent_that_does_not_learn_has_nothing_to_prove(inside, tmp_path):
    write(tmp_path)
    done = inside("audit", *SMALL, "agent=flat", "--fit-proof")
    assert done.returncode == 2
    assert "--fit-proof: agent.rule=flat does not learn" in done.stderr
