"""procrastinate's no-op jobs a second: one worker, ten at once, until its queue is empty."""

import asyncio
import json
import sys
import time

import procrastinate


async def main(url: str, jobs: int) -> float:
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url))

    @app.task(name="noop")
    async def noop() -> None:
        pass

    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        await app.configure_task("noop").batch_defer_async(*({} for _ in range(jobs)))
        began = time.perf_counter()
        await app.run_worker_async(concurrency=10, wait=False, install_signal_handlers=False, listen_notify=False)
        return jobs / (time.perf_counter() - began)


given = json.loads(sys.argv[1])
print(json.dumps({"a_second": asyncio.run(main(given["url"], given["jobs"]))}))
