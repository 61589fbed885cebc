from tradegym.experiments.comparing.holm import holm


def test_four_tests_by_hand():
    # sorted .005, .01, .03, .04, times 4, 3, 2, 1: .02, .03, .06, .04 and none below the last
    assert holm([0.01, 0.04, 0.03, 0.005]) == [0.03, 0.06, 0.06, 0.02]


def test_one_test_stays_and_none_exceeds_one():
    assert holm([0.2]) == [0.2]
    assert holm([0.6, 0.7]) == [1.0, 1.0]


def test_undefined_ones_do_not_count():
    assert holm([None, 0.02, None, 0.5]) == [None, 0.04, None, 0.5]
    assert holm([]) == []
