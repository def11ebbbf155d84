"""pgqueuer's no-op jobs a second: one process, batches of 10, until its queue is empty."""

import asyncio
import json
import sys
import time

import asyncpg
from pgqueuer import AsyncpgDriver, PgQueuer, Queries
from pgqueuer.domain.types import QueueExecutionMode


async def main(url: str, jobs: int) -> float:
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    await queries.enqueue(["noop"] * jobs, [None] * jobs, [0] * jobs)
    worker = PgQueuer(AsyncpgDriver(await asyncpg.connect(url)))

    @worker.entrypoint("noop")
    async def noop(job: object) -> None:
        pass

    began = time.perf_counter()
    await worker.run(batch_size=10, mode=QueueExecutionMode.drain)
    return jobs / (time.perf_counter() - began)


given = json.loads(sys.argv[1])
print(json.dumps({"a_second": asyncio.run(main(given["url"], given["jobs"]))}))
