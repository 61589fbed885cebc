"""The parent of several trainings among other runs."""

import pytest

from tradegym.conf.errors import UserError
from tradegym.experiments.rundir import RunDir
from tradegym.experiments.runs import find_run, refuse_parent


def test_the_last_run_is_the_parent_and_not_one_of_its_children(tmp_path):
    parent = RunDir.create(tmp_path, "all", "folds")
    child = RunDir.create(tmp_path, "all-fold0")
    child.update(parent=parent.id)
    parent.update(children=[child.id])
    assert find_run(tmp_path, "last") == parent.path
    refuse_parent(child.path)
    with pytest.raises(UserError, match=rf"^run {parent.id}: holds 1 fold together .*{child.id}"):
        refuse_parent(parent.path)
    single = RunDir.create(tmp_path, "single")
    assert find_run(tmp_path, "last") == single.path
