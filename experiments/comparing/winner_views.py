"""The judgement of the winner as a table, as JSON and as rows of CSV."""

from dataclasses import asdict
from math import sqrt
from typing import Any

from tradegym.experiments.comparing.tables import Table
from tradegym.experiments.comparing.texts import p_text
from tradegym.experiments.comparing.winner import Winner, readable
from tradegym.experiments.luck.selection import Selection, overfitting_by_luck
from tradegym.experiments.luck.selection_verdict import FEW_CONFIGURATIONS, named, trials_text

#: What trained agents have already had of a part of the data.
_SEEN = {
    "validation": "the checkpoints of trained agents were chosen by the validation bars, which "
    "flatters them against the benchmark",
    "train": "trained agents have learned from the train bars, on which they are no evidence",
}

_HEADERS = ("test", "result", "evidence if", "without skill")


def winner_table(winner: Winner) -> Table:
    """Return the tests as a table, with the verdict and what to know below it."""
    found = winner.selection
    rows = [] if found is None else _rows(winner, found)
    note = " ".join([winner.text, *(f"{_sentence(one)}." for one in _notes(winner))])
    if not rows:
        rows = [("no test could be made", "-", "-", "-")]
    return Table("Was the winner picked by luck?", _HEADERS, rows, right=_HEADERS[1:], note=note)


def _rows(winner: Winner, found: Selection) -> list[tuple[str, ...]]:
    against = readable(winner.against)
    rows: list[tuple[str, ...]] = []
    one = found.overfitting
    if one is not None:
        luck = f"about {overfitting_by_luck(one.strategies):.2f}"
        title = (
            f"PBO, {one.strategies} configurations, {found.blocks} blocks, {one.splits:,} splits"
        )
        rows.append((title, f"{one.probability:.2f}", "near 0", luck))
    else:
        rows.append((f"PBO: {found.reasons['pbo']}", "undefined", "near 0", "-"))
    tested = found.superiority
    if tested is not None:
        count = len(tested.compared)
        names = named(tested.superior) if tested.superior else "none"
        rows += [
            (
                f"White's Reality Check, {count} against {against}: p",
                p_text(tested.reality_check_p),
                "< 0.05",
                "any",
            ),
            (f"Hansen's SPA, {count} against {against}: p", p_text(tested.spa_p), "< 0.05", "any"),
            (f"better than {against} by StepM at 5 %", names, "a name", "none in 95 %"),
        ]
    else:
        why = found.reasons["superiority"]
        rows.append((f"SPA and StepM against {against}: {why}", "undefined", "< 0.05", "-"))
    deflated = found.deflated
    if deflated is not None:
        year = deflated.threshold * sqrt(found.bars_per_year)
        rows.append(
            (
                f"deflated Sharpe ratio of {found.best}, {trials_text(found)}",
                f"{deflated.probability:.2f}",
                "> 0.95",
                f"Sharpe ratio {year:.2f}",
            )
        )
    else:
        rows.append((f"deflated Sharpe ratio: {found.reasons['deflated']}", "undefined", "-", "-"))
    return rows


def _notes(winner: Winner) -> list[str]:
    """Return what bounds the numbers, and then what the comparison noted."""
    notes, found, ledger = [], winner.selection, winner.ledger
    if found is not None:
        if found.overfitting is not None and len(found.sharpes) < FEW_CONFIGURATIONS:
            notes.append(
                f"PBO is coarse with {len(found.sharpes)} configurations: without skill its "
                f"standard deviation is 0.2 to 0.3"
            )
        if found.superiority is not None and ledger.configurations > len(found.sharpes):
            notes.append(
                f"PBO, SPA and StepM know of the {len(found.sharpes)} compared and not of the "
                f"{ledger.configurations} configurations that the ledger has for these data"
            )
        if winner.part == "test":
            uses = f", used {ledger.test_uses} times" if ledger.test_uses > 1 else ""
            notes.append(
                f"these are test bars{uses}: who chooses by them has used the test split to choose"
            )
        elif winner.part in _SEEN:
            notes.append(_SEEN[winner.part])
    return [*notes, *winner.notes]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def winner_json(winner: Winner) -> dict[str, Any]:
    """Return the judgement as JSON types; what is undefined is null."""
    found = winner.selection
    content: dict[str, Any] = {
        "case": winner.case,
        "verdict": winner.text,
        "against": winner.against or None,
        "part": winner.part,
        "configurations": [
            {"label": one.label, "runs": list(one.runs), "seeds": len(one.seeds)}
            for one in winner.configurations
        ],
        "best": None,
        "pbo": None,
        "superiority": None,
        "deflated": None,
        "reasons": {},
        "ledger": winner.ledger.as_dict(),
        "notes": _notes(winner),
    }
    if found is None:
        return content
    content |= {
        "bars": found.bars,
        "sharpes": dict(found.sharpes),
        "best": found.best,
        "reasons": dict(found.reasons),
    }
    if found.overfitting is not None:
        luck = overfitting_by_luck(found.overfitting.strategies)
        content["pbo"] = asdict(found.overfitting) | {"blocks": found.blocks, "without_skill": luck}
    if found.superiority is not None:
        content["superiority"] = asdict(found.superiority)
    if found.deflated is not None:
        content["deflated"] = asdict(found.deflated) | {
            "run": found.best,
            "trials_source": found.trials_source,
            "variance_source": found.variance_source,
            "skilled": found.deflated.skilled,
        }
    return content


def winner_rows(winner: Winner) -> list[dict[str, object]]:
    """Return one row for each value, with the columns of the long CSV table."""
    rows: list[dict[str, object]] = [{"item": "verdict", "value": winner.text}]
    found = winner.selection
    if found is not None and found.overfitting is not None:
        one = found.overfitting
        method = (
            f"CSCV, {found.blocks} blocks, {one.splits} splits, {one.strategies} configurations"
        )
        rows.append({"item": "pbo", "value": one.probability, "method": method})
    if found is not None and found.superiority is not None:
        tested, against = found.superiority, winner.against
        method = f"stationary bootstrap, mean block {tested.block}"
        for item, p in (("reality_check", tested.reality_check_p), ("spa", tested.spa_p)):
            rows.append({"item": item, "against": against, "p": p, "method": method})
        for label in tested.compared:
            named_better = int(label in tested.superior)
            rows.append(
                {"item": "stepm", "run": label, "against": against, "value": named_better,
                 "method": "1 = better at 5 %"}
            )  # fmt: skip
    if found is not None and found.deflated is not None:
        rows.append(
            {"item": "deflated_sharpe", "run": found.best, "value": found.deflated.probability,
             "p": found.deflated.p_value, "method": trials_text(found)}
        )  # fmt: skip
    return rows
