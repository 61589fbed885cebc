"""The override rules, against a table written down by hand from the documented rules."""

from itertools import product

import pytest

from tradegym.conf.rules import CEREBRO_RULE, DATASET_RULE, STRATEGY_RULE, Verdict, apply_rules

ENGINE, STRATEGY, DATASET = "engine.cerebro", "strategy.cls", "dataset.cls"
KINDS = {
    "engine": "engine.start_cash",
    "strategy": "strategy.limits.drawdown_call",
    "dataset": "dataset.filename",
    "other": "train.n_envs",
}

# What becomes of a kwarg that is given, and of the default where none is given.
# USE: it counts.  IGN: it is given, but ignored.  OFF: the default is not used.
# Columns: engine kwarg, strategy kwarg, dataset kwarg, any other kwarg.
TABLE = {
    #  cerebro  cls    dataset      given                            default
    (False, False, False): (("USE", "USE", "USE", "USE"), ("USE", "USE", "USE", "USE")),
    (False, False, True): (("USE", "USE", "IGN", "USE"), ("USE", "USE", "OFF", "USE")),
    (False, True, False): (("USE", "USE", "USE", "USE"), ("USE", "OFF", "USE", "USE")),
    (False, True, True): (("USE", "USE", "IGN", "USE"), ("USE", "OFF", "OFF", "USE")),
    (True, False, False): (("IGN", "IGN", "USE", "USE"), ("OFF", "OFF", "USE", "USE")),
    (True, False, True): (("IGN", "IGN", "IGN", "USE"), ("OFF", "OFF", "OFF", "USE")),
    (True, True, False): (("IGN", "IGN", "USE", "USE"), ("OFF", "OFF", "USE", "USE")),
    (True, True, True): (("IGN", "IGN", "IGN", "USE"), ("OFF", "OFF", "OFF", "USE")),
}
VERDICTS = {"USE": Verdict.USED, "IGN": Verdict.IGNORED, "OFF": Verdict.DROPPED}
ROWS = list(product(TABLE, product((False, True), repeat=4)))


def test_there_are_128_rows():
    assert len(ROWS) == 128


@pytest.mark.parametrize(("customs", "kwargs"), ROWS)
def test_table(customs, kwargs):
    custom = [
        key for key, is_set in zip((ENGINE, STRATEGY, DATASET), customs, strict=True) if is_set
    ]
    given = dict(zip(KINDS.values(), kwargs, strict=True)) | dict.fromkeys(custom, True)

    rulings = apply_rules(given, custom)

    when_given, when_default = TABLE[customs]
    expected = {
        key: VERDICTS[(when_given if is_given else when_default)[column]]
        for column, (key, is_given) in enumerate(zip(KINDS.values(), kwargs, strict=True))
    }
    assert {key: rulings[key].verdict for key in expected} == expected
    # The custom objects count themselves, except a strategy beside a Cerebro.
    for key in custom:
        beaten = key == STRATEGY and ENGINE in custom
        assert rulings[key].verdict is (Verdict.IGNORED if beaten else Verdict.USED)


@pytest.mark.parametrize(
    ("custom", "key", "rule"),
    [
        (ENGINE, "engine.start_cash", CEREBRO_RULE),
        (ENGINE, "strategy.skip_frame", CEREBRO_RULE),
        (DATASET, "dataset.source", DATASET_RULE),
    ],
)
def test_an_ignored_key_names_its_rule(custom, key, rule):
    assert apply_rules({key: True}, [custom])[key].rule == rule
    assert custom in rule


def test_a_dropped_strategy_default_names_its_rule():
    ruling = apply_rules({"strategy.skip_frame": False}, [STRATEGY])["strategy.skip_frame"]
    assert ruling.rule == STRATEGY_RULE


def test_a_default_custom_object_changes_nothing():
    rulings = apply_rules({ENGINE: False, "engine.start_cash": True}, [])
    assert {ruling.verdict for ruling in rulings.values()} == {Verdict.USED}
