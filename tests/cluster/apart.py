"""A scheduler and a worker that are processes of their own, and can be killed alone."""

import asyncio
import logging
import os
from multiprocessing.connection import Connection


def schedule(told: Connection) -> None:
    """Be a scheduler, whose address is told."""
    from distributed import Scheduler

    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)

    async def run() -> None:
        async with Scheduler(host="127.0.0.1", port=0, dashboard_address=":0") as scheduler:
            told.send(scheduler.address)
            await scheduler.finished()

    asyncio.run(run())


def work(address: str, environment: dict[str, str]) -> None:
    """Be a worker of the scheduler at an address."""
    from distributed import Worker

    os.environ.update(environment)
    logging.getLogger("distributed").setLevel(logging.CRITICAL + 1)

    async def run() -> None:
        async with Worker(
            address, nthreads=1, dashboard=False, memory_limit=0, preload=["tests.cluster.worker"]
        ) as worker:
            await worker.finished()

    asyncio.run(run())
