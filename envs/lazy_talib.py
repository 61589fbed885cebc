"""backtrader without TA-Lib until somebody asks for one of its indicators."""

import sys
import threading
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, Final

_NAME: Final = "backtrader.talib"
_LOADING: Final = threading.RLock()


def defer_talib() -> None:
    """Let ``backtrader.talib`` load on its first use, instead of whenever backtrader does.

    backtrader imports TA-Lib, which imports pandas, whether or not a strategy uses them: most of
    the memory and of the time that importing backtrader takes. Where backtrader has been imported
    already, nothing is done.
    """
    if "backtrader" in sys.modules or _NAME in sys.modules:
        return
    package = find_spec("backtrader")
    if package is None or package.submodule_search_locations is None:
        return  # importing it says what is wrong
    spec = PathFinder.find_spec(_NAME, package.submodule_search_locations)
    if spec is None or spec.loader is None:
        return
    module = module_from_spec(spec)
    module.__class__ = _Deferred
    sys.modules[_NAME] = module


class _Deferred(ModuleType):
    """A module whose code runs when something is missing in it."""

    # Python's own `LazyLoader` would load it as soon as backtrader imports it: each import looks
    # at the module's `__spec__`, and there any look loads.
    def __getattr__(self, name: str) -> Any:
        with _LOADING:
            if type(self) is _Deferred:
                object.__setattr__(self, "__class__", ModuleType)
                try:
                    self.__spec__.loader.exec_module(self)  # type: ignore[union-attr]
                except BaseException:
                    object.__setattr__(self, "__class__", _Deferred)
                    raise
        return getattr(self, name)
