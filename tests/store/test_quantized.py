"""Eight bits for a number: how far off, and that nothing else changes."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from store.segments.quantized import joined, packed


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 1000), parts=st.sampled_from([1, 2, 4]), exponent=st.integers(-3, 4))
def test_a_number_is_off_by_half_a_step_of_its_part_at_most(
    seed: int, parts: int, exponent: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    numbers = torch.randn(3, 5, 8, generator=generator) * 10.0**exponent
    rows = packed(numbers, parts)
    assert (rows.numbers.dtype, rows.numbers.shape) == (torch.int8, numbers.shape)
    assert rows.scales is not None
    assert rows.scales.shape == (3, 5, parts)
    largest = numbers.unflatten(-1, (parts, -1)).abs().amax(-1, keepdim=True)
    # Half a step of the 127, and what rounding the scale to float16 adds at the far end.
    error = (rows.unpacked(torch.float32) - numbers).unflatten(-1, (parts, -1)).abs()
    assert (error <= largest * (0.5 / 127 + 2**-11) + 4e-6).all()


def test_zeros_and_what_float16_takes_for_zero_stay_finite() -> None:
    numbers = torch.tensor([[0.0, 0.0, 1e-9, -1e-9], [1.0, -1.0, 0.0, 0.5]])
    found = packed(numbers, 2).unpacked(torch.float32)
    assert torch.isfinite(found).all()
    assert torch.allclose(found, numbers, atol=0.005)


def test_rows_are_picked_and_joined_with_their_scales() -> None:
    numbers = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    rows = packed(numbers, 2)
    again = joined([rows.pick(torch.tensor([5, 0])), rows.part(2, 4)])
    assert torch.equal(again.unpacked(torch.float32), rows.unpacked(torch.float32)[[5, 0, 2, 3]])
