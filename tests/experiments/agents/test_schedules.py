import pytest

from tradegym.conf.errors import UserError
from tradegym.experiments.agents.schedules import parse_schedule


@pytest.mark.parametrize(
    ("left", "value"), [(1.0, 3e-4), (0.5, 1.5e-4), (0.25, 0.75e-4), (0.0, 0.0)]
)
def test_a_linear_schedule_falls_to_zero(left, value):
    assert parse_schedule("lin_3e-4")(left) == pytest.approx(value, abs=1e-18)


@pytest.mark.parametrize("text", ["lin_0.2", " lin_.2 ", "lin_2e-1"])
def test_the_number_may_be_written_in_any_way(text):
    assert parse_schedule(text)(1.0) == 0.2


@pytest.mark.parametrize(
    "text", ["exp_1e-3", "lin", "lin_", "lin_abc", "lin_-1", "lin_0", "lin_nan", "lin_inf", ""]
)
def test_anything_else_is_refused_with_the_key_and_an_example(text):
    with pytest.raises(UserError) as caught:
        parse_schedule(text, "agent.clip_range")
    message = str(caught.value)
    assert message.startswith("agent.clip_range: ")
    assert "lin_3e-4" in message
    assert "\n" not in message
