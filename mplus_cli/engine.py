"""The model of one command: found at once, loaded when it is first needed."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from mplus_cli.budget import BudgetRule
from mplus_cli.errors import ModelError, UsageError
from mplus_cli.model.config import ModelConfig, Quantization
from mplus_cli.model.machine import fit
from mplus_cli.model.net.tokenizer import Tokenizer
from mplus_cli.model.prepared import catalog, known, whole
from mplus_cli.settings import Settings
from mplus_cli.turns import Turns
from store.errors import OlderError
from store.home import Home
from store.index.reader import Index
from store.spec import UNLIMITED, Spec

if TYPE_CHECKING:
    from mplus_cli.kinds import Kind
    from mplus_cli.model.net.network import Network
    from store.kinds.vectors import Origin
    from store.segments import Segments


T = TypeVar("T")
Progress = Callable[[int, int], None]  # layers done, in all


class once(Generic[T]):  # noqa: N801
    """A property that is made when it is first asked for, by one thread while others wait."""

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make, self._name = make, make.__name__

    def __get__(self, engine: Engine, owner: type | None = None) -> T:
        with engine.turn:
            if self._name not in engine.__dict__:
                engine.__dict__[self._name] = self._make(engine)
        found: T = engine.__dict__[self._name]
        return found


class Engine:
    """A prepared model with its tokenizer; the network comes last, being slow."""

    def __init__(self, settings: Settings, memory: Spec | None) -> None:
        """`memory`: the spec of an existing memory, whose model and quantization are the
        defaults.
        """
        # Passes of several threads through the network take turns: there is one set of cores.
        self.turn = Turns()
        name = settings.model or (memory.model if memory else known.DEFAULT)
        # Told of layers whose quantized form is made, which takes minutes, once.
        self.quantizing: Progress = lambda done, of: None
        # Told of layers while a question is read.
        self.reading: Progress = lambda done, of: None
        self._settings = settings
        self._memory = memory
        self._name, self._preparation = name, catalog.preparation(name, settings.cache)
        self.folder: Path = catalog.find(name, settings.cache)
        whole.check(self.folder)
        self.config: ModelConfig = catalog.described(self.folder)

    def is_replaced(self) -> bool:
        """Whether the model was prepared anew since: what is loaded, or still to be loaded from
        there, is another one.
        """
        now = catalog.preparation(self._name, self._settings.cache)
        return now is not None and now != self._preparation

    def suspect(self) -> None:
        """Look whether the model is whole, after an answer as a damaged one would give it.

        Raises `DamagedModelError`.
        """
        whole.suspect(self.folder)

    @once
    def tokenizer(self) -> Tokenizer:
        return Tokenizer(self.folder, self.config)

    @once
    def device(self) -> str:
        from mplus_cli.model.prepared.load import default_device, need_device

        if self._settings.device == "auto":
            return default_device()
        need_device(self._settings.device)
        return self._settings.device

    @once
    def quantize(self) -> Quantization:
        return self._choice.quantize

    @property
    def loads(self) -> Hashable:
        """What it loads, and how it is used: equal ones can take each other's place."""
        settings = self._settings
        wanted = settings.quantize == "auto", settings.seed, settings.vectors, settings.states
        return self.folder, self.device, self.quantize, *wanted

    @property
    def choice(self) -> str:
        """What was chosen for a new memory and why; empty where nothing had to be weighed."""
        return self._choice.why

    @once
    def _choice(self) -> fit.Choice:
        """A flag counts first, then what the memory was made with; a large model takes the form
        that fits.
        """
        chosen = self._settings.quantize
        if chosen == "auto" and self._memory is not None:
            chosen = self._memory.quantize
        if chosen not in ("auto", "none") and self.config.memory.recurrent:
            raise UsageError(
                f"{self.config.name} is not run with {chosen} weights: how well it remembers with "
                "them was never measured",
                "leave out --quantize, or say --quantize none",
            )
        if chosen != "auto":
            return fit.Choice(cast(Quantization, chosen), "")
        sizes = fit.sizes_of(self.folder)
        weights = {
            form: fit.weights_bytes(sizes, form, self.device)
            for form in fit.FORMS
            if form == "none" or _can_quantize()
        }
        if weights["none"] <= fit.SMALL_BYTES:
            return fit.Choice("none", "")
        from mplus_cli.model.prepared.load import free_memory

        free_bytes = free_memory(self.device)
        try:
            return fit.choose(weights, self.device, free_bytes)
        except ModelError as error:
            smaller = known.largest_within(fit.room_bytes(self.device, free_bytes))
            hint = f"a model that fits: -m {smaller.short}; or " if smaller else ""
            raise ModelError(error.message, f"{hint}{error.hint}") from error

    @property
    def pace(self) -> Path:
        """The file in which this machine remembers how fast a model wrote; may be missing."""
        return self._settings.pace

    def limit(self, home: Home, segments: Segments) -> None:
        """Let derived vectors take as much of the disk as the settings say."""
        from store.segments.lean import LeanSegments

        if isinstance(segments, LeanSegments):
            budget = BudgetRule.of(self._settings).budget(home, segments.spec)
            segments.cache.budget_bytes = budget.bytes

    @property
    def relative_speed(self) -> float:
        """How fast it writes, where the default model has 1: by the operations of a token."""
        default = fit.inject_operations(known.CATALOG[known.DEFAULT].sizes)
        return default / fit.inject_operations(fit.sizes_of(self.folder))

    @property
    def parameters(self) -> int:
        """How many numbers a token is multiplied with."""
        return fit.sizes_of(self.folder).parameters

    @once
    def spec(self) -> Spec:
        """What a memory written by this model looks like."""
        settings = self._settings
        return make_spec(self.config, self.quantize, settings.seed, settings.states == "8bit")

    @once
    def kind(self) -> Kind:
        """How this model writes, finds and reads."""
        from mplus_cli.kinds.chunks import Chunks
        from mplus_cli.kinds.lm2 import LM2
        from mplus_cli.kinds.mplus import MPlus

        if self.config.memory.recurrent:
            return LM2(self)
        return Chunks(self) if self.config.memory.finds_chunks else MPlus(self)

    @once
    def network(self) -> Network:
        from mplus_cli.model.prepared.load import load

        network = load(
            self.folder,
            self.device,
            self.quantize,
            decode8=self._decodes_in_8_bits,
            quantizing=self.quantizing,
        )
        network.reading = self.reading
        return network

    @property
    def _decodes_in_8_bits(self) -> bool:
        """On a CPU, unless the user wants a form of weights; where both forms of the weights
        fit. Slots are added to unquantized rows alone.
        """
        if self.config.memory.recurrent:
            return False
        if self.device != "cpu" or self.quantize != "none" or self._settings.quantize != "auto":
            return False
        from mplus_cli.model.net import decode8

        sizes = fit.sizes_of(self.folder)
        weights = fit.weights_bytes(sizes, "none")
        both = weights + fit.decode8_bytes(sizes) if weights > fit.SMALL_BYTES else 0
        return decode8.is_possible() and both <= fit.SHARE_OF_RAM * fit.available_ram()

    @once
    def origin(self) -> Origin:
        """The checkpoint's own vectors."""
        from mplus_cli.model.prepared.load import load_origin
        from store.kinds.vectors import Origin

        own = load_origin(self.folder)
        keys = [keys for _, keys in own if keys is not None]
        return Origin([vectors for vectors, _ in own], keys or None)


def _can_quantize() -> bool:
    return importlib.util.find_spec("bitsandbytes") is not None


def make_spec(
    config: ModelConfig, quantize: Quantization, seed: int = 0, eight_bit_states: bool = False
) -> Spec:
    """What a memory must know of its model: the fields of the same names, and what follows here.

    eight_bit_states: where the model keeps hidden states.

    The model and the store do not know each other.
    """
    described = config.flat() | {
        "model": config.name,
        "identity": config.identity(quantize),
        "quantize": quantize,
        "seed": seed,
        "id_bytes": 0,
        **({"capacity_vectors": UNLIMITED} if config.memory.finds_chunks else {}),
        **(_lean(config) if config.memory.is_lean else {}),
        "eight_bit_states": eight_bit_states and config.memory.keeps_states,
        "kv_width": config.architecture.kv_width if _keeps_kv(config) else 0,
    }
    known = (item.name for item in fields(Spec))
    return Spec(**{name: described[name] for name in known if name in described})


def _keeps_kv(config: ModelConfig) -> bool:
    return not (config.memory.keeps_states or config.memory.recurrent)


def _lean(config: ModelConfig) -> dict[str, int]:
    """What a lean memory has of its own: no pool, and bytes that hold every id."""
    most = config.architecture.vocabulary
    id_bytes = next(count for count in (2, 3, 4) if most <= 1 << 8 * count)
    return {"id_bytes": id_bytes, "pool_vectors": 0}


def open_engine(settings: Settings) -> Engine:
    """The engine for the memory that the settings name, be it there already or new.

    Another model than that of the newest generation goes as it wrote earlier ones, if it did.
    """
    if not Home.exists(settings.memory):
        return Engine(settings, None)
    home = Home(settings.memory)
    engine = Engine(settings, home.spec)
    if engine.config.name == home.spec.model:
        return engine
    return Engine(settings, _earlier(home, engine.config.name))


def open_own_engine(settings: Settings) -> Engine:
    """The engine of the model that a memory is for, whichever is wanted for questions."""
    engine = open_engine(settings)
    if engine.spec.identity == Home(settings.memory).spec.identity:
        return engine
    return open_engine(settings._replace(model=None))


def _earlier(home: Home, model: str) -> Spec | None:
    """What the last generation of a model is made for; None where it has none."""
    try:
        index = Index.open(home)
    except OlderError:  # which knows of one model only
        return None
    with closing(index), index.snapshot():
        specs = map(index.spec, index.generations())
        return next((spec for spec in specs if spec.model == model), None)
