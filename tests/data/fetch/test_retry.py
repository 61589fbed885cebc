import pytest

from tradegym.conf.errors import RunFailed, UserError
from tradegym.envs.data.fetch.retry import Retry, TemporaryFailure, one_line, retry_after


class Service:
    """Fails as planned, then answers."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def attempt(service, **options):
    waits, lines = [], []
    retry = Retry(sleep=waits.append, **options)
    try:
        return retry.call(service, lines.append), waits, lines
    except RunFailed as error:
        return error, waits, lines


def test_waits_grow_exponentially_and_one_line_is_told():
    service = Service(*[TemporaryFailure("busy")] * 3)
    result, waits, lines = attempt(service, first_wait=0.25)
    assert (result, service.calls) == ("answer", 4)
    assert waits == [0.25, 0.5, 1.0]
    assert lines == ["busy; try 2 of 5 in 0.2 s"]


def test_tries_are_bounded():
    service = Service(*[TemporaryFailure("busy")] * 9)
    error, waits, _ = attempt(service, tries=3)
    assert (service.calls, waits, str(error)) == (3, [0.5, 1.0], "busy (tried 3 times)")
    assert error.exit_code == 1


def test_one_try_does_not_wait():
    error, waits, lines = attempt(Service(TemporaryFailure("busy")), tries=1)
    assert (waits, lines, str(error)) == ([], [], "busy (tried once)")


def test_the_server_may_ask_for_a_longer_wait_and_that_is_told():
    service = Service(TemporaryFailure("busy", 7.0), TemporaryFailure("busy", 0.1))
    result, waits, lines = attempt(service)
    assert (result, waits) == ("answer", [7.0, 1.0])
    assert lines == ["busy; try 2 of 5 in 7.0 s"]


def test_too_long_a_wait_ends_it():
    service = Service(TemporaryFailure("busy", 3600.0))
    error, waits, _ = attempt(service)
    assert (service.calls, waits) == (1, [])
    assert str(error) == "busy; it asks to wait 3600 s: try again then"


def test_waits_are_capped():
    result, waits, _ = attempt(Service(*[TemporaryFailure("busy")] * 9), tries=10, longest_wait=4)
    assert result == "answer"
    assert waits == [0.5, 1, 2, 4, 4, 4, 4, 4, 4]


def test_other_errors_pass_at_once():
    service = Service(UserError("no such symbol"))
    with pytest.raises(UserError, match="no such symbol"):
        Retry(sleep=lambda _: None).call(service, print)
    assert service.calls == 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("5", 5.0), (" 120 ", 120.0), (None, None), ("", None), ("-1", None), ("soon", None)],
)
def test_retry_after(header, seconds):
    assert retry_after(header) == seconds


def test_one_line():
    assert one_line("a <b>bold</b>\n  answer") == "a bold answer"
    assert len(one_line("x" * 1000)) == 200
