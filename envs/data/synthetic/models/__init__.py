"""The processes, one file each; importing this registers them all."""

from tradegym.envs.data.synthetic.models import (  # noqa: F401  registered by the import
    fbm,
    garch,
    gbm,
    heston,
    merton,
    ou,
    pair,
    regimes,
    sine,
)
