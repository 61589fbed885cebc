"""The kernel's functions as plain Python, whatever numba does with them elsewhere."""

import importlib
import sys
from functools import cache

import tradegym.envs.engines.compiled.kernel.layout  # noqa: F401 - once, as its tuples are types

_KERNEL = "tradegym.envs.engines.compiled.kernel"
#: Its arrays; loaded again, its NamedTuples would be other classes.
_SHARED = f"{_KERNEL}.layout"


@cache
def plain_kernel(*names):
    """Import modules of the kernel, and those that they use, without compiling."""
    package = importlib.import_module(_KERNEL)
    kept = {name: sys.modules.pop(name) for name in _loaded()}
    attributes = dict(vars(package))
    try:
        with _without_numba():
            modules = [importlib.import_module(f"{_KERNEL}.{name}") for name in names]
    finally:
        for name in _loaded():
            del sys.modules[name]
        sys.modules.update(kept)
        vars(package).clear()
        vars(package).update(attributes)
    return modules


def _loaded():
    return [one for one in sys.modules if one.startswith(f"{_KERNEL}.") and one != _SHARED]


class _without_numba:  # noqa: N801
    def __enter__(self):
        self._numba = sys.modules.get("numba")
        sys.modules["numba"] = None  # an import of it then fails

    def __exit__(self, *error):
        if self._numba is None:
            del sys.modules["numba"]
        else:
            sys.modules["numba"] = self._numba
