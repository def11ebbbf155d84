"""Runs every measurement and prints a line for each."""

from benchmarks import compose, start
from benchmarks.timing import readable

for area in (compose, start):
    for what, seconds in area.run():
        print(f"{area.__name__.removeprefix('benchmarks.'):8} {what:24} {readable(seconds):>10}", flush=True)
