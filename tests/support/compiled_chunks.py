"""The random configurations that CI plays, in chunks, and what has to occur in them."""

from collections import Counter

from compiled_parity import check_seed
from compiled_terms import TERMS
from plain_cases import SCHEMES

#: Configurations in all, and those of them that every run plays.
ALL, FAST = 2000, 250
#: Files over which the others are spread, and how many each of their tests plays.
FILES, CHUNK = 4, 35

#: How often something has to occur at least in the configurations of every run.
LEAST = {
    "fills": 5000,
    "filled reversal": 300,
    "reversal closes only": 3,
    "refusal carried over": 8,
    "status Margin": 200,
    "status Refused": 100,
    "status Rejected": 3,
    "status Expired": 6,
    "impossible": 500,
    "limit at open": 50,
    "limit at limit": 100,
    "filled stop_loss": 50,
    "filled take_profit": 30,
    "stop and take in one bar": 10,
    "stop behind a gap": 20,
    "further parts of a fill": 200,
    "filled liquidation": 500,
    "ruin by margin": 3,
    "reason RUIN": 3,
    "reason DRAWDOWN_CALL": 10,
    "reason MAX_LOSS": 10,
    "reason TARGET_REACHED": 30,
    "reason END_OF_DATA": 500,
    "interest": 100,
    "latency": 100,
    "skipped frames": 100,
    "several assets": 200,
    "synthetic": 10,
    "flat": 80,
    "mode raw": 80,
    "mode internal": 80,
    "mode features": 80,
    "order random": 60,
    "order sequential": 30,
    "order whole": 20,
    "assets 1": 60,
    "assets 2": 30,
    "assets 5": 20,
    **{f"scheme {name}": 30 for name in SCHEMES},
    **{f"term {name}": 40 for name in TERMS},
}


def slow_chunks(file):
    """Return the seeds of each test of a file."""
    count = (ALL - FAST) // FILES
    first = FAST + file * count
    last = ALL if file == FILES - 1 else first + count
    return [range(at, min(at + CHUNK, last)) for at in range(first, last, CHUNK)]


def play_chunk(seeds, *, slots, steps):
    """Check the configurations of these seeds; returns what occurred."""
    return sum((check_seed(seed, slots, steps) for seed in seeds), Counter())
