"""Random configurations are equal in both engines at every step: quarter 1 of the others."""

import pytest
from compiled_chunks import play_chunk, slow_chunks


@pytest.mark.slow
@pytest.mark.parametrize("seeds", slow_chunks(0), ids=str)
def test_configurations(seeds):
    assert play_chunk(seeds, slots=4, steps=40)["configurations"] == len(seeds)
