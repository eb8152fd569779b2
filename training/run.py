"""One run of training: what is learned, its optimizer and how far they are, kept in a folder."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

Measured = TypeVar("Measured")

MEAN_OVER = 150  # steps of the running mean


class Run:
    """Goes on where its folder says that it stopped. `mean`: of the weights of the last steps."""

    def __init__(
        self, parameters: Mapping[str, nn.Parameter], folder: Path, name: str, decay: float = 0.0
    ) -> None:
        """name: of the file of the parameters, which are named as in it; decay: of weights."""
        self.parameters, self._folder, self.step = parameters, folder, 0
        self._file = folder / f"{name}.safetensors"
        self.mean = {key: tensor.detach().clone() for key, tensor in parameters.items()}
        self._started = time.time()
        self._optimizer = torch.optim.AdamW(
            parameters.values(), betas=(0.9, 0.98), weight_decay=decay
        )
        if self._file.exists():
            self._restore()

    def learn(self, loss: Tensor, rate: float) -> None:
        """One step down a loss, which was computed with the parameters as they are."""
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters.values(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        self.step += 1
        share = max(1 / MEAN_OVER, 1 / (self.step + 1))
        for key, tensor in self.parameters.items():
            self.mean[key].lerp_(tensor.detach(), share)

    def with_mean(self, measure: Callable[[], Measured]) -> Measured:
        """What is measured with the mean in the parameters' place."""
        last = {key: tensor.detach().clone() for key, tensor in self.parameters.items()}
        self._put(self.mean)
        found = measure()
        self._put(last)
        return found

    def log(self, **found: object) -> None:
        line = {"step": self.step, "seconds": round(time.time() - self._started), **found}
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    def save(self) -> None:
        """Parameters, optimizer and step; the parameters come last, for with them the checkpoint is
        whole.
        """
        moments = {f"{key}.{name}": tensor for key, name, tensor in self._moments()}
        save_file(moments, self._folder / "optimizer.safetensors")
        (self._folder / "step.json").write_text(json.dumps(self.step))
        save_file(self.mean, self._folder / "mean.safetensors")
        tensors = {key: tensor.detach().contiguous() for key, tensor in self.parameters.items()}
        save_file(tensors, self._file)

    def _moments(self) -> Iterator[tuple[str, str, Tensor]]:
        for key, parameter in self.parameters.items():
            for name in ("exp_avg", "exp_avg_sq"):
                yield key, name, self._optimizer.state[parameter][name]

    @torch.no_grad()
    def _put(self, tensors: Mapping[str, Tensor]) -> None:
        for key, parameter in self.parameters.items():
            parameter.copy_(tensors[key])

    def _restore(self) -> None:
        device = str(next(iter(self.parameters.values())).device)
        self._put(load_file(self._file, device))
        self.step = json.loads((self._folder / "step.json").read_text())
        self.mean = load_file(self._folder / "mean.safetensors", device)
        moments = load_file(self._folder / "optimizer.safetensors", device)
        for key, parameter in self.parameters.items():
            self._optimizer.state[parameter] = {
                "step": torch.tensor(float(self.step)),
                **{name: moments[f"{key}.{name}"] for name in ("exp_avg", "exp_avg_sq")},
            }
