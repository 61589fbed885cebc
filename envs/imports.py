"""Imports a user's own parts by ``module:Name``, and nothing else."""

import importlib
import re
import sys
from pathlib import Path

from tradegym.conf.errors import UserError, did_you_mean

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
    if here not in sys.path:
        sys.path.append(here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        missing = error.name or module_name
        if module_name == missing or module_name.startswith(missing + "."):
            raise UserError(
                f"{key}: there is no module '{missing}' (looked in the installed packages and "
                f"in the current directory)"
            ) from error
        raise UserError(
            f"{key}: importing '{module_name}' failed: no module '{missing}'"
        ) from error
    except Exception as error:
        raise UserError(
            f"{key}: importing '{module_name}' failed: {type(error).__name__}: {error}"
        ) from error
    if not hasattr(module, name):
        public = [entry for entry in vars(module) if not entry.startswith("_")]
        raise UserError(f"{key}: '{module_name}' has no '{name}'{did_you_mean(name, public)}")
    found: object = getattr(module, name)
    return found


def import_subclass(path: str, key: str, base: type) -> type:
    """Import a class and check that it is a subclass of ``base``.

    Raises
    ------
    UserError
        Also when the object is of another type.
    """
    found = import_object(path, key)
    if not (isinstance(found, type) and issubclass(found, base)):
        what = f"class {found.__name__}" if isinstance(found, type) else type(found).__name__
        raise UserError(
            f"{key}: '{path}' is a {what}; it must be a subclass of "
            f"{base.__module__}.{base.__name__}"
        )
    return found
