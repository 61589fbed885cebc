"""Which runs a command line names, and what each is called in tables."""

import fnmatch
import glob
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tradegym.conf.errors import UserError
from tradegym.experiments.comparing.stored import StoredRun, read_run
from tradegym.experiments.rundir import RUN_FILE
from tradegym.experiments.runs import find_run, list_runs

_ID = re.compile(r"\d{8}T\d{6}Z-(.+)")
_SWEEP = re.compile(r"[0-9a-f]{8}")
_MAX_NAMED = 4


def select_runs(root: Path, texts: Sequence[str]) -> tuple[list[StoredRun], list[str]]:
    """Return the runs that ``texts`` name, each once, in their order.

    Parameters
    ----------
    root : Path
        The runs root.
    texts : sequence of str
        Each as for `find_run`, the id of a sweep, which stands for all its runs, or a pattern of
        paths, directories or names with ``*``, ``?`` or ``[...]``. Other files beside a run, as
        ``runs/*`` names them, are passed over.

    Returns
    -------
    runs : list of StoredRun
    warnings : list of str
        What was passed over.

    Raises
    ------
    UserError
        If a text names no run, or more than one without being a pattern.
    """
    found: dict[Path, StoredRun] = {}
    skipped: list[str] = []
    beside = {Path(text).absolute().parent for text in texts if (Path(text) / RUN_FILE).exists()}
    for text in texts:
        path = Path(text)
        no_run = path.exists() and not (path / RUN_FILE).exists()
        if no_run and path.absolute().parent in beside:
            skipped.append(path.name)
            continue
        for one in _matching(root, text):
            try:
                found.setdefault(one.resolve(), read_run(one))
            except UserError:
                if len(texts) == 1 and not _is_pattern(text):
                    raise
                skipped.append(f"{one.name} (damaged {RUN_FILE})")
    more = f" and {len(skipped) - _MAX_NAMED} more" if len(skipped) > _MAX_NAMED else ""
    names = ", ".join(skipped[:_MAX_NAMED]) + more
    return list(found.values()), [f"not runs, left out: {names}"] if skipped else []


def _is_pattern(text: str) -> bool:
    return glob.has_magic(text) and not Path(text).exists()


def _matching(root: Path, text: str) -> list[Path]:
    if not _is_pattern(text):
        return _of_sweep(root, text) or [find_labelled(root, text)]
    # Path.glob refuses patterns that begin with a slash or hold "..".
    names = sorted(glob.glob(str(Path(text).expanduser())))  # noqa: PTH207
    found = [path for name in names if ((path := Path(name).absolute()) / RUN_FILE).is_file()]
    if not found:
        found = [
            run.path
            for run in list_runs(root.expanduser().absolute())
            if any(fnmatch.fnmatchcase(name, text) for name in (run.path.name, run.name))
        ]
    if not found:
        raise UserError(f"run {text!r}: no run in {root.expanduser().absolute()} matches it")
    return found


def _of_sweep(root: Path, text: str) -> list[Path]:
    """Return the runs of the sweep with this id, without the children of its experiments."""
    if _SWEEP.fullmatch(text) is None or Path(text).exists():
        return []
    runs = list_runs(root.expanduser().absolute())
    return [run.path for run in runs if run.info.get("sweep") == text]


def without_children(runs: Sequence[StoredRun]) -> tuple[list[StoredRun], list[str]]:
    """Return the runs without the seeds and folds of others among them, and a line that says so.

    A pattern such as ``ppo*`` names an experiment of several seeds and each of its seeds.
    """
    names = {run.path.name for run in runs}
    kept = [run for run in runs if run.info.get("parent") not in names]
    left = len(runs) - len(kept)
    if not left:
        return kept, []
    return kept, [f"left out: {left} that are seeds or folds of others of these runs"]


def find_labelled(root: Path, text: str) -> Path:
    """Return the directory of a run, as `find_run`, or by what `label_runs` calls it.

    Raises
    ------
    UserError
        If there is no such run, or more than one.
    """
    try:
        return find_run(root, text)
    except UserError:
        root = root.expanduser().absolute()
        named = [run.path for run in list_runs(root) if _short_id(run.path.name) == text]
        if len(named) == 1:
            return named[0]
        raise


def label_runs(runs: Sequence[StoredRun]) -> list[str]:
    """Return a short name for each run, none of them twice.

    The given name if no other run has it, else the name with the last part of the directory's,
    else the directory's.
    """
    for choice in (_given, _short, _directory):
        labels = [choice(run) for run in runs]
        if max(Counter(labels).values(), default=1) == 1:
            return labels
    return [str(run.path) for run in runs]


def _given(run: StoredRun) -> str:
    return run.name


def _short(run: StoredRun) -> str:
    return _short_id(run.id)


def _short_id(text: str) -> str:
    match = _ID.fullmatch(text)
    return match[1] if match else text


def _directory(run: StoredRun) -> str:
    return run.id
