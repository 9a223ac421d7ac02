"""Programs of ours as processes of a test: started, ready, and ended."""

import os
import re
import shutil
import signal
import subprocess
import time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
NODE = shutil.which("node", path=os.path.join(ROOT, "node_modules", ".bin") + os.pathsep + os.environ["PATH"])


def executable(package, name):
    """The file of an executable as it is built."""
    return os.path.join(ROOT, "packages", package, "dist", "bin", f"{name}.js")


class Process:
    """A program that says in one line that it is ready, and where it listens."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            [NODE, *command], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
        )
        self.ready = self.process.stdout.readline()
        assert "ready" in self.ready.split(), f"no ready line: {self.ready!r}"

    def address(self, name):
        """`host:port` of what the line calls so."""
        match = re.search(rf" {name}=(\S+)", self.ready)
        assert match, f"no {name} in {self.ready!r}"
        return match[1]

    def ask_to_stop(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends it as an operator does, if it has not ended."""
        if self.process.poll() is None:
            self.ask_to_stop()
        assert self.end(within=10) == 0

    def kill(self):
        self.process.kill()
        self.end()

    def end(self, within=None):
        """Its exit code."""
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process.stdout.close()


def wait_until(condition, what, timeout=20.0):
    """What a condition answers once it is true, which a program or another thread brings about."""
    deadline = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"did not happen within {timeout} s: {what}"
        time.sleep(0.01)
