"""What every process promises: valid bars, one path per key, ranges respected."""

import json
import subprocess
import sys

import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.conf.schema.process import ProcessConfig
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.synthetic.process import make_process

KINDS = ("gbm", "ou", "merton", "heston", "garch", "regimes", "fbm", "sine", "bootstrap", "pair")
MANY = KINDS[:8]

HASHES = """
import json, sys
from tradegym.conf.schema.process import ProcessConfig
from tradegym.envs.data.synthetic.process import make_process
hashes = {}
for kind in reversed(sys.argv[1:]):
    drawn = make_process(ProcessConfig(kind=kind)).draw(2**64 - 1, 40)
    hashes[kind] = drawn.sha256
print(json.dumps(hashes))
"""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [1, 7])
def test_bars_obey_the_rules_for_bars(kind, steps):
    keys = {} if kind == "bootstrap" else {"steps_per_bar": steps}
    keys["spread"] = {"minimum": 0.0001, "maximum": 0.01}
    drawn = make_process(ProcessConfig.model_validate({"kind": kind, **keys})).draw(11, 1500)
    checked = Dataset.from_arrays(drawn.name, drawn.times, drawn.ohlcv, drawn.assets)
    assert checked.sha256 == drawn.sha256
    opens, high, low, close = (drawn.ohlcv[..., column] for column in range(4))
    assert (high >= np.maximum(opens, close)).all()
    assert (low <= np.minimum(opens, close)).all()
    assert not drawn.ohlcv.flags.writeable


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "bootstrap"])
def test_a_bar_opens_where_the_last_one_closed(kind, process):
    bars = process(kind).draw(5, 300).ohlcv
    np.testing.assert_array_equal(bars[1:, :, 0], bars[:-1, :, 3])
    assert (bars[..., 1] > bars[..., 2]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_has_one_path(kind):
    first, second = (make_process(ProcessConfig(kind=kind)) for _ in range(2))
    drawn = first.draw(7, 100)
    first.draw(8, 50)  # draws between make no difference
    assert first.draw(7, 100) == drawn == second.draw(7, 100)
    for other in (8, 7 + 2**64):
        assert kind == "sine" or first.draw(other, 100) != drawn


def test_another_process_of_the_computer_draws_the_same_paths():
    command = [sys.executable, "-c", HASHES, *KINDS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    here = {k: make_process(ProcessConfig(kind=k)).draw(2**64 - 1, 40).sha256 for k in KINDS}
    assert json.loads(done.stdout) == here


@pytest.mark.parametrize("kind", MANY)
def test_assets_have_paths_of_their_own(kind, process):
    keys = {"phase": [0, 1]} if kind == "sine" else {}
    drawn = process(kind, assets=3, **keys).draw(1, 200)
    assert drawn.assets == (f"{kind}_1", f"{kind}_2", f"{kind}_3")
    closes = drawn.ohlcv[..., 3]
    assert len({closes[:, asset].tobytes() for asset in range(3)}) == 3


def test_a_number_is_taken_as_it_is_and_a_range_is_drawn_anew(process):
    one = process("gbm", volatility=[0.1, 0.4], drift=0.07, start_price={"low": 1, "high": 100,
                  "log": True}, assets=2)  # fmt: skip
    drawn = [one.draw_path(key, 5).parameters for key in range(2000)]
    assert {values["drift"] for values in drawn} == {(0.07, 0.07)}
    volatility = np.array([values["volatility"] for values in drawn])
    price = np.array([values["start_price"] for values in drawn])
    assert volatility.min() >= 0.1
    assert volatility.max() <= 0.4
    assert price.min() >= 1
    assert price.max() <= 100
    # Kolmogorov-Smirnov distance to the uniform distribution; 1.95 / sqrt(4000) is p = 0.001.
    for uniform in ((volatility - 0.1) / 0.3, np.log(price) / np.log(100)):
        ordered = np.sort(uniform.ravel())
        assert np.abs(ordered - (np.arange(4000) + 0.5) / 4000).max() < 0.031
    # The assets of a path draw independently of each other.
    assert abs(np.corrcoef(volatility.T)[0, 1]) < 4 / np.sqrt(2000)


def test_the_parameters_that_were_drawn_are_those_of_the_path(process, log_returns):
    one = process("gbm", volatility=[0.05, 0.8], start_price=[10, 20], bar_seconds=3600)
    for key in range(3):
        path = one.draw_path(key, 20_000)
        measured = log_returns(path.dataset).std() * np.sqrt(one.bars_per_year)
        assert measured == pytest.approx(path.parameters["volatility"][0], rel=0.02)
        assert path.dataset.ohlcv[0, 0, 0] == path.parameters["start_price"][0]


def test_to_fix_one_parameter_leaves_the_others(process):
    both = process("gbm", volatility=[0.1, 0.4], drift=[0, 1]).draw_path(3, 5).parameters
    fixed = process("gbm", volatility=[0.1, 0.4], drift=0.5).draw_path(3, 5).parameters
    assert fixed["volatility"] == both["volatility"]


def test_shared_parameters_are_the_same_for_all_assets(process):
    drawn = process("garch", degrees=[3, 30], assets=4).draw_path(1, 5).parameters
    assert len(set(drawn["degrees"])) == 1


@pytest.mark.parametrize("key", [-1, 2**128])
def test_keys_out_of_range(key, process):
    with pytest.raises(UserError, match="allowed: an integer from 0 to 2\\^128 - 1"):
        process("gbm").draw(key, 5)


def test_too_few_bars_and_prices_without_bound(process):
    with pytest.raises(UserError, match="bars: 2 is out of range"):
        process("gbm").draw(1, 2)
    with pytest.raises(UserError, match="leave what a number can hold at bar"):
        process("gbm", drift=5000.0).draw(1, 2000)
