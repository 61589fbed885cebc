"""The audit as a whole."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tradegym.envs.engines.choice import COMPILED
from tradegym.experiments.audit.columns import check_features
from tradegym.experiments.audit.fills import check_fills
from tradegym.experiments.audit.future import check_future, check_repeats, play_originals
from tradegym.experiments.audit.play_compiled import check_engines
from tradegym.experiments.audit.probe import check_probe
from tradegym.experiments.audit.result import AuditResult, Check
from tradegym.experiments.audit.sources import check_sources
from tradegym.experiments.audit.subject import Subject
from tradegym.experiments.training.engine import engine_of

if TYPE_CHECKING:
    from tradegym.conf.resolve import Resolved
    from tradegym.experiments.reporter import Reporter


@dataclass(frozen=True, slots=True)
class Requests:
    """Checks that are made on request only; they take longer.

    Attributes
    ----------
    probe : bool
        Regress the next return on the observation.
    fit_proof : bool
        Train twice, the second time with other bars after train.
    surrogates : int
        Driftless markets to train and test on.
    """

    probe: bool = False
    fit_proof: bool = False
    surrogates: int = 0


def run_audit(
    resolved: "Resolved", *, reporter: "Reporter", objects: Mapping[str, Any] | None = None
) -> AuditResult:
    """Look for look-ahead in the environment that a configuration composes.

    Parameters
    ----------
    resolved : Resolved
        ``audit.*`` says how much is looked at; with ``audit.mode=off`` nothing is.
    reporter : Reporter
    objects : mapping of str to object, optional
        As for `EnvBuilder`.

    Raises
    ------
    tradegym.conf.errors.UserError
        The environment cannot be composed.
    """
    if resolved.config.audit.mode == "off":
        return AuditResult(off=True)
    return audit_on_request(resolved, Requests(), reporter=reporter, objects=objects)


def audit_on_request(
    resolved: "Resolved",
    requests: Requests,
    *,
    reporter: "Reporter",
    objects: Mapping[str, Any] | None = None,
) -> AuditResult:
    """Do what `run_audit` does, whatever ``audit.mode`` says, and what was asked for besides.

    Raises
    ------
    tradegym.conf.errors.UserError
        The environment cannot be composed, or a training is asked of an agent that has none.
    """
    started = time.perf_counter()
    if requests.fit_proof or requests.surrogates:
        from tradegym.experiments.audit.short import need_learner

        flag = "--fit-proof" if requests.fit_proof else "--surrogates"
        need_learner(resolved.config, flag)
    reporter.message("looking for look-ahead")
    subject = Subject(resolved, objects)
    checks = [*look_ahead_checks(subject, compiled=_trains_compiled(subject, reporter))]
    if requests.probe:
        checks.append(check_probe(subject))
    if requests.fit_proof:
        from tradegym.experiments.audit.fit_proof import check_fit

        checks.append(check_fit(subject))
    if requests.surrogates:
        from tradegym.experiments.audit.surrogates import check_surrogates

        checks.append(check_surrogates(subject, requests.surrogates, reporter))
    return AuditResult(tuple(checks), time.perf_counter() - started)


def _trains_compiled(subject: Subject, reporter: "Reporter") -> bool:
    """Tell whether training steps the compiled engine, which is then looked at as well.

    Only with a decision on every bar: its episodes have whole decisions, and could not begin at
    each row that is asked for.
    """
    if subject.builder.market.engine.params["skip_frame"] > 1:
        return False
    return engine_of(subject.resolved, subject.builder, reporter).backend == COMPILED


def look_ahead_checks(subject: Subject, *, compiled: bool = False) -> tuple[Check, ...]:
    """Perturb, truncate, and look at the features and the fills.

    Parameters
    ----------
    subject : Subject
    compiled : bool
        Play everything on the compiled engine too, and compare the engines.
    """
    options = subject.resolved.config.audit
    plays = play_originals(subject, options, compiled=compiled)
    repeats = check_repeats(subject, plays)
    if not repeats.passed:
        return (repeats,)  # what differs on equal bars says nothing about the future
    engines: tuple[Check, ...] = ()
    if plays.compiled is not None:
        cash = subject.resolved.config.engine.start_cash
        engines = (check_engines(subject.comparer(), plays.originals, plays.compiled, cash),)
    return (
        repeats,
        *engines,
        *check_future(subject, plays, options),
        check_features(subject, options),
        check_sources(subject, options.seed),
        check_fills(subject, plays, options.seed),
    )
