"""How the kernel's functions are compiled."""

from collections.abc import Callable
from typing import Any, TypeVar

from tradegym.envs.engines.compiled.cache import writable_folder

_Function = TypeVar("_Function", bound=Callable[..., Any])

try:
    import numba
except Exception:  # a broken installation raises anything
    # The functions then stay plain Python, which tests and readers can use.
    numba = None


def compiled(function: _Function) -> _Function:
    """Compile a function of the kernel into the functions that call it.

    Always inline: what the functions pass to each other is hundreds of words (addresses, shapes and
    strides of all arrays), which would be copied at every call. Only what a `door` reaches is
    compiled, and only there. No ``fastmath``: a sum must be rounded as the backtrader engine rounds
    it. Without numba, or with ``NUMBA_DISABLE_JIT=1``, the function stays as it is; else Python
    must not call it, since it has nothing to be called by.
    """
    if numba is None or numba.config.DISABLE_JIT:
        return function
    decorate = numba.njit(
        nogil=True,
        error_model="numpy",
        forceinline=True,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
    )
    return decorate(function)


def folded(function: _Function) -> _Function:
    """Compile a function of the kernel as a part of the text of the one that calls it.

    It becomes what `compiled` makes of it, without being optimised once on its own and again in
    its caller: the largest functions take seconds each time.
    """
    if numba is None or numba.config.DISABLE_JIT:
        return function
    decorate = numba.njit(nogil=True, error_model="numpy", inline="always")
    return decorate(function)


def called(function: _Function) -> _Function:
    """Compile a function of the kernel that is called and not inlined, on numpy's own arrays."""
    if numba is None or numba.config.DISABLE_JIT:
        return function
    decorate = numba.njit(
        nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
    )
    return decorate(function)


def door(function: _Function) -> _Function:
    """Compile a function that Python calls, and keep it in the user's cache directory.

    It lets go of the interpreter, so that several threads can step parts of one batch.
    """
    if numba is None or numba.config.DISABLE_JIT:
        return function
    return _kept(numba.njit(nogil=True, error_model="numpy")(function))


def _kept(dispatcher: Any) -> Any:
    """Let a function be kept in tradegym's own folder, whose name says what it was made from."""
    before = numba.config.CACHE_DIR
    try:
        # Where that cannot be written, numba would keep it beside the sources, and would not
        # notice when another of them changes.
        numba.config.CACHE_DIR = str(writable_folder())
        dispatcher.enable_caching()
    except (OSError, RuntimeError):  # nowhere to keep it: it is compiled in every process
        pass
    finally:
        numba.config.CACHE_DIR = before
    return dispatcher
