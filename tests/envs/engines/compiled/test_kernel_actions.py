"""The kernel asks for the orders that the action schemes ask for, and places them alike."""

from types import SimpleNamespace

import backtrader as bt
import numpy as np
import pytest
from kernel_accounts import OPTIONS, draw_account, draw_action, kernel_arrays, make_actions
from plain_kernel import plain_kernel

from tradegym.envs.engines.compiled.kernel import layout
from tradegym.envs.engines.compiled.program.actions import choice_table, reason_against
from tradegym.envs.strategies.actions import ACTION_SCHEMES, moves, transforms
from tradegym.envs.strategies.actions.discrete import DiscreteScheme
from tradegym.envs.strategies.execution import Executor
from tradegym.envs.strategies.orders import OrderRequest

CASES = [(name, options) for name, listed in OPTIONS.items() for options in listed]


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def fill_with_leftovers(state):
    """Let each request look like that of an earlier decision."""
    for request in state.requests[0]:
        request.kind, request.is_limit, request.is_bracket = layout.Q_ORDER, 1, 1
        request.units = request.limit = request.expiry = 7


def asked_by_kernel(shared, state, action, monkeypatch):
    """Return what `decide` asks for, in the words of a `Decision`."""
    (execution,) = plain_kernel("execution")
    fill_with_leftovers(state)
    monkeypatch.setattr(execution, "execute", lambda shared, state, i: None)
    execution.decide(shared, state, 0, action)
    kinds = state.requests[0]["kind"].tolist()
    orders = [
        (asset, one.units, *details(one))
        for asset, one in enumerate(state.requests[0])
        if one.kind == layout.Q_ORDER
    ]
    return {
        "orders": orders,
        "impossible": kinds.count(layout.Q_IMPOSSIBLE),
        "refused": [asset for asset, kind in enumerate(kinds) if kind == layout.Q_REFUSED],
        "cancel": [asset for asset, kind in enumerate(kinds) if kind == layout.Q_CANCEL],
    }


def details(request):
    """Return limit, expiry, stop-loss and take-profit of a request, None where it has none."""
    limit = request.limit if request.is_limit else None
    expiry = request.expiry if request.expiry >= 0 else None
    prices = (request.stop_loss, request.take_profit) if request.is_bracket else (None, None)
    return limit, expiry, *prices


def asked_by_scheme(decision):
    return {
        "orders": [
            (one.asset, one.size, one.limit, one.expiry, one.stop_loss, one.take_profit)
            for one in decision.requests
        ],
        "impossible": decision.impossible,
        "refused": [asset for asset, _ in decision.refused],
        "cancel": list(decision.cancel),
    }


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("n_assets", [1, 3])
def test_an_action_asks_for_the_same(name, options, n_assets, rng, monkeypatch):
    scheme, seen = make_actions(name, n_assets, options), set()
    for _ in range(60):
        account = draw_account(rng, n_assets)
        shared, state = kernel_arrays(account, scheme, row=int(rng.integers(4)))
        given, action = draw_action(rng, scheme)
        expected = asked_by_scheme(scheme.decide(given, account))
        assert asked_by_kernel(shared, state, action, monkeypatch) == expected
        seen |= {key for key, value in expected.items() if value}
    assert "orders" in seen


def test_every_scheme_is_compared():
    assert set(OPTIONS) == set(ACTION_SCHEMES)


def test_the_constants_are_those_of_the_schemes():
    (actions,) = plain_kernel("actions")
    assert actions.SHARPNESS == transforms.SHARPNESS
    assert actions.SMALLEST == transforms.SMALLEST
    assert actions.ROUNDING == moves._ROUNDING


def test_what_a_subclass_changes_is_refused():
    class Own(DiscreteScheme):
        pass

    scheme = make_actions("discrete", 1)
    assert reason_against(scheme) is None
    own = Own(scheme.options, scheme.assets, joint=False)
    assert reason_against(own) == "the action scheme Own is code of your own"


def test_the_rules_of_the_weights():
    rules, choices = choice_table(make_actions("weights", 2, {"reserve": 0.25, "threshold": 0.5}))
    assert rules == {
        "scheme": layout.WEIGHTS,
        "n_choices": 0,
        "transform": layout.SOFTMAX,
        "share": 0.75,
        "threshold": 0.5,
        "action_width": 3,
    }
    assert len(choices) == 0


class FakeDesk:
    """Notes what the executor of the strategies hands to the broker."""

    def __init__(self, account):
        n_assets = len(account.closes)
        self.datas = [SimpleNamespace(datetime=[0.0], number=one) for one in range(n_assets)]
        self.log = []
        self.broker = SimpleNamespace(pending=[], submitted=[], cancel=self.cancel)
        for asset, waits in enumerate(account.waiting):
            if waits:
                self.broker.pending.append(SimpleNamespace(data=self.datas[asset]))

    def cancel(self, order):
        self.broker.pending.remove(order)
        self.log.append(("cancel", order.data.number))

    def place(self, asset, size, *, kind, _checksubmit, price=None, exectype=None, **options):
        check, parent = int(_checksubmit), options.get("parent")
        if parent is None:
            self.log.append(["order", asset, size, price, check])
        else:
            self.log[-1] += [size, price] if exectype == bt.Order.Stop else [price]
        return SimpleNamespace(ref=len(self.log), data=self.datas[asset])


def placed_by_executor(executor, desk, decision, row):
    executor.execute(decision, row)
    lasts = {asset: last for asset, (_, last) in executor.expiries.items()}
    return [
        (*one, lasts.get(one[1], -1)) if one[0] == "order" and len(one) == 5 else tuple(one)
        for one in desk.log
    ]


def placed_by_kernel(shared, state, action, monkeypatch):
    (execution,) = plain_kernel("execution")
    log, books = [], state.books[0]

    def cancel(book):
        if book.m_state != layout.NONE:
            asset = next(a for a in range(len(books)) if books[a].m_seq == book.m_seq)
            log.append(("cancel", asset))
        book.m_state = layout.NONE

    def market(shared, state, i, a, units, check):
        log.append(("order", a, units, None, check, -1))

    def limit(shared, state, i, a, units, price, last, check):
        log.append(("order", a, units, price, check, last))

    def bracket(shared, state, i, a, units, opened, stop, take, check):
        log.append(("order", a, units, None, check, -opened, stop, take))

    for name, function in (
        ("cancel", cancel),
        ("place_market", market),
        ("place_limit", limit),
        ("place_bracket", bracket),
    ):
        monkeypatch.setattr(execution, name, function)
    for asset, book in enumerate(books):
        book.m_seq = asset
    execution.decide(shared, state, 0, action)
    return log


def _apart(events):
    """Return the cancelled assets, and the orders in their sequence.

    An asset's orders are cancelled before its new one in both; between assets it does not matter.
    """
    cancelled = sorted(one for one in events if one[0] == "cancel")
    return cancelled, [one for one in events if one[0] != "cancel"]


@pytest.mark.parametrize(("name", "options"), CASES)
@pytest.mark.parametrize("n_assets", [1, 3])
def test_orders_are_placed_alike(name, options, n_assets, rng, monkeypatch):
    scheme = make_actions(name, n_assets, options)
    for _ in range(12):
        most, window = int(rng.choice([-1, 1, 2, 3])), int(rng.integers(1, 5))
        first = draw_account(rng, n_assets)
        ledger = SimpleNamespace(refused=0)
        ledger.refuse = lambda *_, to=ledger: setattr(to, "refused", to.refused + 1)
        maximum = None if most < 0 else most
        executor = Executor(FakeDesk(first), first, ledger, maximum, window, None)
        kept = None
        for row in range(6):
            account = draw_account(rng, n_assets)
            desk = FakeDesk(account)
            executor._strategy, executor._broker, executor._account = desk, desk.broker, account
            shared, state = kernel_arrays(account, scheme, row=row, max_orders=most, window=window)
            if kept is not None:
                state.memory[:] = kept.memory
                for field in ("n_openings", "rejected", "impossible", "placed"):
                    state.envs[field] = kept.envs[field]
            given, action = draw_action(rng, scheme)
            expected = placed_by_executor(executor, desk, scheme.decide(given, account), row)
            placed = placed_by_kernel(shared, state, action, monkeypatch)
            assert _apart(placed) == _apart(expected)
            env, kept = state.envs[0], state
            assert env.placed == executor.placed
            assert env.impossible == executor.impossible
            assert env.rejected == ledger.refused


def execute_requests(account, requests, monkeypatch):
    """Return what the kernel makes of requests, and how many it rejects."""
    (execution,) = plain_kernel("execution")
    n_assets = len(account.closes)
    shared, state = kernel_arrays(account, make_actions("discrete", n_assets))
    for request in requests:
        record = state.requests[0, request.asset]
        record.kind, record.units = layout.Q_ORDER, request.size
        record.is_limit, record.limit = request.limit is not None, request.limit or 0.0
        record.expiry = -1 if request.expiry is None else request.expiry
        record.is_bracket = request.stop_loss is not None
    monkeypatch.setattr(
        execution, "decide", lambda shared, state, i, _: execution.execute(shared, state, i)
    )
    return placed_by_kernel(shared, state, None, monkeypatch), state.envs[0].rejected


@pytest.mark.parametrize(
    ("size", "order", "rejected"),
    [
        (-5.0, -2.0, 0),  # ends at flat
        (-2.0 - 1e-12, -2.0, 0),
        (-2.0 + 1e-12, -2.0, 0),  # closes fully
        (-1.0, -1.0, 0),
    ],
)
def test_a_sell_never_goes_beyond_what_may_not_be_sold_short(
    size, order, rejected, rng, monkeypatch
):
    account = draw_account(rng, 1)
    account.held, account.waiting = [2.0], [False]
    account.costs[0].short = False
    log, count = execute_requests(account, [OrderRequest(0, size)], monkeypatch)
    assert log == [("order", 0, order, None, 0, -1)]
    assert count == rejected


def test_a_short_that_is_not_allowed_is_counted(rng, monkeypatch):
    account = draw_account(rng, 1)
    account.held, account.waiting = [0.0], [True]
    account.costs[0].short = False
    log, count = execute_requests(account, [OrderRequest(0, -1.0)], monkeypatch)
    assert log == []
    assert count == 1


def test_a_bracket_that_opens_nothing_only_closes(rng, monkeypatch):
    account = draw_account(rng, 1)
    account.held, account.waiting = [-2.0], [False]
    request = OrderRequest(0, 2.0 + 1e-12, stop_loss=90.0, take_profit=110.0)
    log, _ = execute_requests(account, [request], monkeypatch)
    assert log == [("order", 0, 2.0, None, 0, -1)]


@pytest.fixture(scope="module")
def compiled_decide():
    numba = pytest.importorskip("numba")
    from tradegym.envs.engines.compiled.kernel import execution

    # Called from compiled code, as in an episode.
    return numba.njit(lambda *args: execution.decide(*args))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options"), CASES)
def test_compiled_and_plain_do_the_same(name, options, compiled_decide, rng):
    (plain,) = plain_kernel("execution")
    scheme = make_actions(name, 2, options)
    for _ in range(100):
        account = draw_account(rng, 2)
        results = []
        _, action = draw_action(rng, scheme)
        for decide in (plain.decide, compiled_decide):
            shared, state = kernel_arrays(account, scheme, max_orders=3, window=2)
            decide(shared, state, 0, action)
            results.append((state.envs.tolist(), state.books.tolist(), state.memory.tolist()))
        assert results[0] == results[1]
