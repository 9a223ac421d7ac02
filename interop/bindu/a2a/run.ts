// The official Python client of A2A against the face of our core, in both bindings and in 0.3.
import { pytestSuite } from "../../shared/pytest.ts";

export const { prepare, run } = pytestSuite("bindu-a2a-python", import.meta.dirname);
