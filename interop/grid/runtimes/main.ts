// The story as a program, for Bun and Deno: at the URL in the arguments; prints what came of it, and ends by itself.
import { tell } from "./story.ts";

const [url = ""] = process.argv.slice(2);
console.log(JSON.stringify(await tell(url)));
