"""Single pictures as files."""

import re
import zlib

import numpy as np
import pytest
from matplotlib.image import imread

from tradegym.conf.errors import UserError
from tradegym.envs.rendering import Look, style
from tradegym.envs.rendering.human import human_figure
from tradegym.envs.rendering.output.still import STILLS, save_figure


@pytest.fixture
def figure():
    return human_figure(np.array([[10, 12, 9, 11.5]] * 5), look=Look(size_human=(6, 4), dpi=50))


def test_png_has_the_pixels_of_the_picture(figure, tmp_path):
    path = tmp_path / "new" / "a.PNG"
    save_figure(figure, path)
    found = np.round(imread(path)[..., :3] * 255).astype(np.uint8)
    np.testing.assert_array_equal(found, style.to_rgb(figure))
    assert found.shape == (200, 300, 3)


def test_svg_has_the_size_and_the_colours(figure, tmp_path):
    path = tmp_path / "a.svg"
    save_figure(figure, path)
    text = path.read_text(encoding="utf-8")
    assert 'width="432pt" height="288pt"' in text  # 72 points in an inch
    assert style.LONG.lower() in text
    assert "<dc:date>" not in text
    assert not re.search(r'(?:href|src)="(?!#)', text)


def test_pdf_has_one_page_and_no_date(figure, tmp_path):
    path = tmp_path / "a.pdf"
    save_figure(figure, path)
    content = path.read_bytes()
    assert content.startswith(b"%PDF-")
    assert b"/MediaBox [ 0 0 432 288 ]" in content
    assert b"CreationDate" not in content
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL)
    assert any(b" re\n" in _inflated(one) or b" l\n" in _inflated(one) for one in streams)


def _inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return stream


@pytest.mark.parametrize("suffix", STILLS)
def test_a_file_that_cannot_be_written_is_one_line(figure, tmp_path, suffix):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write the picture"):
        save_figure(figure, tmp_path / "file" / f"a{suffix}")


def test_a_failure_leaves_the_old_file(figure, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"before")

    def fail(file, **_):
        file.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(KeyboardInterrupt):
        save_figure(figure, path)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"before"]
