// The official Python client against our daemon.
import { pytestSuite } from "../../shared/pytest.ts";

export const { prepare, run } = pytestSuite("agentkeeper-python", import.meta.dirname);
