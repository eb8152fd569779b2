"""How a module begins: it can say any token that it holds, and knows one token from another."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from mplus_cli.model.net.lm2.module import Lm2
from mplus_cli.model.net.lm2.shape import Shape
from training.lm2.lens import Lens

_RIDGE = 0.05  # of the mean variance, added to each when embeddings are whitened
_LOUD = 3.0  # times as long as the base's last states are what is said is at first


@torch.no_grad()
def module_for(lens: Lens, shape: Shape, often: Sequence[int]) -> Lm2:
    """A module whose codes are directions of whitened embeddings, drawn at random, and which says
    a code by the tokens whose codes are most like it.

    often: ids that the embeddings' mean and spread are taken of.
    With W whitening, P the drawn directions and w the weight of the last norm, a code c is said
    as u = W P^T c / w. So the logit of token j is E_j . (w * u) = (P W E_j) . c: how much its own
    code is like c. Names that training never sees are held and said as well as others.
    """
    network = lens.network
    module = Lm2(shape).to(network.device)
    x = network.llama.embedding[torch.tensor(often)].float()
    mean = x.mean(0)
    spread, directions = torch.linalg.eigh((x - mean).T @ (x - mean) / len(x))
    scales = (spread.clamp(min=0) + _RIDGE * spread.mean()).rsqrt()
    module.x_mean.copy_(mean)
    module.x_white.copy_(directions @ scales.diag() @ directions.T)
    codes = torch.linalg.qr(torch.randn(shape.hidden, shape.code))[0].T.to(mean)
    module.to_code.copy_(codes)
    for keys in module.to_keys:
        keys.copy_(torch.linalg.qr(torch.randn(shape.code, shape.tag))[0].T)
    said = (1 / network.llama.final_norm.weight.float()).diag() @ module.x_white @ codes.T
    module.from_code.weight.copy_(said / said.norm(dim=0).mean())
    module.loud.copy_(_LOUD * lens.bank.norm(dim=-1).mean())
    return module
