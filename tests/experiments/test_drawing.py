"""Which scenes of a long episode are kept for an animation."""

import itertools

import pytest

from tradegym.experiments.drawing import Thinned


@pytest.mark.parametrize("most", [1, 2, 7, 120])
@pytest.mark.parametrize("count", [1, 2, 7, 100, 1001])
def test_kept_scenes_are_even_few_and_end_with_the_newest(most, count):
    kept, made = Thinned(most), []

    def scene(number):
        made.append(number)
        return number

    for number in range(count):
        kept.add(lambda number=number: scene(number))
        assert len(kept._kept) <= 2 * most
    found = kept.scenes()
    assert found[-1] == count - 1
    assert len(found) == min(count, most)
    assert found == sorted(set(found))
    if len(found) > 2:
        gaps = [b - a for a, b in itertools.pairwise(found)]
        assert max(gaps) <= 2 * (count / most) + 2
    if most > 1:
        assert found[0] == 0
