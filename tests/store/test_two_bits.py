"""Keys in two bits a number: as near to each other as they were, of length one."""

import pytest
import torch

from store.segments.two_bits import levels, means, rotated, two_bits, width

SIZES = [1, 2, 6, 96, 128]


def keys(size: int, count: int = 50) -> torch.Tensor:
    """Keys of length one, most of which is in a few of their numbers."""
    generator = torch.Generator().manual_seed(size)
    drawn = torch.randn(count, size, generator=generator) ** 3
    return torch.nn.functional.normalize(drawn, dim=-1)


@pytest.mark.parametrize("size", SIZES)
def test_rotating_changes_no_cosine(size: int) -> None:
    before = keys(size)
    after = rotated(before)
    assert torch.allclose(after @ after.T, before @ before.T, atol=1e-5)
    assert torch.equal(rotated(before[0]), after[0])  # whatever stands beside it


def test_numbers_are_mixed() -> None:
    assert rotated(torch.eye(128)).abs().allclose(torch.full((128, 128), 128**-0.5))


@pytest.mark.parametrize("size", SIZES)
def test_what_is_read_back_has_length_one(size: int) -> None:
    bits = two_bits(keys(size))
    assert bits.shape == (50, width(size))
    assert levels(bits, size).float().norm(dim=-1).allclose(torch.ones(50), atol=0.01)


def test_what_is_read_back_is_near() -> None:
    found = levels(two_bits(keys(128)), 128).float()
    assert float((found * rotated(keys(128))).sum(-1).mean()) > 0.93


def test_length_and_type_do_not_matter() -> None:
    numbers = (keys(96) * 1000).round()
    assert torch.equal(two_bits(numbers.to(torch.int16)), two_bits(numbers))
    assert torch.equal(two_bits(numbers.double() / 8), two_bits(numbers))


def test_the_bits_are_those_that_lie_in_memories() -> None:
    """Signs and order are part of the format."""
    numbers = torch.arange(16.0).view(2, 8) - 3
    assert two_bits(numbers).tolist() == [[12, 209], [140, 17]]


def test_a_key_of_zeros_is_no_error() -> None:
    assert levels(two_bits(torch.zeros(1, 6)), 6).isfinite().all()


def test_the_mean_is_that_of_the_keys_as_they_are_read() -> None:
    bits = two_bits(keys(128))
    [found] = means(bits, [50], 128).float()
    expected = levels(bits, 128).float().mean(0)
    assert torch.nn.functional.cosine_similarity(found, expected, dim=0) > 0.999


@pytest.mark.parametrize("size", SIZES)
def test_the_mean_of_a_chunk_is_the_same_whatever_stands_beside_it(size: int) -> None:
    bits, counts = two_bits(keys(size)), [1, 30, 2, 17]
    alone = [means(some, [len(some)], size) for some in bits.split(counts)]
    assert torch.equal(means(bits, counts, size), torch.cat(alone))
