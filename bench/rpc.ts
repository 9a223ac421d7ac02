// What one small gRPC call costs, client and server: the stock Connect pair, grpc-js, ours, and the official Python client.

import { type Measured, measureNode, measurePython, withServer } from "./rpc/processes.ts";
import { preparePython } from "./shared/python.ts";

/** Whom to measure, in the order of the table. */
const pairs = [
  { name: "stock connect-node -> stock connect-node", client: "stock", server: "stock" },
  { name: "grpc-js -> grpc-js", client: "grpc-js", server: "grpc-js" },
  { name: "Python grpcio -> stock connect-node", client: "python", server: "stock" },
  { name: "Python grpcio -> @x/core/rpc", client: "python", server: "ours" },
  { name: "@x/core/rpc -> @x/core/rpc", client: "ours", server: "ours" },
  { name: "bare node:http2 -> bare node:http2", client: "bare", server: "bare" },
] as const;

/** Each pair is measured this often, in turns, and its median counts: what disturbs the machine disturbs all of them. */
const rounds = 3;

export async function run(): Promise<void> {
  const interpreter = preparePython("rpc", ["grpcio==1.85.1", "protobuf==7.36.2"]);
  const all = new Map<string, Measured[]>();
  for (let round = 0; round < rounds; round++) {
    for (const { name, client, server } of pairs) {
      if (client === "python" && interpreter === undefined) {
        continue;
      }
      const measured = await withServer(server, (port) =>
        client === "python" && interpreter !== undefined
          ? measurePython(interpreter, port)
          : measureNode(client, port),
      );
      all.set(name, [...(all.get(name) ?? []), measured]);
    }
  }
  const results = new Map<string, Measured>();
  console.log("| gRPC client -> server | serial | 100 callers (Python: 16 threads) |");
  console.log("|---|---|---|");
  for (const { name } of pairs) {
    const measured = all.get(name);
    if (measured === undefined) {
      console.log(`| ${name} | no Python here | |`);
      continue;
    }
    const typical = {
      serialMicroseconds: median(measured.map((one) => one.serialMicroseconds)),
      perSecond: median(measured.map((one) => one.perSecond)),
    };
    results.set(name, typical);
    console.log(`| ${name} | ${count(typical.serialMicroseconds)} us | ${count(typical.perSecond)}/s |`);
  }
  const ours = results.get("@x/core/rpc -> @x/core/rpc");
  const stock = results.get("stock connect-node -> stock connect-node");
  const python = results.get("Python grpcio -> @x/core/rpc");
  if (ours === undefined || stock === undefined) {
    return;
  }
  console.log();
  judge("100 callers, ours / stock", ours.perSecond / stock.perSecond, "at least", 4);
  judge("serial, ours / stock", ours.serialMicroseconds / stock.serialMicroseconds, "at most", 0.25);
  if (python !== undefined) {
    judge(
      "serial, ours / Python on our server",
      ours.serialMicroseconds / python.serialMicroseconds,
      "at most",
      1,
    );
  }
}

function judge(what: string, ratio: number, bound: "at least" | "at most", target: number): void {
  const met = bound === "at least" ? ratio >= target : ratio <= target;
  console.log(`${what}: ${ratio.toFixed(2)} (target ${bound} ${target}) ${met ? "met" : "MISSED"}`);
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
