"""Frames of an episode, and the files that hold frames."""

import platform

import av
import numpy as np
import pytest
from episodes import episode
from PIL import Image

from tradegym.conf.errors import UserError
from tradegym.envs.rendering import Look, style
from tradegym.envs.rendering.animation import episode_frames, spread
from tradegym.envs.rendering.episode import episode_figure
from tradegym.envs.rendering.output.animated import ANIMATIONS, save_frames
from tradegym.envs.rendering.output.gif import GifWriter

SMALL = Look(size_episode=(6, 6), dpi=40)


@pytest.fixture(scope="module")
def record():
    return episode(60, 2, share=0.15)


def plain_frames(count=6, height=40, width=60):
    """A white picture on which a blue square moves over a red band."""
    for index in range(count):
        rgb = np.full((height, width, 3), 255, dtype=np.uint8)
        rgb[10:14] = (213, 94, 0)
        rgb[8:20, 8 * index : 8 * index + 8] = (0, 114, 178)
        yield rgb


@pytest.mark.parametrize(
    ("count", "most", "found"),
    [
        (5, 120, [0, 1, 2, 3, 4]),
        (101, 5, [0, 25, 50, 75, 100]),
        (7, 2, [0, 6]),
        (7, 1, [6]),
        (1, 9, [0]),
    ],
)
def test_frames_are_evenly_spaced_with_both_ends(count, most, found):
    assert spread(count, most).tolist() == found


def test_spread_never_repeats_a_bar():
    for count in range(1, 60):
        for most in range(1, 70):
            found = spread(count, most)
            assert len(found) == min(count, most)
            assert (np.diff(found) > 0).all()
            assert found[-1] == count - 1


def test_frames_grow_from_left_to_right(record):
    frames = [frame.copy() for frame in episode_frames(record, 5, SMALL)]
    assert len(frames) == 5
    assert {frame.shape for frame in frames} == {(240, 240, 3)}
    # What changed between two frames begins further right each time (below title and legends).
    panels = [frame[110:, 45:] for frame in frames]
    drawn = [np.flatnonzero(np.any(panels[-1] != one, axis=(0, 2))) for one in panels[:-1]]
    starts = [columns.min() for columns in drawn]
    assert starts == sorted(starts)
    assert starts[-1] > starts[0] + 50


def test_the_last_frame_is_the_picture_of_the_episode(record):
    *_, last = (frame.copy() for frame in episode_frames(record, 3, SMALL))
    whole = style.to_rgb(episode_figure(record, SMALL, results=False))
    # All but the line of status and the cursor at the last bar.
    assert np.mean(np.any(last != whole, axis=2)) < 0.05
    columns = np.flatnonzero(np.mean(np.any(last[110:] != whole[110:], axis=2), axis=0) > 0.2)
    assert len(columns) <= 3


def test_frames_share_one_figure(record):
    frames = episode_frames(record, 4, SMALL)
    assert np.shares_memory(next(frames), next(frames))


@pytest.mark.parametrize("weights", [True, False])
def test_several_assets_and_a_single_bar_can_be_animated(weights):
    for bars in (1, 2, 20):
        record = episode(bars, assets=("one", "two"), weights=weights)
        assert len(list(episode_frames(record, 3, SMALL))) == min(bars, 3)


def test_gif_has_every_frame_and_its_exact_colours(tmp_path):
    path = tmp_path / "a.gif"
    assert save_frames(plain_frames(), path, fps=12) == 6
    with Image.open(path) as image:
        assert (image.n_frames, image.size, image.info["loop"]) == (6, (60, 40), 0)
        durations = []
        for index, wanted in enumerate(plain_frames()):
            image.seek(index)
            np.testing.assert_array_equal(np.asarray(image.convert("RGB")), wanted)
            durations.append(image.info["duration"])
    assert sum(durations[:5]) == pytest.approx(5000 / 12, abs=10)
    assert durations[-1] > 2000


def test_gif_of_many_colours_is_close(tmp_path):
    x = np.linspace(0, 255, 200)
    rgb = np.stack(np.broadcast_arrays(x, x[:100, None], 255 - x), axis=2).astype(np.uint8)
    path = tmp_path / "a.gif"
    save_frames([rgb, rgb[::-1]], path, fps=10)
    with Image.open(path) as image:
        for index, wanted in enumerate((rgb, rgb[::-1])):
            image.seek(index)
            found = np.asarray(image.convert("RGB")).astype(int)
            assert np.abs(found - wanted).mean() < 12


def test_frames_that_do_not_change_are_kept(tmp_path):
    path = tmp_path / "a.gif"
    save_frames([np.zeros((5, 5, 3), dtype=np.uint8)] * 3, path, fps=10)
    with Image.open(path) as image:
        total = 0
        for index in range(image.n_frames):
            image.seek(index)
            total += image.info["duration"]
        assert np.asarray(image.convert("RGB")).max() == 0
    assert total == 2300


def test_a_gif_is_written_as_frames_come(tmp_path):
    path = tmp_path / "a.gif"
    rng = np.random.default_rng(0)
    with GifWriter(path, 10) as writer:
        sizes = []
        for _ in range(4):
            writer.add(rng.integers(0, 256, (100, 100, 3), dtype=np.uint8))
            sizes.append(path.stat().st_size)
    assert sizes[3] > sizes[2] > sizes[1] > 0


@pytest.mark.parametrize(("height", "width"), [(40, 60), (41, 63)])
def test_mp4_decodes_with_even_sides(tmp_path, height, width):
    path = tmp_path / "a.mp4"
    save_frames(plain_frames(6, height, width), path, fps=12)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = list(container.decode(stream))
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert stream.average_rate == 12
    assert len(frames) == 6
    assert {(one.height, one.width) for one in frames} == {(height + height % 2, width + width % 2)}
    for frame, wanted in zip(frames, plain_frames(6, height, width), strict=True):
        found = frame.to_ndarray(format="rgb24")[:height, :width].astype(int)
        assert np.abs(found - wanted).mean() < 12


def test_mp4_plays_before_it_is_loaded_and_names_no_machine(tmp_path):
    path = tmp_path / "a.mp4"
    save_frames(plain_frames(), path, fps=12)
    content = path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")
    for private in (f"{platform.node()}.", str(tmp_path), "Lavf", "Lavc"):
        assert private.encode() not in content
    with av.open(str(path)) as container:
        assert set(container.metadata) <= {"major_brand", "minor_version", "compatible_brands"}
        assert set(container.streams.video[0].metadata) <= {"language", "handler_name"}


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_the_same_frames_give_the_same_file(tmp_path, suffix):
    files = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in files:
        save_frames(plain_frames(), path, fps=10)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.parametrize("suffix", ANIMATIONS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
@pytest.mark.parametrize("after", [0, 3])
def test_an_interrupted_file_is_not_there(tmp_path, suffix, error, after):
    def frames():
        yield from plain_frames(after)
        raise error

    path = tmp_path / f"a{suffix}"
    with pytest.raises(error):
        save_frames(frames(), path, fps=10)
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"before")
    with pytest.raises(error):
        save_frames(frames(), path, fps=10)
    assert [one.read_bytes() for one in tmp_path.iterdir()] == [b"before"]


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_an_animation_that_cannot_be_written_is_one_line(tmp_path, suffix):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot write the picture") as error:
        save_frames(plain_frames(), tmp_path / "file" / f"a{suffix}", fps=10)
    assert "\n" not in str(error.value)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_a_long_episode(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    assert save_frames(episode_frames(episode(5000, 1), 120), path, fps=15) == 120
    assert path.stat().st_size < 3e6
