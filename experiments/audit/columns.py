"""Looks at the features alone, on all bars, the scalers as they were fitted."""

from typing import TYPE_CHECKING

import numpy as np

from tradegym.conf.errors import TradegymError
from tradegym.experiments.audit.changes import CHANGES, perturb, truncate
from tradegym.experiments.audit.result import Check, Finding, merge_findings

if TYPE_CHECKING:
    from tradegym.conf.schema.audit import AuditConfig
    from tradegym.experiments.audit.subject import Subject


def check_features(subject: "Subject", options: "AuditConfig") -> Check:
    """Change and remove what comes after several cuts, those in the train part too."""
    name, fitted = "features", subject.builder.features
    original = subject.builder.market.features
    if fitted is None or original is None:
        return Check(name, "the state shows none")
    dataset, rng = subject.dataset, np.random.default_rng([options.seed, 2])
    comparer, found = subject.comparer(), []
    first = min(original.lookback, len(dataset) - 1)
    cuts = np.linspace(first, len(dataset) - 1, options.cuts + 2).astype(int)[1:-1]
    kinds = (*CHANGES, "truncate")
    for start in cuts:
        for kind in kinds:
            # Each kind at a bar of its own: a leak of one bar may show on some bars only.
            cut = min(
                int(start + rng.integers(max(1, (len(dataset) - first) // 20))), len(dataset) - 2
            )
            done = f"bars after {cut} " + ("removed" if kind == "truncate" else f"changed ({kind})")
            other = (
                truncate(dataset, cut) if kind == "truncate" else perturb(dataset, cut, kind, rng)
            )
            fresh = subject.fresh_features()
            if fresh is None or cut <= fresh.lookback:
                continue
            try:
                table = fresh.table(other)
            except TradegymError as error:
                time = comparer.time(cut)
                found.append(Finding("features", cut, time, None, f"{done}: {error}"))
                continue
            found += comparer.tables(original.values, table.values, cut, done)
    detail = f"{len(cuts) * len(kinds)} cuts in all bars, {len(fitted.names)} columns"
    return Check(name, detail, merge_findings(found))
