"""The contract of `proof.yaml`, held by a2a-proof in either binding."""

import json
import os
import subprocess
import sys

import pytest
import yaml

CONTRACT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "proof.yaml")
PROGRAM = os.path.join(os.path.dirname(sys.executable), "a2a-proof")

with open(CONTRACT, encoding="utf-8") as file:
    SCENARIOS = [each["name"] for each in yaml.safe_load(file)["scenarios"]]


@pytest.fixture(scope="module", params=["JSONRPC", "HTTP+JSON"])
def verdict(url, request, tmp_path_factory):
    report = tmp_path_factory.mktemp("proof") / "report.json"
    command = [PROGRAM, "run", CONTRACT, "--format", "json", "-o", report, "--jobs", "8", "--transport", request.param]
    result = subprocess.run(command, env={**os.environ, "AGENT_URL": url}, capture_output=True, text=True)
    assert report.exists(), result.stderr
    return json.loads(report.read_text())


def test_card(verdict):
    """A4 A39 the card is what the contract says"""
    assert verdict["card"] == {"passed": True, "failures": []}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(verdict, name):
    """A36 A39 a scenario of the contract"""
    scenario = next(each for each in verdict["scenarios"] if each["name"] == name)
    assert scenario["passed"], scenario["trials"]
