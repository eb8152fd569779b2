"""What this machine has, and how fast it is: looked at and measured within two seconds."""

from __future__ import annotations

import os
import platform
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from mplus_cli.errors import ModelError
from mplus_cli.model.machine import fit, precision
from mplus_cli.model.prepared.load import default_device, free_memory
from mplus_cli.model.prepared.quantized import bitsandbytes_version

READ_BYTES = 2**28  # more than any processor's cache holds
SQUARE = 2048  # of a product of matrices
ROUNDS = 3
ENOUGH_S = 2.0


@dataclass(frozen=True)
class Gpu:
    """One GPU, in bytes of its own memory."""

    name: str
    total_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class Machine:
    """`device`: where a model would run. Rates are of that device; `product_type`: what is
    multiplied there, as torch names it.
    """

    cpu: str
    cores: int
    ram_available_bytes: int
    cache_free_bytes: int
    gpus: tuple[Gpu, ...]
    device: str
    free_bytes: int
    torch: str
    bitsandbytes: str
    reads_bytes_per_s: float
    operations_per_s: float
    product_type: str
    findings: tuple[str, ...]

    @property
    def quantizes(self) -> bool:
        return not self.bitsandbytes.startswith("no")


def look(cache: Path) -> Machine:
    """This machine, with the disk that the model cache lies on."""
    device = default_device()
    place = next(
        folder for folder in (cache.absolute(), *cache.absolute().parents) if folder.exists()
    )
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        ram_available_bytes=fit.available_ram(),
        cache_free_bytes=shutil.disk_usage(place).free,
        gpus=tuple(_gpu(number) for number in range(torch.cuda.device_count())),
        device=device,
        free_bytes=free_memory(device),
        torch=torch.__version__,
        bitsandbytes=_bitsandbytes(),
        reads_bytes_per_s=_reading_rate(device),
        operations_per_s=_product_rate(device),
        product_type=precision.quick_type(device),
        findings=tuple(_findings()),
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _gpu(number: int) -> Gpu:
    free, total = torch.cuda.mem_get_info(number)
    return Gpu(torch.cuda.get_device_name(number), total, free)


def _bitsandbytes() -> str:
    try:
        return bitsandbytes_version()
    except ModelError as error:
        return f"no: {error.message}"


def _findings() -> list[str]:
    """What is amiss, in plain words."""
    found = []
    nvidia = shutil.which("nvidia-smi") is not None or Path("/dev/nvidia0").exists()
    if nvidia and not torch.cuda.is_available():
        built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
        found.append(
            f"there is an NVIDIA driver, and PyTorch {torch.__version__} ({built}) sees no GPU: "
            "install the PyTorch that fits the driver, see https://pytorch.org/get-started"
        )
    return found


def _reading_rate(device: str) -> float:
    """Bytes per second that a large tensor is read with: decoding reads all weights for every
    token.
    """
    tensor = torch.ones(READ_BYTES // 4, device=device)
    return READ_BYTES / _quickest(tensor.sum, device)


def _product_rate(device: str) -> float:
    """Multiplications and additions per second of a product: injecting is made of these."""
    kind = getattr(torch, precision.quick_type(device))
    left = torch.ones(SQUARE // 4, SQUARE, dtype=kind, device=device)
    right = torch.ones(SQUARE, SQUARE, dtype=kind, device=device)
    return 2 * left.numel() * SQUARE / _quickest(lambda: left @ right, device)


def _quickest(work: Callable[[], torch.Tensor], device: str) -> float:
    """Seconds of the best of a few rounds, the first left out; of the first where it takes
    long.
    """
    times = list[float]()
    while len(times) < 1 + ROUNDS and sum(times) < ENOUGH_S:
        start = time.perf_counter()
        work().flatten()[0].item()  # waits for a GPU
        times.append(time.perf_counter() - start)
    return min(times[1:] or times)
