"""Runs a job through Hydra's public entry point, so that launchers and sweepers work."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from tradegym.conf.compose import CONFIG_NAME, VERSION_BASE
from tradegym.conf.overrides import rewrite_overrides
from tradegym.conf.searchpath import user_search_path


def run_hydra(
    job: Callable[[list[str]], None] | None,
    flags: Sequence[str],
    overrides: Sequence[str],
    config_dir: Path | None,
) -> None:
    """Let Hydra call ``job`` once per run with that run's overrides.

    Parameters
    ----------
    job : callable or None
        Gets the overrides of its run; None where Hydra only prints something.
    flags : sequence of str
        Hydra's own, such as ``--multirun``.
    overrides : sequence of str
        As typed.
    config_dir : Path, optional
        The user's config directory.

    Raises
    ------
    Exception
        What the job raised; of a sweep, what the first failing job raised, after all have run.
    """
    arguments, process = sys.argv, os.getpid()
    failures: list[Exception] = []

    @hydra.main(
        config_path="pkg://tradegym.conf", config_name=CONFIG_NAME, version_base=VERSION_BASE
    )
    def task(_: DictConfig) -> None:
        if job is None:
            return
        sys.argv = arguments  # what was typed, for the record of the run
        try:
            job(list(HydraConfig.get().overrides.task))
        except Exception as error:
            if os.getpid() != process:
                raise  # in a launcher's worker: only Hydra can bring the error back
            failures.append(error)  # Hydra would print lines of its own about it

    variable = os.environ.get("HYDRA_FULL_ERROR")
    sys.argv = ["tradegym", *flags, *rewrite_overrides(overrides)]
    os.environ["HYDRA_FULL_ERROR"] = "1"  # lets errors reach us instead of being printed
    try:
        with user_search_path(config_dir):
            task()
    finally:
        sys.argv = arguments
        if variable is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = variable
    if failures:
        raise failures[0]
