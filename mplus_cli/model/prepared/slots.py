"""The parameters of an LM2 memory: from a checkpoint, and from the prepared form.

They are few, and float32 or float16 in both; they are computed with in float32.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from mplus_cli.model.config import ModelConfig
from mplus_cli.model.machine.fit import Sizes
from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.lm2.shape import Shape

Find = Callable[[str], Tensor | None]
"""A parameter by its name; None where there is none of this name."""
_MOST_LAYERS = 64


def module_of(config: ModelConfig | Sizes, find: Find) -> Lm2:
    """The module that parameters are those of. Its inner widths follow from their shapes.

    Raises `ValueError` where they are none of a memory as the description has it.
    """
    module = Lm2(_shape(config, find))
    state = {}
    for name, expected in module.state_dict().items():
        found = _need(find, name)
        if found.shape != expected.shape:
            raise ValueError(f"{name} is {list(found.shape)}, not {list(expected.shape)}")
        if not (found.is_floating_point() and bool(found.isfinite().all())):
            raise ValueError(f"{name} has what is no number")
        state[name] = found.to(torch.float32)
    module.load_state_dict(state)
    return module.eval().requires_grad_(False)


def _shape(config: ModelConfig | Sizes, find: Find) -> Shape:
    memory = config.memory
    layers = (find(f"writer.mixer.layers.{number}.o.weight") for number in range(_MOST_LAYERS))
    return Shape(
        hidden=config.architecture.hidden,
        width=len(_need(find, "enter_writer.weight")),
        tag=memory.tag,
        code=len(_need(find, "to_code")),
        value=memory.slot_value,
        heads=memory.write_heads,
        relations=len(_need(find, "to_keys")),
        hops=len(_need(find, "reader.out_gates.weight")),
        layers=sum(1 for layer in layers if layer is not None),
    )


def _need(find: Find, name: str) -> Tensor:
    found = find(name)
    if found is None:
        raise ValueError(f"there is no {name}")
    return found
