"""Starts our agent with its core for the official client, and stops it."""

import os

import pytest

from served import Process


@pytest.fixture(scope="session")
def url():
    process = Process(os.path.join(os.path.dirname(os.path.abspath(__file__)), "agent.ts"))
    yield process.ready.split()[1].rstrip("/")
    process.kill()
