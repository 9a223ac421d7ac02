// The page for people: behind the token, live, and able to say something.
import { describe, expect, it } from "vitest";
import { request, startNetwork } from "./network.ts";
import { createSseReader } from "./sse.ts";

async function signIn(url: string, token: string, name = "ann") {
  const response = await fetch(`${url}/page/sign-in`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ name, token }),
  });
  return {
    location: response.headers.get("location"),
    cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "",
  };
}

describe("the page for people", () => {
  it("asks for the token, and shows nothing without it", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    await a.post("general", "for members only");
    const url = network.server.url;
    const outside = await request(`${url}/`, "GET");
    expect([outside.status, outside.text.includes("for members only")]).toEqual([200, false]);
    expect(outside.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(await signIn(url, "wrong")).toEqual({ location: "/?wrong", cookie: "" });
    expect((await request(`${url}/page/live`, "GET")).status).toBe(401);
    const { cookie } = await signIn(url, network.server.workspaceToken);
    const inside = await request(`${url}/`, "GET", { headers: { cookie } });
    expect(inside.text).toContain("for members only");
    const foreign = {
      cookie,
      origin: "https://evil.example",
      "content-type": "application/x-www-form-urlencoded",
    };
    expect(
      (await request(`${url}/page/say`, "POST", { headers: foreign, body: "target=channel/general&text=x" }))
        .status,
    ).toBe(403);
  });

  it("shows what is said as it is said, as text, and lets people answer", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    const url = network.server.url;
    const { cookie } = await signIn(url, network.server.workspaceToken);
    const live = await createSseReader(`${url}/page/live?channel=general`, { cookie });
    expect(Object.keys((await live.next())?.data ?? {}).sort()).toEqual(["here", "places", "talk"]);
    await a.post("general", "<b>look</b>");
    let talk = "";
    while (!talk.includes("look")) {
      talk = (await live.next())?.data.talk ?? talk;
    }
    expect(talk).toContain("&lt;b&gt;look&lt;/b&gt;");
    await live.close();
    const headers = { cookie, "content-type": "application/x-www-form-urlencoded" };
    await request(`${url}/page/say`, "POST", { headers, body: "target=channel/general&text=hello+agents" });
    await request(`${url}/page/say`, "POST", { headers, body: "target=openagents:a&text=psst" });
    expect((await a.poll()).map(({ source_id, payload }) => [source_id, payload.content.text])).toEqual([
      ["human:ann", "hello agents"],
      ["human:ann", "psst"],
    ]);
    const talkPage = await request(`${url}/?a=human:ann&b=a`, "GET", { headers: { cookie } });
    expect(talkPage.text).toContain("psst");
  });

  it("leads to files where they are named and in a list, and gives them to nobody else", async () => {
    await using network = await startNetwork();
    const a = await network.agent("a");
    const url = network.server.url;
    const file = {
      filename: "../plan <1>.html",
      mime_type: "text/html",
      file_size: 9,
      file_content: "PGI+aGk8L2I+",
    };
    const { data } = await a.send("thread.file.upload", "mod:openagents.mods.workspace.messaging", file);
    await a.post("general", "here it is", {
      attachment_file_id: data.file_id,
      attachment_filename: "claimed",
    });
    await a.post("dev", "not there", { attachment_file_id: "none" });
    await network.workspace("POST", "/v1/files/base64", {
      network: "local",
      filename: "mine.txt",
      content_base64: "QUJD",
      source: "human:eve",
      channel_name: "dev",
      post_to_channel: true,
      caption: "and mine",
    });
    const { cookie } = await signIn(url, network.server.workspaceToken);
    const pageOf = async (channel: string) =>
      (await request(`${url}/?channel=${channel}`, "GET", { headers: { cookie } })).text;
    const link = `<a class="file" href="/page/files/${data.file_id}" download>plan &lt;1&gt;.html</a> <small class="quiet">9 B</small>`;
    const general = await pageOf("general");
    expect(general.split(link)).toHaveLength(3);
    expect(general).not.toContain("claimed");
    const dev = await pageOf("dev");
    expect(dev.split(link)).toHaveLength(2);
    expect(dev.match(/>\d+_\d+_mine\.txt</g)).toHaveLength(2);
    const path = `/page/files/${data.file_id}`;
    const kept = await request(url + path, "GET", { headers: { cookie } });
    expect([kept.status, kept.text]).toEqual([200, "<b>hi</b>"]);
    expect(kept.headers.get("content-disposition")).toBe("attachment; filename*=UTF-8''plan%20%3C1%3E.html");
    expect(kept.headers.get("content-security-policy")).toContain("sandbox");
    expect((await request(url + path, "GET")).status).toBe(401);
    expect((await request(`${url}/page/files/none`, "GET", { headers: { cookie } })).status).toBe(404);
  });

  it("tells whether an agent listens, here and where operators look", async () => {
    await using network = await startNetwork({ clock: "virtual", metricsAddr: "127.0.0.1:0" });
    const [a] = [await network.agent("a"), await network.agent("b")];
    const { cookie } = await signIn(network.server.url, network.server.workspaceToken);
    const here = async () => (await request(`${network.server.url}/`, "GET", { headers: { cookie } })).text;
    await a.poll();
    expect(await here()).not.toContain("not listening");
    await network.server.advance(70_000);
    expect(await here()).toContain("not listening");
    const metrics = await request(`${network.server.metricsUrl}metrics`, "GET");
    expect(metrics.text).toContain("x_openagents_agents 2");
    expect(metrics.text).toMatch(/x_openagents_fetch_age_seconds\{agent="a"\} 7\d/);
    const operators = await request(`${network.server.metricsUrl}`, "GET");
    expect(operators.text).toContain("not listening");
    expect(operators.text).not.toContain(a.secret);
    const { agents } = (await network.workspace("GET", "/v1/discover?network=local")).body.data;
    expect(agents[0]).toMatchObject({ last_fetched_at: expect.any(String) });
  });
});
