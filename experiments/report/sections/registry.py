"""The sections of a report, in the order in which they are read."""

from collections.abc import Callable

from tradegym.experiments.report.blocks import Block, Section, Text
from tradegym.experiments.report.files import RunFiles

#: Returns the blocks of a section; None if it has no meaning for this run.
Builder = Callable[[RunFiles], "list[Block] | None"]

#: Builder and title by anchor.
SECTIONS: dict[str, tuple[str, Builder]] = {}

_ABSENT = "absent"

#: Anchors in the order of the page.
ORDER = (
    "results",
    "seeds",
    "folds",
    "equity",
    "months",
    "trades",
    "exposure",
    "reward",
    "learning",
    "evidence",
    "audit",
    "evaluations",
    _ABSENT,
    "configuration",
    "provenance",
)


def section(key: str, title: str) -> Callable[[Builder], Builder]:
    """Register the builder of a section under its anchor."""

    def register(builder: Builder) -> Builder:
        SECTIONS[key] = (title, builder)
        return builder

    return register


def build_sections(run: RunFiles) -> tuple[Section, ...]:
    """Return the sections that have a meaning for this run.

    Sections of which nothing was recorded become lines of one, before the configuration.
    """
    found: list[Section] = []
    absent: list[Block] = []
    for key in ORDER:
        if key == _ABSENT:
            if absent:
                found.append(Section(key, "Not recorded", tuple(absent)))
            continue
        title, builder = SECTIONS[key]
        blocks = builder(run) or []
        if blocks and not all(isinstance(one, Text) and one.tone == "missing" for one in blocks):
            found.append(Section(key, title, tuple(blocks)))
        else:
            absent += blocks
    return tuple(found)
