"""Runs every measurement and prints a line for each."""

from benchmarks import compose, pages, start
from benchmarks.timing import readable

for area in (compose, start, pages):
    for what, seconds in area.run():
        print(f"{area.__name__.removeprefix('benchmarks.'):8} {what:36} {readable(seconds):>10}", flush=True)
