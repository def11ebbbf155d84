"""Every line of the log is one JSON object, however many threads and libraries write at once."""

import json
import subprocess
import sys

CROWD = """
import logging, sys, threading
import structlog
from sidecar import log

sys.setswitchinterval(1e-6)
log.configure()

def ours():
    for n in range(500):
        structlog.get_logger().info("message", id=n)

def a_library():
    for n in range(500):
        logging.getLogger("library").warning("%s", n)

threads = [threading.Thread(target=write) for write in (ours, a_library) * 4]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_lines_of_many_threads_and_libraries_never_run_into_each_other():
    done = subprocess.run([sys.executable, "-c", CROWD], capture_output=True, text=True, check=True)

    events = [json.loads(line)["event"] for line in done.stderr.splitlines()]
    assert (events.count("message"), events.count("a library warns")) == (2000, 2000)
