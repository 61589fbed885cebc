"""The sections of a report; importing this package registers them."""

from tradegym.experiments.report.sections import (
    account,
    audit,
    configuration,
    evaluations,
    evidence,
    exposure,
    folds,
    learning,
    months,
    provenance,
    results,
    reward,
    seeds,
    trades,
)
from tradegym.experiments.report.sections.registry import SECTIONS, build_sections

__all__ = [
    "SECTIONS",
    "account",
    "audit",
    "build_sections",
    "configuration",
    "evaluations",
    "evidence",
    "exposure",
    "folds",
    "learning",
    "months",
    "provenance",
    "results",
    "reward",
    "seeds",
    "trades",
]
