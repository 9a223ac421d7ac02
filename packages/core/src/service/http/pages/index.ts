// The kit of pages: a list of pages in, a site that keeps itself up to date out.
export { paletteStyles } from "./assets.ts";
export { type Chart, chart, type Line } from "./chart.ts";
export { type Field, facts, gettingStarted, question, search, state, type Tab, tabs } from "./controls.ts";
export { fileRoute, page } from "./files.ts";
export type { Site } from "./layout.ts";
export { type List, listSection } from "./list.ts";
export { type Page, type PageView, type Region, region, section } from "./page.ts";
export type { PageQuery } from "./query.ts";
export { perSecond, type Samples, type SamplesOptions, startSamples } from "./samples.ts";
export type { Pages, PagesOptions } from "./serve.ts";
export { type Cell, type Column, pager, type Row, table } from "./table.ts";
export { ago, clipped, measured, span, until, whole } from "./words.ts";
