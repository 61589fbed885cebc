import hashlib

import torch

from tradegym.experiments.agents.weights import state_sha256, weights_sha256


def test_the_hash_is_the_documented_one():
    state = {"b": torch.tensor([1.0, 2.0]), "a": torch.tensor([[3]])}
    expected = hashlib.sha256()
    expected.update(b"a\0int64\0(1, 1)\0" + (3).to_bytes(8, "little"))
    expected.update(b"b\0float32\0(2,)\0" + bytes.fromhex("0000803f00000040"))
    assert state_sha256(state) == expected.hexdigest()


def test_one_bit_of_one_weight_changes_it(make_model):
    model = make_model()
    before = weights_sha256(model)
    assert weights_sha256(model) == before
    weight = next(model.policy.parameters())
    with torch.no_grad():
        weight.view(-1)[0] = torch.nextafter(weight.view(-1)[0], torch.tensor(9.0))
    assert weights_sha256(model) != before


def test_the_shape_counts():
    flat = {"a": torch.zeros(4)}
    square = {"a": torch.zeros(2, 2)}
    assert state_sha256(flat) != state_sha256(square)
