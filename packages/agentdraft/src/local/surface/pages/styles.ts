// How the owner's page looks beyond the kit's palette.
import { paletteStyles } from "@x/core/service";

/** The whole style sheet. */
export function styles(): string {
  return paletteStyles() + own;
}

const own = `
:root { --commit: light-dark(#d3e5ff, #24426b); --commit-edge: light-dark(#4a86d8, #6ea3ea);
  --hold: light-dark(#fff0cf, #4a3b18); --lost: light-dark(#f2c4c4, #6b3131); }
body { margin: 0 auto; max-width: 78rem; padding: 0 1.25rem 3rem; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; position: sticky; top: 0; z-index: 1;
  padding: .75rem 0; background: var(--paper); border-bottom: 1px solid var(--line); }
header nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-right: auto; }
@media (max-width: 48rem) { header { position: static; } }
.committed, .approved { color: var(--good); } .evicted, .invalidated, .denied { color: var(--bad); }
.hold, .pending { color: var(--warn); } .cancelled, .released, .expired, .consumed, .superseded, .withdrawn { color: var(--quiet); }
main { display: grid; gap: 1.25rem; grid-template-columns: minmax(0, 1fr); margin-top: 1.25rem; }
main.narrow { max-width: 30rem; margin: 12vh auto 0; }
.card { border: 1px solid var(--line); border-left: 4px solid var(--warn); border-radius: .5rem; padding: .25rem 1rem .75rem; margin: .5rem 0; }
.card:target, .resolved :target { background: var(--hold); }
.pages { display: flex; gap: 1rem; }
.resolved { padding-left: 1.2rem; margin: 0; overflow-wrap: anywhere; }
td { min-width: 5rem; max-width: 24rem; } .number { min-width: 0; } tr:target { background: var(--hold); }
time, td > b, td > code { white-space: nowrap; } td:has(> br) > b, td > code.long { white-space: normal; }
td:has(> form) { min-width: 17rem; }
form { display: flex; flex-wrap: wrap; gap: .5rem .75rem; align-items: end; margin: .5rem 0; }
form.inline { display: inline-flex; margin: 0 .5rem .25rem 0; align-items: center; } form.inline input { width: 5rem; }
form.rules label { flex-basis: 15rem; } form.rules label:has(textarea) { flex-basis: 100%; }
fieldset { border: 1px solid var(--line); border-radius: .375rem; flex-basis: 100%; }
textarea { display: block; width: 100%; font: 13px/1.5 ui-monospace, monospace; }
button.yes { background: var(--good); border-color: var(--good); color: var(--card); font-weight: 600; }
button.no { color: var(--bad); border-color: var(--bad); }
output { overflow-wrap: anywhere; } .secret { font-family: ui-monospace, monospace; user-select: all; }
.weeks { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin-bottom: .5rem; }
svg.week { display: block; font: 12px system-ui, sans-serif; }
svg.week .day { fill: transparent; stroke: var(--line); } svg.week .today { fill: var(--paper); }
svg.week line { stroke: var(--line); } svg.week line.nowline { stroke: var(--bad); stroke-width: 2; }
svg.week text { fill: var(--quiet); } svg.week text.hour { text-anchor: end; } svg.week text.now { fill: var(--ink); font-weight: 700; }
svg.week rect.commit { fill: var(--commit); stroke: var(--commit-edge); }
svg.week rect.hold { fill: var(--hold); stroke: var(--warn); stroke-dasharray: 4 3; }
svg.week rect.lost { fill: var(--lost); stroke: var(--bad); }
svg.week .label { margin: 0; padding: 1px 6px; font-size: 11.5px; line-height: 1.25; color: var(--ink); overflow: hidden; height: 100%; }
svg.week .tight { white-space: nowrap; text-overflow: ellipsis; }
.legend { color: var(--quiet); } .key { display: inline-block; width: .9rem; height: .9rem; border-radius: 3px; vertical-align: -2px; margin-left: .75rem; }
.key.commit { background: var(--commit); border: 1px solid var(--commit-edge); } .key.hold { background: var(--hold); border: 1px dashed var(--warn); }
.key.lost { background: var(--lost); border: 1px solid var(--bad); }
`;
