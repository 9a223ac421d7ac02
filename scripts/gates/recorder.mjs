// Imports what its argument names, and prints the names it exports and every module that was loaded for it.
import { registerHooks } from "node:module";

const modules = [];
registerHooks({
  load(url, context, nextLoad) {
    modules.push(url);
    return nextLoad(url, context);
  },
});
const entry = await import(process.argv[2]);
process.stdout.write(JSON.stringify({ names: Object.keys(entry), modules }));
