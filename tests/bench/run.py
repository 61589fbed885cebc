"""Measures how fast tradegym is, always against something else in the same run.

    make bench                                   # everything, about 20 minutes
    python tests/bench/run.py --list
    python tests/bench/run.py --only compiled    # one measurement, or several
    python tests/bench/run.py --short            # to see that it works

Each measurement runs in a process of its own; the sides of a comparison take turns within it.
What is shown is the median; ratios are taken round by round, with the least and the largest.
All is written below a temporary folder.
"""

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))

import machine  # noqa: E402
import report  # noqa: E402
from frame import MEASUREMENTS, TASKS, CannotMeasureError, Options  # noqa: E402

#: One file per group of measurements; they import what they measure when they run.
GROUPS = (
    "measure_compiled",
    "measure_backtrader",
    "measure_peers",
    "measure_training",
    "measure_normalisation",
    "measure_startup",
    "measure_memory",
    "measure_data",
)


def main():
    for name in GROUPS:
        importlib.import_module(name)
    options = _parse()
    if options.task:
        name, arguments = options.task
        print(json.dumps(TASKS[name](*json.loads(arguments))))
        return 0
    if options.measure:
        print(json.dumps(_measure_here(options.measure, options)))
        return 0
    if options.list:
        for one in MEASUREMENTS.values():
            print(f"{one.name:16} {one.about}")
        return 0
    if options.results:
        figures = json.loads(options.results.read_text(encoding="utf-8"))
    else:
        figures = _measure_all(_chosen(options.only), options)
    if options.json:
        options.json.write_text(f"{json.dumps(figures, indent=2)}\n", encoding="utf-8")
    if options.markdown:
        report.write_markdown(options.markdown, figures)
    return int(any("failed" in one for one in figures["measurements"]))


def _parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="only see that everything works")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these measurements")
    parser.add_argument("--list", action="store_true", help="list the measurements")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument(
        "--markdown", type=Path, metavar="PAGE", help="write the tables into a page such as "
        "docs/speed.md"
    )  # fmt: skip
    parser.add_argument(
        "--results", type=Path, metavar="FILE", help="measure nothing: read what --json wrote"
    )
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--task", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def _chosen(only):
    if only is None:
        return list(MEASUREMENTS)
    unknown = [name for name in only if name not in MEASUREMENTS]
    if unknown:
        raise SystemExit(
            f"--only: '{unknown[0]}' is no measurement; there are {', '.join(MEASUREMENTS)}"
        )
    return [name for name in MEASUREMENTS if name in only]


def _measure_all(names, options):
    facts = machine.facts()
    print(f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}", flush=True)
    results = []
    for name in names:
        result = _measure(name, options)
        results.append(result)
        for table in result.get("tables", ()):
            print("\n".join(report.text_lines(table)))
        for what in ("skipped", "failed"):
            if what in result:
                print(f"\n{name}: {what}, {result[what]}")
        print(f"  ({name}: {result['seconds']:.0f} s)", flush=True)
    return {"short": options.short, "machine": facts, "measurements": results}


def _measure(name, options):
    """Run a measurement in a process of its own; what it prints goes to stderr as it comes."""
    command = [sys.executable, __file__, "--measure", name]
    command += ["--short"] if options.short else []
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.stderr.write(done.stderr)
        line = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {"name": name, "seconds": seconds, "failed": line}
    return {"name": name, "seconds": seconds, **json.loads(done.stdout.splitlines()[-1])}


def _measure_here(name, options):
    with tempfile.TemporaryDirectory(prefix="tradegym-bench-") as folder:
        try:
            tables = MEASUREMENTS[name].function(Options(options.short, Path(folder)))
        except CannotMeasureError as why:
            return {"skipped": str(why)}
    return {"tables": [report.as_json(table) for table in tables]}


if __name__ == "__main__":
    sys.exit(main())
