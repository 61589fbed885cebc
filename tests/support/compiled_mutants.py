"""Rules of the kernel that are broken on purpose; the comparison must notice each.

A mutant is its name, a file of the kernel, a text that occurs in it exactly once, and another.
"""

MUTANTS = (
    # -- costs and positions
    (
        "percent commission forgets the price",
        "account",
        "charge = abs(units) * asset.commission * price",
        "charge = abs(units) * asset.commission",
    ),
    (
        "no minimum of the commission",
        "account",
        "return max(charge, asset.minimum)",
        "return charge",
    ),
    (
        "leverage locks all of the value",
        "account",
        "abs(units) * price / asset.leverage",
        "abs(units) * price",
    ),
    (
        "an addition sets the entry price",
        "account",
        "book.price = (book.price * held + units * price) / after",
        "book.price = price",
    ),
    (
        "a reversal keeps the entry price",
        "account",
        "elif (held > 0.0) != (after > 0.0):\n        book.price = price",
        "elif (held > 0.0) != (after > 0.0):\n        pass",
    ),
    (
        "interest forgets the days",
        "account",
        "due = days * asset.credit_rate",
        "due = asset.credit_rate",
    ),
    ("longs always pay interest", "account", "(book.units < 0.0 or asset.interest_long)", "True"),
    ("interest is not taken from the cash", "account", "env.cash -= credit", "pass"),
    (
        "a short gains when the price rises",
        "account",
        "profit = units * (close - entry)",
        "profit = abs(units) * (close - entry)",
    ),
    # -- orders that wait
    (
        "a refused order leaves its cash to the next",
        "orders",
        "env.rejected += 1",
        "env.rejected += 1\n            cash = env.cash",
    ),
    (
        "orders of a bar do not share the cash",
        "orders",
        "        price = book.m_price\n",
        "        price = book.m_price\n        cash = env.cash\n",
    ),
    ("no check before the next bar", "orders", "if cash >= 0.0:", "if True:"),
    ("the last cent is kept", "orders", "if cash >= 0.0:", "if cash > 0.0:"),
    (
        "the check forgets the commission",
        "orders",
        "            cash -= commission(asset, opened, price)\n        if cash",
        "        if cash",
    ),
    ("a refused order is not counted", "orders", "env.rejected += 1", "pass"),
    (
        "children fill on the bar of the entry",
        "orders",
        "        book.s_state = ACTIVATING",
        "        book.s_state = 3",
    ),
    (
        "a limit order expires a bar late",
        "orders",
        "env.row >= book.m_expiry",
        "env.row > book.m_expiry",
    ),
    # -- fills
    (
        "fills have no fixed slippage",
        "fills",
        "price * (1.0 + side * asset.slip_perc) + side * asset.slip_fixed",
        "price * (1.0 + side * asset.slip_perc)",
    ),
    (
        "slippage of sells has the wrong sign",
        "fills",
        "price * (1.0 + side * asset.slip_perc)",
        "price * (1.0 + asset.slip_perc)",
    ),
    (
        "a limit order never gets the better open",
        "fills",
        "return min(slipped(shared.assets[a], opened, side), limit)",
        "return limit",
    ),
    (
        "slippage passes the limit",
        "fills",
        "return min(slipped(shared.assets[a], opened, side), limit)",
        "return slipped(shared.assets[a], opened, side)",
    ),
    (
        "a limit that is just touched is not filled",
        "fills",
        "limit if limit >= shared.ohlcv[r, a, 2]",
        "limit if limit > shared.ohlcv[r, a, 2]",
    ),
    (
        "sell limits look at the low",
        "fills",
        "limit if limit <= shared.ohlcv[r, a, 1]",
        "limit if limit <= shared.ohlcv[r, a, 2]",
    ),
    (
        "a stop behind a gap fills at its price",
        "fills",
        "base = opened\n    if not",
        "base = stop\n    if not",
    ),
    ("a partial stop waits for its price again", "fills", "book.s_triggered = 1", "pass"),
    (
        "the take-profit wins",
        "orders",
        "        book.s_seq = env.seq - 1\n        book.t_seq = env.seq",
        "        book.s_seq = env.seq\n        book.t_seq = env.seq - 1",
    ),
    (
        "a refused entry leaves its children",
        "fills",
        "            cancel_children(book)\n        else",
        "            activate_children(book)\n        else",
    ),
    ("the volume binds the liquidation", "fills", " and not env.liquidating", ""),
    (
        "volume is filled in parts of a lot",
        "fills",
        "room = math.floor(room / asset.lot + _ROUNDING) * asset.lot",
        "pass",
    ),
    ("fills may borrow", "fills", "if cash < 0.0:  # only", "if False:  # only"),
    (
        "a reversal without margin is not counted",
        "fills",
        "opened == 0.0:\n        env.rejected += 1",
        "opened == 0.0:\n        pass",
    ),
    ("closing costs nothing", "fills", "cash -= closing_costs", "pass"),
    ("children keep the size of the whole entry", "fills", "book.s_rem = -book.units", "pass"),
    (
        "what rounding leaves is a position",
        "fills",
        "if opens or book.entered - book.exited <= DUST * book.entered:",
        "if opens or book.entered == book.exited:",
    ),
    (
        "interest comes after the fills",
        "fills",
        "    if rules.has_interest:\n        charge_interest(shared, state, i, r)\n",
        (
            "    if rules.has_interest and env.waiting == 0:\n"
            "        charge_interest(shared, state, i, r)\n"
        ),
    ),
    # -- the timeline and the endings
    (
        "ruin leaves the maintenance margin out",
        "step",
        "equity <= rules.maintenance_margin * gross",
        "equity <= 0.0",
    ),
    ("longs with leverage need no margin", "step", "counts = rules.margin_always", "counts = 0"),
    ("positions offset each other", "step", "gross += abs(held) *", "gross += held *"),
    (
        "a loss is counted from the peak",
        "step",
        "100.0 * (equity / rules.start_cash - 1.0)",
        "100.0 * (equity / env.peak - 1.0)",
    ),
    (
        "an exact drawdown is not one",
        "step",
        "env.drawdown >= rules.drawdown_call - _ROUNDING",
        "env.drawdown > rules.drawdown_call + _ROUNDING",
    ),
    ("episodes end a bar early", "step", "env.row >= env.length - 2", "env.row >= env.length - 3"),
    (
        "an ending does not cancel",
        "step",
        "        cancel(book)\n        held = position(book)",
        "        held = position(book)",
    ),
    (
        "latency is a bar short",
        "step",
        "= env.row + rules.latency",
        "= env.row + rules.latency - 1",
    ),
    (
        "a decision comes a bar late",
        "step",
        "env.bars_in_step >= rules.skip_frame",
        "env.bars_in_step > rules.skip_frame",
    ),
    # -- from actions to orders
    (
        "openings beside a closing order are checked",
        "execution",
        "            check = 0\n",
        "            check = 1\n",
    ),
    (
        "orders that close are checked",
        "execution",
        "place(shared, state, i, a, held, check * turn)",
        "place(shared, state, i, a, held, 1)",
    ),
    (
        "a new order does not replace the old one",
        "execution",
        "        cancel(book)\n        if order_kind",
        "        if order_kind",
    ),
    (
        "the window of openings is a bar short",
        "execution",
        "> env.row - rules.max_orders_window",
        "> env.row - rules.max_orders_window + 1",
    ),
    (
        "a bracket closes all of a reversal",
        "execution",
        "opened = units + held if kind == REVERSAL else units",
        "opened = units",
    ),
    (
        "sizes are not whole lots",
        "actions",
        "floor_to_lot(size, asset.lot) if size > 0.0",
        "size if size > 0.0",
    ),
    (
        "the threshold of a target is ignored",
        "actions",
        "enough = max(threshold, ROUNDING) * equity",
        "enough = ROUNDING * equity",
    ),
    ("drawdown is measured from the start", "statistics", "env.peak = value", "pass"),
)
