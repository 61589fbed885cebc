import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.fetch.partial import PartialFile
from tradegym.envs.data.fetch.providers import Page

COLUMNS = ("open", "high", "low", "close", "volume")
IDENTITY = {"source": "ccxt:x:A/B@1h", "start": 5, "end": None}


def bars(first, number):
    opens = np.arange(first, first + number, dtype=np.int64) * 10
    values = opens[:, np.newaxis] / 7 + np.arange(5)
    return Page(opens, opens + 10, values, 0)


def filled(path, number=4):
    with PartialFile(path) as part:
        part.begin(IDENTITY, COLUMNS)
        part.append(bars(0, number))
    return path


def test_what_was_appended_is_read_back(tmp_path):
    with PartialFile(filled(tmp_path / "a.part")) as part:
        part.append(bars(4, 2))
        records = part.read()
        assert (len(part), part.identity, part.columns) == (6, IDENTITY, COLUMNS)
    expected = bars(0, 6)
    assert (records["open_time"] == expected.opens).all()
    assert (records["close_time"] == expected.closes).all()
    assert (records["values"] == expected.values).all()


def test_any_cut_leaves_the_complete_bars_and_can_be_continued(tmp_path):
    content = filled(tmp_path / "whole.part").read_bytes()
    header = content.index(b"\n") + 1
    path = tmp_path / "cut.part"
    for size in range(len(content) + 1):
        path.write_bytes(content[:size])
        with PartialFile(path) as part:
            if size < header:
                assert (part.identity, len(part.columns)) == (None, 0)
                continue
            whole = (size - header) // 56
            assert len(part) == len(part.read()) == whole
            part.trim()
            part.append(bars(whole, 5 - whole))
            assert (part.read()["values"] == bars(0, 5).values).all()


def test_two_downloads_cannot_write_one_file(tmp_path):
    path = filled(tmp_path / "a.part")
    with PartialFile(path), pytest.raises(UserError, match="is being written by another download"):
        PartialFile(path)
    with PartialFile(path) as part:
        assert len(part) == 4


@pytest.mark.parametrize(
    "content",
    [b"time,open\n2020-01-01,5\n", b"PAR1", b'{"format": "other"}\n', b"[]\n", b"x" * 70_000],
)
def test_other_files_are_not_touched(tmp_path, content):
    path = tmp_path / "a.part"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"a\.part: is not a partial download"):
        PartialFile(path)
    assert path.read_bytes() == content


def test_clear_and_remove(tmp_path):
    path = filled(tmp_path / "a.part")
    with PartialFile(path) as part:
        part.clear()
        assert (part.identity, path.stat().st_size) == (None, 0)
        part.remove()
    assert list(tmp_path.iterdir()) == []


def test_no_folder(tmp_path):
    with pytest.raises(UserError, match=r"a\.part: cannot be written: No such file"):
        PartialFile(tmp_path / "none" / "a.part")
