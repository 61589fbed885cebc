"""The report of a run: one HTML file and one Markdown file, from the run's own files."""

from tradegym.experiments.report.log import log_report
from tradegym.experiments.report.write import Written, write_report

__all__ = ["Written", "log_report", "write_report"]
