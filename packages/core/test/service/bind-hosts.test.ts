import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/service/start/address.ts";
import { bindHosts } from "../../src/service/start/bind-hosts.ts";

/** Binds in the order of the calls; hosts with a code cannot be had. */
async function bound(text: string, failing: Readonly<Record<string, string>> = {}) {
  const calls: string[] = [];
  const address = parseAddress(text);
  if (address === undefined) {
    throw new Error(`${text} is no address`);
  }
  const first = await bindHosts(address, (host, port) => {
    calls.push(`${host} ${port}`);
    const code = failing[host];
    return code === undefined
      ? Promise.resolve(port === 0 ? 4_000 : port)
      : Promise.reject(Object.assign(new Error(code), { code }));
  });
  return { first: `${first.host} ${first.port}`, calls };
}

describe("the hosts of an address", () => {
  it("are all bound, with the port of the first", async () => {
    expect(await bound("localhost:0")).toEqual({
      first: "127.0.0.1 4000",
      calls: ["127.0.0.1 0", "::1 4000"],
    });
    expect(await bound(":7000")).toEqual({ first: ":: 7000", calls: [":: 7000"] });
    expect(await bound("127.0.0.1:7000")).toEqual({ first: "127.0.0.1 7000", calls: ["127.0.0.1 7000"] });
  });

  it.each(["EADDRNOTAVAIL", "EAFNOSUPPORT"])("are those of IPv4 where IPv6 says %s", async (code) => {
    expect((await bound("localhost:0", { "::1": code })).first).toBe("127.0.0.1 4000");
    expect(await bound(":0", { "::": code })).toEqual({
      first: "0.0.0.0 4000",
      calls: [":: 0", "0.0.0.0 0"],
    });
    await expect(bound("[::1]:0", { "::1": code })).rejects.toMatchObject({ code });
  });

  it("a port that is taken is taken on any host", async () => {
    await expect(bound("localhost:0", { "::1": "EADDRINUSE" })).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(bound(":0", { "::": "EADDRINUSE" })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});
