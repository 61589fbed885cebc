"""What an audit found, as values and as the content of ``audit.json``."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

PASSED: Final = "passed"
FAILED: Final = "failed"
OFF: Final = "off"

#: Name of the file in a run directory.
AUDIT_FILE: Final = "audit.json"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that depends on what it must not depend on.

    Attributes
    ----------
    where : str
        Key of the state with its feature or column, term of the reward, column of the account,
        or function.
    bar : int or None
        Row of the dataset at which it was first seen.
    time : str or None
        Of that bar, UTC.
    size : float or None
        Largest absolute change, in the unit of what changed; None where it is not a number.
    detail : str
        What was done, and what came of it.
    count : int
        How many times it was seen.
    """

    where: str
    bar: int | None = None
    time: str | None = None
    size: float | None = None
    detail: str = ""
    count: int = 1

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "where": self.where,
            "bar": self.bar,
            "time": self.time,
            "size": self.size,
            "detail": self.detail,
            "count": self.count,
        }

    def __str__(self) -> str:
        size = "" if self.size is None else f" changes by {self.size:.3g}"
        when = "" if self.bar is None else f" at bar {self.bar} ({self.time})"
        return f"{self.where}{size}{when}{self.detail and f': {self.detail}'}"


@dataclass(frozen=True, slots=True)
class Check:
    """One kind of examination.

    Attributes
    ----------
    name : str
    detail : str
        How much was looked at.
    findings : tuple of Finding
        Nothing is found in a check that passes.
    """

    name: str
    detail: str
    findings: tuple[Finding, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "name": self.name,
            "passed": self.passed,
            "detail": self.detail,
            "findings": [one.to_json() for one in self.findings],
        }


@dataclass(frozen=True, slots=True)
class AuditResult:
    """The outcome of an audit.

    Attributes
    ----------
    checks : tuple of Check
        In the order in which they were made; none when the audit is off.
    seconds : float
    off : bool
        Whether nothing was looked for (``audit.mode=off``).
    """

    checks: tuple[Check, ...] = ()
    seconds: float = 0.0
    off: bool = False

    @property
    def status(self) -> str:
        """``passed``, ``failed`` or ``off``."""
        if self.off:
            return OFF
        return PASSED if all(one.passed for one in self.checks) else FAILED

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Of all checks."""
        return tuple(found for one in self.checks for found in one.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the content of ``audit.json``."""
        return {
            "status": self.status,
            "checks": [one.to_json() for one in self.checks],
            "seconds": round(self.seconds, 3),
        }


def merge_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return one finding for each place: the first bar, the largest size, and how often."""
    merged: dict[str, Finding] = {}
    for one in findings:
        known = merged.get(one.where)
        if known is None:
            merged[one.where] = one
            continue
        first = min(known, one, key=_row)
        sizes = [size for size in (known.size, one.size) if size is not None]
        merged[one.where] = Finding(
            one.where,
            first.bar,
            first.time,
            max(sizes, default=None),
            first.detail,
            known.count + one.count,
        )
    return tuple(merged.values())


def _row(finding: Finding) -> int:
    return -1 if finding.bar is None else finding.bar
