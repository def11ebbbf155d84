"""`python -m benchmarks [family …]`: prints the table, and writes it when all of it was measured."""

from __future__ import annotations

import sys
import time

from benchmarks import big, capture, compose, latency, memory, pages, pipeline, queue, slow, start, table

FAMILIES = {
    "pipeline": pipeline.rows,
    "latency": latency.rows,
    "slow": slow.rows,
    "queue": queue.rows,
    "capture": capture.rows,
    "big": big.rows,
    "compose": compose.rows,
    "pages": pages.rows,
    "memory": memory.rows,
    "start": start.rows,
}


def main(asked: list[str]) -> int:
    if unknown := [name for name in asked if name not in FAMILIES]:
        print(f"there is no measurement {unknown[0]!r}; there are {', '.join(FAMILIES)}", file=sys.stderr)
        return 2
    began, found = time.monotonic(), []
    for name in asked or FAMILIES:
        for row in FAMILIES[name]():
            found.append(row)
            print(table.line(row), flush=True)
    if not asked:
        table.write(found)
        print(f"written to {table.RESULTS.name} after {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
