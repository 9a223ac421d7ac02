"""Starts our agent with its core for the official client, and stops it."""

import os
import shutil
import subprocess

import pytest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", "..", ".."))
NODE = shutil.which("node", path=os.path.join(ROOT, "node_modules", ".bin") + os.pathsep + os.environ["PATH"])


@pytest.fixture(scope="session")
def url():
    process = subprocess.Popen(
        [NODE, os.path.join(HERE, "agent.ts")], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    )
    line = process.stdout.readline()
    assert line.startswith("ready "), f"no ready line: {line!r}"
    yield line.removeprefix("ready ").strip().rstrip("/")
    process.kill()
    process.wait()
    process.stdout.close()
