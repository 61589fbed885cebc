"""Changes or removes the future at several cuts and looks whether the past notices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tradegym.conf.errors import TradegymError
from tradegym.experiments.audit.changes import CHANGES, perturb, truncate
from tradegym.experiments.audit.play import Played, Stretch, draw_actions, play
from tradegym.experiments.audit.play_compiled import play_compiled
from tradegym.experiments.audit.result import Check, Finding, merge_findings

if TYPE_CHECKING:
    from tradegym.conf.schema.audit import AuditConfig
    from tradegym.envs.build import EnvBuilder
    from tradegym.experiments.audit.subject import Subject

#: Bars at the end of a truncated series on which the closing of positions is legitimate.
_CLOSING = 2
#: Bars after a cut that an episode needs to go on.
_RESERVED = 2


@dataclass(frozen=True, slots=True)
class Plays:
    """The stretches that are played, with their outcome on the bars as they are.

    Attributes
    ----------
    actions : list
        One per decision of a stretch.
    stretches : tuple of Stretch
    originals : tuple of Played
        One per stretch.
    compiled : tuple of Played or None
        The same on the compiled engine; None where it is not used.
    """

    actions: list[Any]
    stretches: tuple[Stretch, ...]
    originals: tuple[Played, ...]
    compiled: tuple[Played, ...] | None = None


def choose_stretches(subject: "Subject", options: "AuditConfig") -> tuple[Stretch, ...]:
    """Return stretches spread evenly over the bars that are played, in order of time."""
    usable = [
        (rows, range(rows.start + subject.warmup, rows.stop - _RESERVED)) for rows in subject.ranges
    ]
    usable = [(rows, decisions) for rows, decisions in usable if len(decisions) > 1]
    total = sum(len(decisions) for _, decisions in usable)
    number = min(options.cuts, total // 2)
    ends = sorted({round(total * (i + 1) / number) - 1 for i in range(number)}) if number else []
    stretches, before = [], 0
    for rows, decisions in usable:
        last = decisions.start
        for end in ends:
            if before <= end < before + len(decisions):
                stop = decisions[end - before]
                start = max(decisions.start, stop - options.bars + 1, last)
                stretches.append(Stretch(rows, min(start, stop - 1), stop))
                last = stop
        before += len(decisions)
    return tuple(stretches)


def play_originals(subject: "Subject", options: "AuditConfig", *, compiled: bool = False) -> Plays:
    """Play the stretches on the bars as they are; ``compiled``: on the compiled engine too."""
    stretches = choose_stretches(subject, options)
    market = subject.builder.market
    actions = draw_actions(market, options.bars + _RESERVED, options.seed)
    played = tuple(play(market, subject.warmup, one, actions) for one in stretches)
    also = tuple(play_compiled(market, one, actions) for one in stretches) if compiled else None
    return Plays(actions, stretches, played, also)


def check_repeats(subject: "Subject", plays: Plays) -> Check:
    """Play the first stretch again, composed anew on equal bars: nothing may differ."""
    name = "repeat"
    if not plays.stretches:
        return Check(name, "no bars to play")
    dataset, stretch = subject.dataset, plays.stretches[0]
    last = len(dataset) - 1, stretch.stop
    again = subject.composed(perturb(dataset, last[0], "scale", np.random.default_rng(0)))
    found = list(_compared(subject, plays, 0, again, stretch, last, "played again"))
    failed = [one for one in plays.originals if one.failure is not None]
    if failed:
        bar, words = failed[0].failed_after, failed[0].failure or ""
        found.append(Finding("environment", bar, subject.comparer().time(bar), None, words))
    return Check(name, "the same bars and actions, twice", merge_findings(found))


def check_future(subject: "Subject", plays: Plays, options: "AuditConfig") -> tuple[Check, Check]:
    """Perturb and truncate what comes after several cuts; return a check for each."""
    rng = np.random.default_rng([options.seed, 1])
    found: dict[str, list[Finding]] = {"perturb": [], "truncate": []}
    cuts = {"perturb": 0, "truncate": 0}
    for number, stretch in enumerate(plays.stretches):
        seen = plays.originals[number].seen
        bars = sorted({one.bar for one in seen if one.bar <= stretch.stop})
        if not bars:
            continue
        for kind, cut in _cuts(bars, rng):
            check = "truncate" if kind == "truncate" else "perturb"
            found[check] += _at_cut(subject, plays, number, kind, cut, rng)
            cuts[check] += 1
    perturbed, truncated = (
        Check(name, f"{cuts[name]} cuts", merge_findings(found[name]))
        for name in ("perturb", "truncate")
    )
    return perturbed, truncated


def _cuts(bars: Sequence[int], rng: np.random.Generator) -> Iterator[tuple[str, int]]:
    """Yield what to do at which bar: at the first and the last decision, and in between."""
    yield "noise", bars[0]
    yield "noise", bars[-1]
    for kind in (*CHANGES, "truncate"):
        yield kind, bars[int(rng.integers(len(bars) // 2, len(bars)))]


def _at_cut(
    subject: "Subject", plays: Plays, number: int, kind: str, cut: int, rng: np.random.Generator
) -> list[Finding]:
    dataset, stretch = subject.dataset, plays.stretches[number]
    if kind == "truncate":
        # The bars end where positions may be closed; what is decided before must not know.
        altered = truncate(dataset, cut + _CLOSING)
        done = f"bars after {cut + _CLOSING} removed"
    else:
        altered = perturb(dataset, cut, kind, rng)
        done = f"bars after {cut} changed ({kind})"
    frozen = subject.train_stop > cut + 1
    try:
        again = subject.composed(altered, frozen=frozen)
    except TradegymError as error:
        where = f"{dataset.times[cut]!s:.19}"
        return [Finding("environment", cut, where, None, f"{done}: {error}")]
    inner = Stretch(stretch.rows, stretch.start, cut)
    known = min(len(altered) - 1, cut + _CLOSING) if kind == "truncate" else cut
    return list(_compared(subject, plays, number, again, inner, (known, cut), done))


def _compared(
    subject: "Subject",
    plays: Plays,
    number: int,
    again: "EnvBuilder",
    stretch: Stretch,
    last: tuple[int, int],
    done: str,
) -> Iterator[Finding]:
    """Compare the features of all rows up to ``last[0]``, and a play up to ``last[1]``."""
    original, other = subject.builder.market.features, again.market.features
    comparer = subject.comparer()
    if original is not None and other is not None:
        yield from comparer.tables(original.values, other.values, last[0], done)
    played = play(again.market, subject.warmup, stretch, plays.actions)
    yield from comparer.plays(plays.originals[number], played, last[1], done)
    if plays.compiled is not None:
        played = play_compiled(again.market, stretch, plays.actions)
        words = f"{done}, compiled engine"
        yield from comparer.plays(plays.compiled[number], played, last[1], words)
