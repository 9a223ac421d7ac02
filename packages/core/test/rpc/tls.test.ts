// TLS on both ends: trust, names, and clients that must show a certificate.

import { once } from "node:events";
import { connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { describe, expect, test } from "vitest";
import { provenNotProcessed } from "../../src/rpc/index.ts";
import { pem } from "./certs.ts";
import { cleanup, type EchoImpl, failureOf, startPair, startTransport, until } from "./fixture.ts";
import { EchoService } from "./gen/echo/v1/echo_pb.ts";

const ca = pem("ca.pem");
const serverTls = { cert: pem("server.pem"), key: pem("server.key") };
const clientTls = { ca, cert: pem("client.pem"), key: pem("client.key") };
const echo: EchoImpl = { unary: ({ text }) => ({ text }) };

async function refused(call: Promise<unknown>): Promise<ConnectError> {
  const error = ConnectError.from(await failureOf(call));
  expect(error.code).toBe(Code.Unavailable);
  expect(provenNotProcessed(error)).toBe(true);
  return error;
}

describe("TLS", () => {
  test("a server with a trusted certificate is called", async () => {
    const { client } = await startPair(echo, { server: { tls: serverTls }, client: { tls: { ca } } });
    expect((await client.unary({ text: "secret" })).text).toBe("secret");
  });

  test("a certificate may be given as bytes", async () => {
    const tls = { cert: Buffer.from(serverTls.cert), key: new Uint8Array(Buffer.from(serverTls.key)) };
    const { client } = await startPair(echo, { server: { tls }, client: { tls: { ca: Buffer.from(ca) } } });
    expect((await client.unary({ text: "bytes" })).text).toBe("bytes");
  });

  test("a server whose certificate nobody vouches for is refused, unless told otherwise", async () => {
    const { client, url } = await startPair(echo, { server: { tls: serverTls } });
    expect((await refused(client.unary({}))).rawMessage).toMatch(/certificate/);
    const careless = startTransport({ baseUrl: url, tls: { rejectUnauthorized: false } });
    expect((await createClient(EchoService, careless).unary({ text: "careless" })).text).toBe("careless");
  });

  test("a server of another name is refused, the expected one can be named", async () => {
    const { url } = await startPair(echo, { server: { tls: serverTls } });
    const other = startTransport({ baseUrl: url, tls: { ca, servername: "other.example" } });
    expect((await refused(createClient(EchoService, other).unary({}))).rawMessage).toMatch(/altnames/i);
    const named = startTransport({ baseUrl: url, tls: { ca, servername: "localhost" } });
    expect((await createClient(EchoService, named).unary({ text: "named" })).text).toBe("named");
  });

  test("a server with a ca answers only clients that show a certificate of it", async () => {
    const { client, url } = await startPair(echo, {
      server: { tls: { ...serverTls, ca } },
      client: { tls: clientTls },
    });
    expect((await client.unary({ text: "known" })).text).toBe("known");
    const stranger = startTransport({ baseUrl: url, tls: { ca } });
    const error = ConnectError.from(await failureOf(createClient(EchoService, stranger).unary({})));
    expect(error.code).toBe(Code.Unavailable);
  });

  test("clear text on the TLS port is disconnected, and so is a client that offers no HTTP/2", async () => {
    const { port, server, client } = await startPair(echo, {
      server: { tls: serverTls },
      client: { tls: { ca } },
    });
    const plain = connectTcp(port, "127.0.0.1", () => plain.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    plain.on("error", () => {});
    cleanup(() => {
      plain.destroy();
    });
    plain.resume();
    await once(plain, "close");
    const silent = connectTls({ port, host: "127.0.0.1", ca });
    silent.on("error", () => {});
    cleanup(() => {
      silent.destroy();
    });
    silent.resume();
    await once(silent, "close");
    expect((await client.unary({ text: "alive" })).text).toBe("alive");
    await until(() => server.openSessions === 1);
  });

  test("a client that stops in the handshake does not hold up the end of the server", async () => {
    const { port, server } = await startPair(echo, { server: { tls: serverTls } });
    const socket = connectTcp({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", () => {});
    cleanup(() => {
      socket.destroy();
    });
    socket.resume();
    await until(() => server.openSessions === 1);
    await server.close({ graceMs: 10 });
    expect(server.openSessions).toBe(0);
  });

  test("a client that stops in the handshake is cut after handshakeTimeoutMs", async () => {
    const { port, server } = await startPair(echo, { server: { tls: serverTls, handshakeTimeoutMs: 30 } });
    const socket = connectTcp(port, "127.0.0.1");
    socket.on("error", () => {});
    cleanup(() => {
      socket.destroy();
    });
    socket.resume();
    await once(socket, "close");
    await until(() => server.openSessions === 0);
  });
});
