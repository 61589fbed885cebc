"""`tradegym render` into every kind of file."""

import re

import av
import pytest
from PIL import Image

RULE = ("render", "agent=sma_cross")


def test_stills_and_pages(inside, tmp_path):
    starts = {"svg": b"<?xml", "pdf": b"%PDF-", "html": b"<!DOCTYPE html>"}
    for suffix, start in starts.items():
        result = inside(*RULE, "--out", f"a.{suffix}")
        assert (result.returncode, result.stdout, result.stderr) == (0, f"a.{suffix}\n", "")
        assert (tmp_path / f"a.{suffix}").read_bytes().startswith(start)
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "Episode on sp500" in text
    assert not re.search(r"<(?:script|img)[^>]+src=|<link", text)


@pytest.mark.parametrize("mode", ["episode", "human", "internal"])
def test_animations(mode, inside, tmp_path):
    size = [f"render.size_{name}=[4,4]" for name in ("episode", "human", "state")]
    options = ("--mode", mode, "--frames", "5", "--fps", "10", *size, "render.dpi=50")
    for out in ("a.gif", "a.mp4"):
        result = inside(*RULE, *options, "--out", out)
        assert (result.returncode, result.stdout, result.stderr) == (0, f"{out}\n", "")
    with Image.open(tmp_path / "a.gif") as image:
        assert (image.n_frames, image.size) == (5, (200, 200))
    with av.open(str(tmp_path / "a.mp4")) as container:
        frames = list(container.decode(video=0))
        assert container.streams.video[0].average_rate == 10
    assert [(one.width, one.height) for one in frames] == [(200, 200)] * 5


def test_the_look_is_that_of_the_configuration(inside, tmp_path):
    overrides = ("render.size_human=[5,3]", "render.dpi=60", "render.colors.background='#102030'")
    result = inside(*RULE, *overrides, "--mode", "human", "--out", "a.png")
    assert result.returncode == 0, result.stderr
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (300, 180)
        assert image.convert("RGB").getpixel((0, 0)) == (0x10, 0x20, 0x30)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            "--out a.jpg",
            "--out: 'a.jpg' does not end with .png, .svg, .pdf, .gif, .mp4 or .html; only these",
        ),
        ("--out a.htm", "; did you mean '.html'?"),
        ("--out a", "--out: 'a' does not end with .png"),
        ("--out a.html --mode human", "--out: 'a.html': a page shows an episode, not --mode human"),
        ("--out a.png --fps 5", "--fps: only used for .gif and .mp4; 'a.png' is neither"),
        ("--out a.html --frames 5", "--frames: only used for .gif and .mp4"),
        ("--out a.gif --step 5 --mode human", "--step: 'a.gif' shows all decisions"),
        ("--out a.gif --step 5", "--step: an episode is drawn whole"),
        ("--out a.gif --mode humn", "--mode: 'humn' is not known"),
        ("--out a.gif render.style=seaborn", "did you mean 'seaborn-v0_8'?"),
    ],
)
def test_mistakes_are_one_line_and_leave_nothing(options, line, inside, tmp_path):
    result = inside(*RULE, *options.split())
    assert (result.returncode, result.stdout) == (2, "")
    last = result.stderr.splitlines()[-1]
    assert last.startswith("tradegym: ")
    assert line in last
    assert list(tmp_path.iterdir()) == []
