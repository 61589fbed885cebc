import shlex
import subprocess
import sys

import pytest

from tradegym.experiments import provenance


def git(directory, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "code.py").write_text("a = 1\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    return tmp_path


def test_clean_repository(repository):
    state = provenance.git_state(repository)
    assert len(state["git_commit"]) == 40
    assert state["git_dirty"] is False
    assert state["git_diff"] == ""


def test_changes_are_kept_as_a_diff(repository):
    (repository / "code.py").write_text("a = 2\n")
    state = provenance.git_state(repository)
    assert state["git_dirty"] is True
    assert "-a = 1\n+a = 2\n" in state["git_diff"]


def test_a_huge_diff_is_cut(repository):
    (repository / "code.py").write_text("".join(f"x{i} = {i}\n" for i in range(40_000)))
    diff = provenance.git_state(repository)["git_diff"]
    assert len(diff) < provenance.MAX_DIFF_CHARS + 100
    assert "[cut: " in diff


def test_a_repository_without_a_commit(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "new.py").write_text("")
    state = provenance.git_state(tmp_path)
    assert (state["git_commit"], state["git_dirty"], state["git_diff"]) == (None, True, "")


def test_no_repository_and_no_git(tmp_path, monkeypatch):
    nothing = {"git_commit": None, "git_dirty": None, "git_diff": None}
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.git_state(tmp_path) == nothing
    monkeypatch.setenv("PATH", str(tmp_path))
    assert provenance.git_state(tmp_path) == nothing


def test_collect(repository, monkeypatch):
    monkeypatch.chdir(repository)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/tradegym", "train", "name=a b"])
    found = provenance.collect()
    assert shlex.split(found["command_line"]) == ["tradegym", "train", "name=a b"]
    assert found["cwd"] == str(repository)
    assert found["git_dirty"] is False
    assert found["python"].startswith("3.")
    assert found["versions"]["numpy"].count(".") >= 1
    assert found["versions"]["tradegym"]
