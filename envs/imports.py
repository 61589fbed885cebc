"""Imports a user's own parts by ``module:Name``, and nothing else."""

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

from tradegym.conf.errors import TradegymError, UserError, did_you_mean

_PATH = re.compile(r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")


def import_object(path: str, key: str) -> object:
    """Import the object that ``path`` names.

    Call it only with a path that the user wrote: importing runs the module's code. The current
    directory is searched last, so that a project's own modules are found without installing.

    Parameters
    ----------
    path : str
        ``module:Name``, for example ``my_pkg.strat:MyStrategy``.
    key : str
        Config key that holds it, for the message.

    Returns
    -------
    object

    Raises
    ------
    UserError
        When the path is malformed, the module is missing or broken, or has no such name.
    """
    if not _PATH.match(path):
        raise UserError(f"{key}: '{path}' is not an import path; write module:Name")
    module_name, name = path.split(":")
    here = str(Path.cwd())
    if here not in sys.path and _is_here(module_name.partition(".")[0]):
        sys.path.append(here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        if module_name == missing or module_name.startswith(missing + "."):
            raise UserError(
                f"{key}: there is no module '{missing}' (looked in the installed packages and "
                f"in the current directory){did_you_mean(missing, _modules_here())}"
            ) from error
        raise UserError(
            f"{key}: importing '{module_name}' failed: no module '{missing}'"
        ) from error
    except (Exception, SystemExit) as error:
        raise UserError(
            f"{key}: importing '{module_name}' failed: {type(error).__name__}: {error}"
        ) from error
    if not hasattr(module, name):
        public = [entry for entry in vars(module) if not entry.startswith("_")]
        raise UserError(f"{key}: '{module_name}' has no '{name}'{did_you_mean(name, public)}")
    found: object = getattr(module, name)
    return found


def _is_here(name: str) -> bool:
    """Tell whether the current directory has a module or package of this name."""
    return Path(f"{name}.py").is_file() or Path(name).is_dir()


def _modules_here() -> list[str]:
    """Return the names of the current directory's modules and packages."""
    found = [*Path().glob("*.py"), *(path.parent for path in Path().glob("*/__init__.py"))]
    return [path.stem for path in found]


def import_subclass(path: str, key: str, base: type) -> type:
    """Import a class and check that it is a subclass of ``base``.

    Raises
    ------
    UserError
        Also when the object is of another type.
    """
    found = import_object(path, key)
    if not (isinstance(found, type) and issubclass(found, base)):
        kind = found if isinstance(found, type) else type(found)
        what = f"the class {kind.__name__}" if kind is found else f"of type {kind.__name__}"
        raise UserError(
            f"{key}: '{path}' is {what}; it must be a subclass of {base.__module__}.{base.__name__}"
        )
    return found


def call_factory(factory: Callable[[], object], path: str, key: str) -> object:
    """Call a user's own function without arguments and return what it returns.

    Parameters
    ----------
    factory : callable
    path : str
        Its name, for the message.
    key : str
        Config key that holds it, for the message.

    Raises
    ------
    UserError
        When it raises; one of tradegym's own errors is passed on.
    """
    try:
        return factory()
    except TradegymError:
        raise
    except Exception as error:
        raise UserError(
            f"{key}: calling '{path}' without arguments failed: {type(error).__name__}: {error} "
            f"(--debug shows where)"
        ) from error
