"""Looks for look-ahead in an environment."""

from tradegym.experiments.audit.audit import Requests, audit_on_request, run_audit
from tradegym.experiments.audit.result import AUDIT_FILE, AuditResult, Check, Finding

__all__ = [
    "AUDIT_FILE",
    "AuditResult",
    "Check",
    "Finding",
    "Requests",
    "audit_on_request",
    "run_audit",
]
