"""How many trainings the machine has room for."""

import os


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def choose_workers(
    wanted: int | None, jobs: int, threads: int, cores: int
) -> tuple[int, str | None]:
    """Return how many processes train at the same time, so that their threads fit the cores.

    Parameters
    ----------
    wanted : int or None
        ``train.workers``; None takes as many as fit.
    jobs : int
        Trainings there are.
    threads : int
        Threads of each.
    cores : int

    Returns
    -------
    workers : int
        From 1 to ``jobs``.
    warning : str or None
        Why there are fewer than were wanted.
    """
    room = max(cores // threads, 1)
    warning = None
    if wanted is not None and wanted > room:
        warning = (
            f"train.workers: {wanted} processes with train.torch_threads={threads} need "
            f"{wanted * threads} cores; there are {cores}, so {room} train at a time"
        )
    return min(jobs, room if wanted is None else min(wanted, room)), warning


def thread_limits(threads: int) -> dict[str, str]:
    """Return the variables that keep libraries of a worker to ``threads`` threads.

    A variable that the user has set stays.
    """
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return {name: os.environ.get(name, str(threads)) for name in names}
