"""Independent random streams that all come from the key of one path."""

import numpy as np

from tradegym.conf.errors import UserError

_NAMES = ("parameters", "shocks", "variance", "jumps", "mixing", "regimes", "blocks", "start",
          "volume", "spread")  # fmt: skip
_KEY_BITS = 128


def stream(key: int, name: str, part: int = 0) -> np.random.Generator:
    """Return a generator at the start of one of the key's streams.

    Each part of a path has a stream of its own, so that for example a spread leaves the prices
    as they are. All are of Philox with the same key (Salmon et al. 2011); they begin at
    least 2^128 blocks apart and cannot overlap.

    Parameters
    ----------
    key : int
        0 to 2^128 - 1.
    name : str
        What the numbers are for.
    part : int
        A stream of the same name has parts, for example one per asset.

    Raises
    ------
    UserError
        A key out of range.
    """
    if not 0 <= key < 2**_KEY_BITS:
        raise UserError(f"key: {key} is out of range; allowed: an integer from 0 to 2^128 - 1")
    counter = np.array([0, 0, part, _NAMES.index(name)], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=int(key), counter=counter))
