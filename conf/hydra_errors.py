"""Translation of Hydra's, OmegaConf's and PyYAML's errors into one line for the user."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml  # type: ignore[import-untyped]
from hydra.core.config_loader import ConfigLoader
from hydra.errors import HydraException, MissingConfigException
from omegaconf.errors import OmegaConfBaseException

from tradegym.conf.errors import UserError, did_you_mean
from tradegym.conf.groups import GROUPS, PRESETS
from tradegym.conf.option_names import option_names
from tradegym.conf.paths import display_path


@contextmanager
def user_errors(
    loader: ConfigLoader | None = None,
    config_dir: Path | None = None,
    typed: Sequence[str] = (),
) -> Iterator[None]:
    """Turn the errors of a composition into `UserError`.

    Parameters
    ----------
    loader : ConfigLoader, optional
        Where the options of a group are looked up for the message.
    config_dir : Path, optional
        The user's directory, searched for a file that is not text.
    typed : sequence of str
        The choices of options that the user typed; others come from a file.
    """
    try:
        yield
    except yaml.MarkedYAMLError as error:
        raise UserError(_yaml_line(error)) from error
    except MissingConfigException as error:
        raise UserError(_missing_line(error, loader, typed)) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{_not_text(config_dir)}: not UTF-8 text ({error.reason})") from error
    except RecursionError as error:
        raise UserError("defaults lists of YAML files include each other") from error
    except (HydraException, OmegaConfBaseException, yaml.YAMLError, ValueError) as error:
        raise UserError(one_line(error)) from error


def one_line(error: BaseException) -> str:
    """Return an error's message on one line, without Hydra's hints about its own syntax."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("To append", "full_key", "object_type"))]
    return " ".join(kept) or type(error).__name__


def _yaml_line(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return f"bad YAML: {one_line(error)}"
    where = f"{display_path(Path(mark.name))}, line {mark.line + 1}, column {mark.column + 1}"
    return f"{where}: bad YAML ({error.problem or error.context})"


def _missing_line(
    error: MissingConfigException, loader: ConfigLoader | None, typed: Sequence[str]
) -> str:
    path = error.missing_cfg_file or ""
    group, _, name = path.partition("/")
    if group not in GROUPS or not name:
        return one_line(error).split("Config search path")[0].strip()
    options = option_names(loader, group) if loader is not None else error.options
    allowed = sorted(options or [])
    parent = re.match(r"In '([^']+)'", str(error))
    within = f" (in {parent.group(1)})" if parent and parent.group(1) != "config" else ""
    if not within and f"{group}={name}" not in typed:
        presets = [choice for choice in typed if choice.startswith(f"{PRESETS}=")]
        within = f" (in {presets[0].replace('=', '/')})" if presets else ""
    in_folders = {option.rpartition("/")[2]: option for option in allowed}
    hint = did_you_mean(in_folders.get(name, name), allowed)
    return f"{group}={name}: no such option{within}; allowed: {', '.join(allowed)}{hint}"


def _not_text(config_dir: Path | None) -> str:
    for path in sorted(config_dir.rglob("*.yaml")) if config_dir is not None else []:
        try:
            path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return display_path(path)
    return "a YAML file"
