"""Random configurations are equal in both engines at every step."""

import functools
from collections import Counter

import pytest
from compiled_chunks import FAST, LEAST, play_chunk

CHUNK = 25


@functools.cache
def played(chunk):
    return play_chunk(range(chunk * CHUNK, (chunk + 1) * CHUNK), slots=3, steps=24)


@pytest.mark.parametrize("chunk", range(FAST // CHUNK))
def test_configurations(chunk):
    assert played(chunk)["configurations"] == CHUNK


def test_everything_occurs_in_them():
    seen = sum((played(chunk) for chunk in range(FAST // CHUNK)), Counter())
    rare = {name: (seen[name], least) for name, least in LEAST.items() if seen[name] < least}
    assert not rare, f"too seldom: {rare}; all: {dict(seen)}"
