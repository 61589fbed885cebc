"""Pictures from the command line."""

import json

import matplotlib.image
import numpy as np
import pytest
from command_line import SMALL, only_run


def picture(path):
    """The decoded file: 8 bits in three or four colours, and something drawn on it."""
    assert path.read_bytes().startswith(b"\x89PNG\r\n")
    pixels = matplotlib.image.imread(path)
    height, width, colours = pixels.shape
    assert (height > 200, width > 300, colours in (3, 4)) == (True, True, True)
    assert pixels[..., :3].std() > 0.02
    return pixels


@pytest.mark.parametrize("mode", ["episode", "human", "internal", "features"])
def test_every_mode(mode, inside, tmp_path, stored):
    result = inside("render", "small", "--mode", mode, "--out", f"{mode}.png")
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{mode}.png\n", "")
    picture(tmp_path / f"{mode}.png")
    assert not (stored / "eval" / "4-test").exists()


@pytest.mark.usefixtures("stored")
def test_modes_differ_and_the_episode_is_the_default(inside, tmp_path):
    for mode in ("episode", "human"):
        assert inside("render", "small", "--mode", mode, "--out", f"{mode}.png").returncode == 0
    assert inside("render", "last", "--out", "default.png").returncode == 0
    default = picture(tmp_path / "default.png")
    np.testing.assert_array_equal(default, picture(tmp_path / "episode.png"))
    other = picture(tmp_path / "human.png")
    assert other.shape != default.shape or (other != default).any()


@pytest.mark.usefixtures("stored")
def test_step_chooses_the_decision(inside, tmp_path):
    pictures = []
    for number, step in enumerate((0, 40, 40, 100)):
        out = f"{number}.png"
        result = inside("render", "small", "--mode", "human", "--step", str(step), "--out", out)
        assert result.returncode == 0, result.stderr
        pictures.append(picture(tmp_path / out))
    start, middle, again, late = pictures
    np.testing.assert_array_equal(middle, again)
    assert start.shape != middle.shape or (start != middle).any()
    assert middle.shape != late.shape or (middle != late).any()


@pytest.mark.usefixtures("stored")
def test_the_split_is_eval_split(inside, tmp_path):
    for split in ("test", "validation"):
        arguments = ("render", "small", f"eval.split={split}", "--out", f"{split}.png")
        assert inside(*arguments).returncode == 0
    test, validation = picture(tmp_path / "test.png"), picture(tmp_path / "validation.png")
    assert test.shape != validation.shape or (test != validation).any()


@pytest.mark.usefixtures("stored")
def test_a_rule_of_its_own_and_in_the_market_of_a_run(inside, tmp_path):
    assert inside("render", "agent=buy_and_hold", "--out", "alone.png").returncode == 0
    assert inside("render", "small", "agent=buy_and_hold", "--out", "run.png").returncode == 0
    picture(tmp_path / "alone.png")
    picture(tmp_path / "run.png")


@pytest.mark.usefixtures("stored")
def test_json_and_a_folder_that_is_made(inside, tmp_path):
    result = inside("render", "last", "--mode", "human", "--json", "--out", "new/deep/a.PNG")
    out = tmp_path / "new" / "deep" / "a.PNG"
    assert json.loads(result.stdout) == {"file": str(out), "mode": "human"}
    picture(out)


def test_the_mode_of_other_states(inside, tmp_path):
    assert inside("train", *SMALL, "strategy.state.modes=[raw]").returncode == 0
    assert inside("render", only_run(tmp_path).name, "--mode", "raw", "--out", "a.png").stderr == ""
    picture(tmp_path / "a.png")


@pytest.mark.usefixtures("stored")
def test_in_a_process_of_its_own(tradegym, tmp_path):
    result = tradegym("render", "last", "--mode", "internal", "--out", "a.png")
    assert (result.returncode, result.stdout, result.stderr) == (0, "a.png\n", "")
    picture(tmp_path / "a.png")
