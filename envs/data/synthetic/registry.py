"""Which function makes the path of which process."""

from collections.abc import Callable

from tradegym.envs.data.synthetic.path import Moves, Task

Model = Callable[[Task], Moves]
MODELS: dict[str, Model] = {}


def model(name: str) -> Callable[[Model], Model]:
    """Register the function for ``dataset.process.kind=name``."""

    def register(function: Model) -> Model:
        MODELS[name] = function
        return function

    return register
