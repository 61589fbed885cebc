"""A process ends with its own exit code, and in order."""

import subprocess
import sys

SCRIPT = """
import atexit, ctypes, threading, time
from concurrent.futures import ThreadPoolExecutor
from tradegym.experiments.leaving import leave

libc = ctypes.CDLL(None)
libc.__cxa_atexit(libc.abort, None, None)  # as a C++ library that fails at the end

def slow():
    time.sleep(0.2)
    print("thread")

atexit.register(lambda: print("atexit"))
threading.Thread(target=slow).start()
pool = ThreadPoolExecutor()
pool.submit(int)  # its thread waits for more until it is told to stop
END
"""


def run(end):
    script = SCRIPT.replace("END", end)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60
    )


def test_threads_and_exit_functions_end_first():
    done = run("print('main'); leave(2)")
    assert (done.returncode, done.stdout) == (2, "main\nthread\natexit\n"), done.stderr


def test_without_it_the_library_has_the_last_word():
    assert run("raise SystemExit(2)").returncode == -6
