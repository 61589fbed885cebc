"""Workers: how many, and what becomes of one that cannot do its job."""

import sys

import pytest

from tradegym.experiments.many.cores import choose_workers, thread_limits
from tradegym.experiments.many.job import Job, Order
from tradegym.experiments.many.news import News
from tradegym.experiments.many.pool import Pool
from tradegym.experiments.reporter import SilentReporter


@pytest.mark.parametrize(
    ("wanted", "jobs", "threads", "cores", "workers"),
    [
        (None, 10, 1, 4, 4),
        (None, 3, 1, 16, 3),
        (None, 10, 4, 16, 4),
        (None, 10, 8, 4, 1),
        (2, 10, 1, 16, 2),
        (8, 10, 1, 8, 8),
    ],
)
def test_threads_of_all_workers_fit_the_cores(wanted, jobs, threads, cores, workers):
    assert choose_workers(wanted, jobs, threads, cores) == (workers, None)


def test_more_workers_than_cores_are_cut_with_a_warning():
    workers, warning = choose_workers(8, 10, 2, 4)
    assert workers == 2
    assert warning == (
        "train.workers: 8 processes with train.torch_threads=2 need 16 cores; there are 4, so 2 "
        "train at a time"
    )


def test_a_variable_of_the_user_stays(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    limits = thread_limits(2)
    assert (limits["OMP_NUM_THREADS"], limits["MKL_NUM_THREADS"]) == ("3", "2")


def test_workers_that_fail_say_why_and_leave_the_others_alone(tmp_path):
    jobs = [Job("seed 0", ()), Job("seed 1", ())]

    def order(job):
        return Order(str(tmp_path / "none"), [], None, {}, None, sys.argv, sys.path)

    news = News(SilentReporter(), 2, 10)
    pool = Pool(1, order, news, tmp_path, {})
    pool.run(jobs)
    outcomes = pool.outcomes([*jobs, Job("seed 2", ())])
    assert [one.ending for one in outcomes] == ["failed", "failed", "not started"]
    assert outcomes[0].error.startswith(f"{tmp_path}/none/config.yaml: cannot be read")
    assert list(tmp_path.iterdir()) == []
