"""Which function estimates which process."""

from collections.abc import Callable

from tradegym.envs.data.synthetic.fitting.result import Found
from tradegym.envs.data.synthetic.fitting.sample import Sample

Estimator = Callable[[Sample], Found]
ESTIMATORS: dict[str, Estimator] = {}


def estimator(name: str) -> Callable[[Estimator], Estimator]:
    """Register the estimator of the process ``name``."""

    def register(function: Estimator) -> Estimator:
        ESTIMATORS[name] = function
        return function

    return register
