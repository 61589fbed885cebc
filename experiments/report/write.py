"""Writes the files of a report."""

from dataclasses import dataclass
from pathlib import Path

from tradegym.conf.errors import UserError
from tradegym.experiments.report.build import build_report
from tradegym.experiments.report.render import to_html, to_markdown
from tradegym.experiments.rundir import write_atomic

HTML_FILE = "report.html"
MARKDOWN_FILE = "report.md"


@dataclass(frozen=True, slots=True)
class Written:
    """The files of a report."""

    html: Path
    markdown: Path


def write_report(run: Path, out: Path | None = None) -> Written:
    """Write the report of a run from the run's files.

    Parameters
    ----------
    run : Path
        Directory of the run.
    out : Path, optional
        Where the page goes instead of ``report.html`` in the run's directory; the Markdown file
        stands beside it under the same name.

    Returns
    -------
    Written

    Raises
    ------
    UserError
        If ``run`` is no run, or the files cannot be written.
    """
    html = run / HTML_FILE if out is None else out.expanduser().absolute()
    written = Written(html, html.with_suffix(".md"))
    report = build_report(run)
    page, text = to_html(report), to_markdown(report)
    try:
        html.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(written.html, page)
        write_atomic(written.markdown, text)
    except OSError as error:
        raise UserError(f"{html}: cannot be written: {error.strerror or error}") from error
    return written
