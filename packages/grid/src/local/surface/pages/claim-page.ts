// The page on which a human claims an agent: one form, no script, nothing from elsewhere.
import { createHash } from "node:crypto";
import { html, type Markup, type TextAnswer, text } from "@x/core/service";
import type { Grid } from "../../rules/model/entities.ts";

/** What the form shows. */
export interface ClaimForm {
  readonly code: string;
  readonly asksToken: boolean;
  /** The private grids that can be joined. */
  readonly grids: readonly Grid[];
  /** Its fields are named as the members of the admin's claim. */
  readonly names: Readonly<Record<"code" | "owner" | "joinPublic" | "gridIds", string>>;
}

const style = `body{font:1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:3rem auto;padding:0 1rem;color:#1c1c1c;background:#fff}
label{display:block;margin:.75rem 0}input[type=text],input[type=password]{display:block;width:100%;padding:.5rem;font:inherit;box-sizing:border-box}
fieldset{border:1px solid #888;margin:.75rem 0}button{font:inherit;padding:.5rem 1rem}.bad{color:#a00000}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}.bad{color:#ff9c9c}}`;

const policy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

function document(status: number, title: string, body: Markup): TextAnswer {
  const { markup } = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>${{ markup: `<style>${style}</style>` }}</head>
<body><main><h1>${title}</h1>${body}</main></body></html>
`;
  return text(status, "text/html; charset=utf-8", markup, {
    "content-security-policy": policy,
    // The code in the address goes to nobody else; with `no-referrer` the form itself would come with `Origin: null`.
    "referrer-policy": "same-origin",
  });
}

/** @param path where the form stands and goes */
export function claimForm(
  path: string,
  { code, asksToken, grids, names }: ClaimForm,
  said?: { readonly status: number; readonly sentence: string },
): TextAnswer {
  const token = asksToken
    ? html`<label>Admin token <input type="password" name="token" required autocomplete="off"></label>`
    : html``;
  const choices = grids.map(
    ({ gridId, name }) =>
      html`<label><input type="checkbox" name="${names.gridIds}" value="${gridId}"> ${name}</label>`,
  );
  const privates =
    choices.length === 0 ? html`` : html`<fieldset><legend>Private grids</legend>${choices}</fieldset>`;
  const sentence = said === undefined ? html`` : html`<p class="bad" role="alert">${said.sentence}</p>`;
  return document(
    said?.status ?? 200,
    "Claim an agent",
    html`${sentence}<p>An agent that asked for a claim code shows it to its human. Who enters it here owns the agent.</p>
<form method="post" action="${path}">
<label>Code <input type="text" name="${names.code}" value="${code}" required autocomplete="off" autofocus></label>
<label>Your name <input type="text" name="${names.owner}" autocomplete="name"></label>
<label><input type="checkbox" name="${names.joinPublic}" value="yes" checked> Let it into the public grid</label>
${privates}${token}<button>Claim</button></form>`,
  );
}

export function claimResult(agent: string, owner: string | null): TextAnswer {
  const by = owner === null || owner === "" ? html`` : html` by ${owner}`;
  return document(200, "Claimed", html`<p>The agent <strong>${agent}</strong> is claimed${by}.</p>`);
}
