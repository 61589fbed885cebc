"""Downloads one series into a Parquet file; what was interrupted continues where it stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.data.dataset import Dataset
from tradegym.envs.data.fetch.partial import PartialFile
from tradegym.envs.data.fetch.providers import Feed, Page, open_feed
from tradegym.envs.data.fetch.request import FetchRequest, now_ns
from tradegym.envs.data.fetch.retry import Retry
from tradegym.envs.data.fetch.store import write_bars
from tradegym.envs.data.validate import MIN_BARS, VOLUME
from tradegym.version import __version__

PRICE_TOLERANCE = 1e-5  # relative; providers round a price differently from day to day
_LATE = 7 * 86_400 * 10**9  # nanoseconds: longer than exchanges are closed


class Progress(Protocol):
    """Hears how a download goes; the reporter of a run is one."""

    def message(self, text: str) -> None:
        """Tell one line of news."""

    def warn(self, text: str) -> None:
        """Tell one line that the user should not miss."""

    def start(self, total: int, text: str) -> None:
        """Begin to show progress towards ``total`` bar lengths of time."""

    def advance(self, step: int, values: Mapping[str, str]) -> None:
        """Show that ``step`` bar lengths of time are done."""

    def stop(self) -> None:
        """Stop to show progress."""


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A finished download.

    Attributes
    ----------
    path : Path
        The Parquet file.
    source : str
        Where its bars come from.
    dataset : Dataset
        Its bars, checked; the time is the close of the bar.
    provenance : mapping of str to str
        What the file's metadata say.
    """

    path: Path
    source: str
    dataset: Dataset
    provenance: Mapping[str, str]


def download(
    request: FetchRequest,
    out: Path,
    progress: Progress,
    *,
    force: bool = False,
    retry: Retry | None = None,
) -> Downloaded:
    """Download what ``request`` names into ``out``.

    Bars are collected in ``<out>.part`` beside it. If that file holds the beginning of the same
    request, it is continued at its last bar, which is downloaded again and compared. Bars that
    are not over yet are left out. ``out`` gets its name when all of its bars have been checked.

    Parameters
    ----------
    request : FetchRequest
        What to download.
    out : Path
        A name that ends with ``.parquet``.
    progress : Progress
        Hears how it goes.
    force : bool
        Replace ``out`` if it exists, and drop a partial download of another request.
    retry : Retry, optional
        When to try again.

    Returns
    -------
    Downloaded
        The file and its bars.

    Raises
    ------
    UserError
        If ``out`` cannot be used, the request names nothing that exists, or too few bars.
    RunFailed
        If the provider fails or cannot be reached; what has arrived is kept.
    """
    _check_out(out, force=force)
    retry = retry or Retry()
    with PartialFile(out.with_name(f"{out.name}.part")) as part:
        try:
            _check_partial(part, request, progress, force=force)
            feed = retry.call(lambda: open_feed(request), progress.warn)
            _collect(request, feed, part, progress, retry)
        except BaseException as error:
            kept = len(part)
            if not kept:
                part.remove()
                raise
            hint = f"{kept:,} bars are kept in {part.path}, the same command continues"
            if isinstance(error, RunFailed):
                raise RunFailed(f"{error}; {hint}") from error
            progress.message(hint)
            raise
        _check_out(out, force=force)  # again: a download takes its time
        return _finish(request, feed, part, out)


def _check_out(out: Path, *, force: bool) -> None:
    if out.suffix != ".parquet":
        raise UserError(f"--out: '{out}' does not end with .parquet; only Parquet is written")
    if not out.parent.is_dir():
        raise UserError(f"--out: '{out}': there is no directory {out.parent}; make it first")
    if out.is_dir() or (out.exists() and not force):
        raise UserError(f"--out: '{out}' exists; give another name, or --force to replace it")


def _check_partial(
    part: PartialFile, request: FetchRequest, progress: Progress, *, force: bool
) -> None:
    """Make sure that ``part`` is empty or the beginning of ``request``."""
    found = part.identity
    if found is None or found == request.identity():
        return
    period = f"from {_date(found['start'])} to {_date(found['end'])}"
    if not force:
        raise UserError(
            f"{part.path}: holds {len(part):,} bars of {found['source']} {period}; ask for that "
            "again to complete it, or drop it with --force"
        )
    progress.warn(f"{part.path}: {len(part):,} bars of {found['source']} {period} are dropped")
    part.clear()


def _collect(
    request: FetchRequest, feed: Feed, part: PartialFile, progress: Progress, retry: Retry
) -> None:
    """Append pages to ``part`` until the end of the request, or until now."""
    if part.columns != feed.columns:
        part.begin(request.identity(), feed.columns)
    part.trim()
    now = now_ns()
    start = feed.position(request.start)
    stop = feed.position(now if request.end is None else min(request.end, now))
    known = part.read()[-1] if len(part) else None
    cursor = start if known is None else int(known["open_time"])
    left_out = 0
    progress.start(max(1, (stop - start) // feed.step), f"download {request.source}")
    try:
        while cursor < stop:
            page = retry.call(partial(feed.page, cursor, stop), progress.warn)
            if known is not None:
                if not _repeats(page, known):
                    progress.warn(
                        f"{part.path}: the prices of its last bar have changed since; its "
                        f"{len(part):,} bars are dropped and downloaded again"
                    )
                    part.begin(request.identity(), feed.columns)
                    cursor, known = start, None
                    continue
                progress.message(f"{part.path}: continues after {len(part):,} bars")
                page, known = page.cut(1, len(page.opens)), None
            left_out += page.left_out
            ended = int(np.searchsorted(page.closes, now - feed.delay, side="right"))
            part.append(page.cut(0, ended))
            if ended < len(page.opens):
                break
            cursor = page.following
            progress.advance((min(cursor, stop) - start) // feed.step, {"bars": f"{len(part):,}"})
    finally:
        progress.stop()
    if left_out:
        progress.warn(f"{request.source}: left out {left_out} bar(s) that came without prices")
    first = int(part.read()["open_time"][0]) if len(part) else start
    if first - start > max(_LATE, 10 * feed.step):
        progress.warn(f"{request.source}: has no bars before {_date(first)}")


def _repeats(page: Page, known: "np.void") -> bool:
    """Return whether the page begins with the bar ``known``, at the same prices."""
    if not len(page.opens) or page.opens[0] != known["open_time"]:
        return False
    # A volume is often corrected the day after: that is no reason to begin anew.
    ours, theirs = (np.delete(values, VOLUME) for values in (known["values"], page.values[0]))
    return bool(np.allclose(ours, theirs, rtol=PRICE_TOLERANCE, atol=0))


def _finish(request: FetchRequest, feed: Feed, part: PartialFile, out: Path) -> Downloaded:
    records = part.read()
    if len(records) < MIN_BARS:
        part.remove()
        raise UserError(
            f"{request.source}: has {len(records)} bar(s) from {_date(request.start)} to "
            f"{_date(request.end)}, at least {MIN_BARS} are needed; choose another --start or --end"
        )
    times = records["close_time"].view("datetime64[ns]")
    values = records["values"]
    provenance = {
        "source": request.source,
        "provider": request.provider,
        "symbol": request.symbol,
        "interval": request.interval,
        "time": "close of the bar in UTC",
        **feed.provenance(),
        "fetched": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": f"tradegym {__version__}",
    }
    try:
        dataset = Dataset.from_arrays(request.source, times, values[:, :5])
    except UserError as error:
        rejected = out.with_name(f"{out.stem}.rejected.parquet")
        write_bars(rejected, times, values, feed.columns, provenance)
        part.remove()
        raise RunFailed(
            f"{error} (the bars as they came are in {rejected}, which "
            "`tradegym data validate` can repair)"
        ) from None
    write_bars(out, times, values, feed.columns, provenance)
    part.remove()
    return Downloaded(out, request.source, dataset, provenance)


def _date(time: object) -> str:
    if not isinstance(time, int):
        return "now"
    return str(np.datetime64(time, "ns").astype("datetime64[s]")).removesuffix("T00:00:00")
