import json

import numpy as np
import pytest
from gymnasium import spaces

from tradegym.experiments.tracking.spaces import space_from_json, space_to_json

SPACES = [
    spaces.Discrete(4),
    spaces.Discrete(3, start=-1),
    spaces.MultiDiscrete([4, 2]),
    spaces.Box(0.0, np.inf, (30, 4), np.float32),
    spaces.Box(np.array([-np.inf, 0.1]), np.array([1.0, np.inf]), dtype=np.float64),
    spaces.Box(0, 255, (2, 2), np.uint8),
    spaces.Dict(
        {
            "raw": spaces.Box(-1.0, 1.0, (2, 3), np.float32),
            "inner": spaces.Dict({"a": spaces.Discrete(2)}),
        }
    ),
]


@pytest.mark.parametrize("space", SPACES, ids=str)
def test_round_trip_through_strict_json(space):
    text = json.dumps(space_to_json(space), allow_nan=False)
    again = space_from_json(json.loads(text))
    assert again == space
    assert again.dtype == space.dtype


def test_other_spaces_are_refused():
    with pytest.raises(TypeError, match="Text"):
        space_to_json(spaces.Text(3))
    with pytest.raises(ValueError, match=r"os\.system"):
        space_from_json({"type": "os.system"})
