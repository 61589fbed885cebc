"""Tries every mutant of the kernel; run as a script, with the compiler switched off.

Prints a JSON mapping of the mutant's name to how the comparison noticed it, null where it did
not; the entry with an empty name is the unmutated kernel.
"""

import importlib
import importlib.abc
import importlib.util
import inspect
import json
import signal
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))  # a safe path leaves the script's folder out

import compiled_directed
import compiled_parity
from compiled_mutants import MUTANTS
from compiled_reference import reference_tracks
from compiled_setups import draw_setup

PACKAGE = "tradegym.envs.engines.compiled"
DIRECTED = ("orders", "prices", "endings", "brackets")
#: Random configurations that are tried where the directed episodes notice nothing.
SEEDS = range(28)
SLOTS, STEPS = 1, 30
#: Seconds after which a mutant counts as one that never ends.
PATIENCE = 30


class _Mutated(importlib.abc.MetaPathFinder, importlib.abc.SourceLoader):
    """Loads one module of the kernel from other source."""

    def __init__(self, name, path, source):
        self._name, self._path, self._source = name, path, source

    def find_spec(self, fullname, path=None, target=None):
        if fullname == self._name:
            return importlib.util.spec_from_loader(fullname, self, origin=self._path)
        return None

    def get_filename(self, fullname):
        return self._path

    def get_data(self, path):
        return self._source.encode()


def load_kernel(mutant=None):
    """Let the next import of the kernel be a mutant, or the kernel itself."""
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, _Mutated)]
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]
    if mutant is None:
        return
    name, file, old, new = mutant
    path = source_of(file)
    text = path.read_text()
    if text.count(old) != 1:
        raise AssertionError(f"{name}: its text is {text.count(old)} times in {path.name}")
    sys.meta_path.insert(0, _Mutated(f"{PACKAGE}.kernel.{file}", str(path), text.replace(old, new)))


def source_of(file):
    """Return the path of a module of the kernel."""
    import tradegym.envs

    return Path(tradegym.envs.__file__).parent / "engines" / "compiled" / "kernel" / f"{file}.py"


def directed_episodes():
    """Return setup, seeds, actions and tracks of what the directed tests play."""
    found = []
    compiled_directed.listeners.append(
        lambda setup, actions, track: found.append((setup, [0], actions, [track]))
    )
    folder = Path(__file__).parents[1] / "parity" / "compiled"
    for part in DIRECTED:
        spec = importlib.util.spec_from_file_location(part, folder / f"test_named_{part}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, test in vars(module).items():
            if name.startswith("test_") and [*inspect.signature(test).parameters] == ["backend"]:
                test("backtrader")
    return found


def random_episode(seed):
    """Return the same of a random configuration."""
    setup, seeds = draw_setup(seed), [seed]
    actions = compiled_parity.draw_actions(setup, seeds, STEPS)
    return setup, seeds, actions, reference_tracks(setup, seeds, actions)


def notice(episodes):
    """Return how the comparison notices the loaded kernel, None where it does not."""
    plain = importlib.import_module("compiled_plain")
    signal.signal(signal.SIGALRM, _never_ends)
    for setup, seeds, actions, expected in episodes:
        signal.alarm(PATIENCE)
        try:
            found = plain.plain_tracks(setup, seeds, actions)
            for one, other in zip(expected, found, strict=True):
                compiled_parity.compare(one, other, compiled_parity.start_cash(setup))
        except AssertionError as error:
            return str(error).splitlines()[0]
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            signal.alarm(0)
    return None


def _never_ends(*_):
    raise TimeoutError("it never ends")


def main():
    """Try the kernel and every mutant."""
    np.seterr(all="ignore")
    episodes = [*directed_episodes(), *map(random_episode, SEEDS)]
    noticed = {}
    for mutant in (None, *MUTANTS):
        load_kernel(mutant)
        noticed["" if mutant is None else mutant[0]] = notice(episodes)
    print(json.dumps(noticed))


if __name__ == "__main__":
    main()
