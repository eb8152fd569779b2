"""Products of bytes with a query: right, and the same without the processor's help."""

import pytest
import torch

from store.segments import byte_products
from store.segments.byte_products import ByteQuery


def rows(count: int, size: int) -> torch.Tensor:
    return torch.randint(-127, 128, (count, size), generator=torch.manual_seed(1)).to(torch.int8)


@pytest.mark.parametrize(("count", "size"), [(1, 1), (1, 2), (3, 7), (70, 128), (5, 1040)])
def test_they_are_near_the_true_ones_and_the_same_on_every_machine(
    count: int, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, query = rows(count, size), torch.randn(size, generator=torch.manual_seed(2))
    found = ByteQuery(query).products(some)
    true = some.double() @ query.double()
    assert found.dtype == torch.float32
    error = query.abs().max() / 254 * 127 * size  # each number of the query is off by half a step
    assert ((found - true).abs() <= error + 1e-3).all()
    monkeypatch.setattr(byte_products, "is_possible", lambda: False)
    assert torch.equal(ByteQuery(query).products(some), found)


def test_the_largest_sums_are_exact() -> None:
    most = torch.full((2, 1040), 127, dtype=torch.int8)
    assert ByteQuery(torch.full((1040,), 127.0)).products(most).tolist() == [1040 * 127**2] * 2


def test_a_query_of_zeros_is_no_error() -> None:
    assert ByteQuery(torch.zeros(4)).products(rows(2, 4)).tolist() == [0, 0]
