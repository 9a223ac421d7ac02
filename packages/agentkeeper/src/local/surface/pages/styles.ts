// How the dashboard looks, in light and in dark.
import type { Markup } from "@x/core/service";

export const styles: Markup = {
  markup: `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e9ee); --quiet: light-dark(#5b6570, #98a2ae);
  --paper: light-dark(#f6f7f9, #14171b); --card: light-dark(#ffffff, #1c2026); --line: light-dark(#dfe3e8, #2d333b);
  --good: light-dark(#146c43, #5fd39a); --warn: light-dark(#8a5300, #f2b45c); --bad: light-dark(#a4262c, #ff8a8a); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.45 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1rem; margin: 0 0 .5rem; } p { margin: 0; color: var(--quiet); }
.good, .alive { color: var(--good); } .unreachable { color: var(--warn); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; padding: 0;
  margin: 1.25rem 0; list-style: none; }
.numbers li, section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.numbers li { color: var(--quiet); } .numbers b { display: block; font-size: 1.6rem; color: var(--ink); line-height: 1.2; }
main { display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; min-width: 6rem; }
tr:last-child td { border-bottom: 0; } .n, .w { white-space: nowrap; min-width: 0; } .n { text-align: right; } th.n, td.n { padding-right: 1.25rem; }
code { font: 12px/1.45 ui-monospace, monospace; color: var(--quiet); } .none { color: var(--quiet); }
`,
};
