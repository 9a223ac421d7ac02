// A reference client in Python, written from the public documentation alone, against our server; and our client's requests,
// recorded on the way, as that Python sees them.
import { pytestSuite } from "../../shared/pytest.ts";

export const { prepare, run } = pytestSuite("grid-python", import.meta.dirname);
