"""What a simulator keeps open while it serves."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from app.simulators.books.database import Database
from app.simulators.books.sender import Sender


def keeping_open(
    database: Database, sender: Sender, client: httpx.Client
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Return a lifespan: the books are open and the sender sends by `client`, until the last call was answered."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(database.open)
        await run_in_threadpool(sender.start)
        try:
            yield
        finally:
            await run_in_threadpool(sender.stop)
            await run_in_threadpool(client.close)
            await run_in_threadpool(database.close)

    return lifespan
