"""A server for warm commands alone: `python -m mplus_cli.serving.warm.background`, started by
`starting.start`, with its settings in the environment. It ends after ten idle minutes.
"""

from __future__ import annotations

import logging
import signal
import threading
import time

from mplus_cli.serving.desk import Desk, Failed, listened
from mplus_cli.serving.warm import found
from mplus_cli.serving.warm.listener import Listener
from mplus_cli.serving.warm.starting import mark_of
from mplus_cli.settings import Settings, load_settings
from store.nearest import holds_memory

IDLE_S = 600.0
LOOK_EVERY_S = 10.0
_FIRST = "What is this about?"


def main() -> None:
    """Load the model, listen, and end when nobody has asked for long, or when told to."""
    settings, ended = load_settings({}), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    desk = Desk(settings)
    try:
        _warmed(desk)
        listener = Listener(desk, settings)
        listener.start()
        mark_of(settings).unlink(missing_ok=True)
        try:
            while not ended.wait(LOOK_EVERY_S) and _is_wanted(desk, listener, settings):
                pass
        finally:
            listener.close()
    finally:
        mark_of(settings).unlink(missing_ok=True)
        desk.close()


def _warmed(desk: Desk) -> None:
    """Have a question answered, so that all that one needs is loaded. Raises what that raises."""
    for event in listened(lambda tell: desk.ask(_FIRST, tell, max_tokens=2)):
        if isinstance(event, Failed):
            raise event.error


def _is_wanted(desk: Desk, listener: Listener, settings: Settings) -> bool:
    """Whether somebody asks, or did lately, and nobody has taken its place or its memory."""
    lately = desk.busy or time.monotonic() - desk.last_used < IDLE_S
    there = listener.server is not None and found.is_found(listener.server)
    return lately and there and holds_memory(settings.memory)


if __name__ == "__main__":
    logging.basicConfig()
    main()
