import numpy as np
import pytest

from tradegym.conf.errors import UserError
from tradegym.envs.data.sampling import EpisodeSampler, SamplingOptions
from tradegym.envs.data.sampling.request import parse_request
from tradegym.envs.data.sampling.sampler import STREAM
from tradegym.envs.engines.compiled.kernel.batch import Queue
from tradegym.envs.engines.compiled.kernel.starts import draw_starts
from tradegym.envs.engines.compiled.starts import EpisodeQueues

TIMES = np.datetime64("2020-01-01", "ns") + np.arange(400) * np.timedelta64(1, "D")
RANGES = (range(150), range(200, 390))


def sampler(part="train", **options):
    options = SamplingOptions(**({"decisions": 9} | options))
    return EpisodeSampler(TIMES, RANGES, part, options, warmup=4, skip_frame=2)


def queues(sampled, *, n=3, depth=5, compiled=True, ahead=True):
    tables = [np.zeros((n, depth), kind) for kind in (np.uint64, np.int64, np.int64)]
    queue = Queue(*tables, *[np.zeros(n, np.int64) for _ in range(3)])
    return queue, EpisodeQueues(queue, sampled, compiled=compiled, ahead=ahead)


def take(queue, chosen, i):
    """Do what the kernel does with a queue."""
    if queue.head[i] >= queue.filled[i]:
        chosen.refill(i)
    place = queue.head[i]
    queue.head[i] += 1
    return int(queue.keys[i, place]), int(queue.first[i, place]), int(queue.length[i, place])


def expected(sampled, seed, episodes):
    """What `TradingEnv` draws for this seed."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed)))
    found = []
    for _ in range(episodes):
        key = int(rng.integers(2**64, dtype=np.uint64))
        bars = sampled.choose(key)
        found.append((key, bars.start, bars.stop - bars.start))
    return found


@pytest.mark.parametrize("number", [1, 2, 3, 1000, 2**31 + 7, 3 * 2**30 + 1, 2**32 - 1])
def test_compiled_draws_are_numpys_bit_by_bit(number):
    keys = np.random.default_rng(number).integers(2**64, size=300, dtype=np.uint64)
    out = np.empty(len(keys), np.int64)
    whole = np.array([0, number]), np.array([0]), np.array([[0, 2**40]])
    draw_starts(keys, np.uint64(STREAM), *whole, np.empty(4, np.uint64), out)
    want = [
        np.random.Generator(np.random.Philox(key=np.array([key, STREAM], np.uint64))).integers(
            number
        )
        for key in keys
    ]
    assert out.tolist() == [int(one) for one in want]


@pytest.mark.parametrize(
    ("part", "options"),
    [
        ("train", {}),
        ("test", {"b_alpha": 3.0}),  # uniform there
        ("train", {"start_weekdays": (0, 2)}),
        ("train", {"b_alpha": 2.0, "b_beta": 0.7}),
        ("train", {"order": "sequential"}),
        ("validation", {"order": "whole", "decisions": None}),
    ],
)
@pytest.mark.parametrize("compiled", [True, False])
def test_queues_hold_the_samplers_episodes(part, options, compiled):
    queue, chosen = queues(sampler(part, **options), compiled=compiled)
    for i, seed in enumerate((11, 5, 11)):
        chosen.seed(i, seed)
    for i, seed in enumerate((11, 5, 11)):
        got = [take(queue, chosen, i) for _ in range(12)]
        assert got == expected(sampler(part, **options), seed, 12)


def test_a_seed_begins_anew_whatever_was_drawn_ahead():
    queue, chosen = queues(sampler(order="sequential"))
    chosen.seed(0, 3)
    first = [take(queue, chosen, 0) for _ in range(7)]
    chosen.seed(0, 3)
    assert [take(queue, chosen, 0) for _ in range(7)] == first
    chosen.seed(0, None)
    rest = [take(queue, chosen, 0) for _ in range(4)]
    assert first + rest == expected(sampler(order="sequential"), 3, 11)


@pytest.mark.parametrize("order", ["random", "sequential"])
def test_a_request_takes_one_key_and_the_others_follow(order):
    queue, chosen = queues(sampler(order=order))
    other = sampler(order=order)
    chosen.seed(0, 8)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(8)))
    keys = [int(rng.integers(2**64, dtype=np.uint64)) for _ in range(6)]
    key, first, length = take(queue, chosen, 0)
    assert other.choose(keys[0]).start == first
    request = parse_request({"start": 60})
    chosen.choose(0, request, chosen.bars(0, first, length), key)
    assert take(queue, chosen, 0) == (keys[1], 56, 24)
    other.choose(keys[1], request)
    for key in keys[2:]:
        assert take(queue, chosen, 0)[:2] == (key, other.choose(key).start)


def test_a_refused_request_counts_for_no_episode():
    queue, chosen = queues(sampler(order="sequential"))
    chosen.seed(0, 8)
    key, first, length = take(queue, chosen, 0)
    with pytest.raises(UserError, match="start=160"):
        chosen.choose(0, parse_request({"start": 160}), chosen.bars(0, first, length), key)
    again = [take(queue, chosen, 0) for _ in range(6)]
    assert [(key, first, length), *again] == expected(sampler(order="sequential"), 8, 7)


def test_the_last_episode_is_repeated_with_its_own_key():
    queue, chosen = queues(sampler())
    chosen.seed(0, 8)
    last = take(queue, chosen, 0)
    chosen.choose(0, parse_request({"get_new": False}), chosen.bars(0, *last[1:]), last[0])
    assert take(queue, chosen, 0) == last
    assert take(queue, chosen, 0) == expected(sampler(), 8, 3)[2]  # its key was drawn all the same
