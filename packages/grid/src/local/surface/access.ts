// Who calls: every request is signed, is judged in the order of the wire, and is good once.
import { createVerifier, fromHex, type JsonObject, type JsonValue, type Verify } from "@x/core";
import { HttpProblem, type HttpRequest, type RateLimit, type RpcEnvelope } from "@x/core/service";
import type { GridWireProfile, RpcCall } from "../../wire/profile.ts";
import { WireRefusal } from "../../wire/refusal.ts";
import { checkSignature, readClaim, readRegistrationKey, type SignedClaim } from "../../wire/verify.ts";
import type { Engine } from "../engine/engine.ts";
import { nonceState } from "../rules/nodes/nodes.ts";
import { retryLater, wireProblem } from "./errors.ts";
import { isObject } from "./fields.ts";

/** Who was let in, with what was signed. */
export interface Caller {
  readonly nodeId: string;
  readonly payload: JsonObject;
  /** The key of a registration; `undefined` for who is registered. */
  readonly publicKey: string | undefined;
  /** Resolves when the nonce of the request is durable: nothing is answered before. */
  readonly noted: Promise<unknown>;
}

/** What a route asks of its caller beside a signature. */
export interface Demands {
  /** The path names the caller itself. */
  readonly isOwn?: boolean;
  /** Claimed or autonomous. */
  readonly isClaimed?: boolean;
}

export interface Doors {
  /** A request whose body is signed. */
  body(request: HttpRequest, demands?: Demands): Promise<Caller>;
  /** A request whose query is signed. */
  query(request: HttpRequest, demands?: Demands): Promise<Caller>;
  registration(request: HttpRequest): Promise<Caller>;
  rpc(request: HttpRequest, envelope: RpcEnvelope): Promise<Caller>;
}

/** What a node may call that is neither claimed nor autonomous. */
const openCalls: ReadonlySet<RpcCall> = new Set<RpcCall>([
  "listTasks",
  "getTask",
  "readTask",
  "ackMessages",
  "listRooms",
  "getRoom",
  "listSchedules",
  "getSchedule",
]);

/** Keys that are ready to verify. */
const mostVerifiers = 10_000;

export function createDoors(options: {
  readonly engine: Engine;
  readonly profile: GridWireProfile;
  readonly rate: RateLimit | undefined;
  readonly onRefused: (reason: string) => void;
}): Doors {
  const { engine, profile, rate, onRefused } = options;
  const verifiers = new Map<string, Verify>();
  /** Nonces that are taken, but not yet by the rules. */
  const taken = new Set<string>();

  const verifierOf = (publicKey: string): Verify => {
    let verifier = verifiers.get(publicKey);
    if (verifier === undefined) {
      verifier = createVerifier(fromHex(publicKey) ?? new Uint8Array());
      if (verifiers.size >= mostVerifiers) {
        verifiers.clear();
      }
      verifiers.set(publicKey, verifier);
    }
    return verifier;
  };

  /** Looks whether a nonce was used and takes it, in one step, so that of two equal requests one is let in. */
  const takeNonce = (nodeId: string, nonce: string): Promise<unknown> => {
    const key = `${nodeId} ${nonce}`;
    const before = engine.peek((state, { wall }) => nonceState(state, nodeId, nonce, wall));
    if (before === "used" || taken.has(key)) {
      throw new WireRefusal("nonce_replayed", "This nonce was used before; every request needs its own.");
    }
    if (before === "too_many") {
      throw retryLater("rate_limited", "this node has sent too many requests within ten minutes", 60_000);
    }
    taken.add(key);
    const noted = engine.run({ type: "useNonce", nodeId, nonce }).finally(() => taken.delete(key));
    // Who is refused for another reason does not wait for it.
    noted.catch(() => undefined);
    return noted;
  };

  const nowMs = (): number => engine.now().wall;

  const known = (payload: JsonObject): { readonly claim: SignedClaim; readonly publicKey: string } => {
    const claim = readClaim(payload, profile, nowMs());
    const publicKey = engine.peek(({ nodes }) => nodes.get(claim.fromNodeId)?.publicKey);
    if (publicKey === undefined) {
      throw new WireRefusal("unknown_node", "This node is not registered.");
    }
    checkSignature(payload, claim, verifierOf(publicKey), profile);
    return { claim, publicKey };
  };

  const demand = (caller: Caller, request: HttpRequest, { isOwn, isClaimed }: Demands): Caller => {
    const { nodeId } = caller;
    if (isOwn === true && request.params.nodeId !== nodeId) {
      throw new HttpProblem(403, "forbidden", "the path names another node than the one that calls");
    }
    const node = engine.peek(({ nodes }) => nodes.get(nodeId));
    if (isClaimed === true && node?.claim === null && !node.autonomous) {
      throw new HttpProblem(403, "not_claimed", "only a claimed or an autonomous node can do this");
    }
    return caller;
  };

  /** Carries out an admission; what the wire refuses is counted. */
  const judged = (judge: () => Caller): Caller => {
    try {
      return judge();
    } catch (error) {
      if (error instanceof WireRefusal) {
        onRefused(error.reason);
        throw wireProblem(error);
      }
      throw error;
    }
  };

  const admit = (payload: JsonObject, request: HttpRequest, demands: Demands): Caller => {
    const caller = judged(() => {
      const { claim } = known(payload);
      const noted = takeNonce(claim.fromNodeId, claim.nonce);
      return { nodeId: claim.fromNodeId, payload, publicKey: undefined, noted };
    });
    const verdict = rate?.take(caller.nodeId);
    if (verdict?.allowed === false) {
      throw retryLater(
        "rate_limited",
        "this node sends too many requests",
        verdict.retryAfterSeconds * 1_000,
      );
    }
    return demand(caller, request, demands);
  };

  return {
    body: async (request, demands = {}) => admit(await bodyOf(request), request, demands),

    async query(request, demands = {}) {
      // Every value is a text, and no name is special.
      const payload: JsonObject = request.query;
      return admit(payload, request, demands);
    },

    async registration(request) {
      const payload = await bodyOf(request);
      return judged(() => {
        const claim = readClaim(payload, profile, nowMs());
        const key = readRegistrationKey(payload, claim.fromNodeId, profile);
        checkSignature(payload, claim, createVerifier(key), profile);
        const publicKey = String(payload[profile.fields.requestPublicKey]);
        const noted = takeNonce(claim.fromNodeId, claim.nonce);
        return { nodeId: claim.fromNodeId, payload, publicKey, noted };
      });
    },

    async rpc(request, { method, params }) {
      if (params === undefined || !isObject(params as JsonValue)) {
        throw new HttpProblem(400, "invalid_params", "the member params must be an object", {
          fields: { field: "params" },
        });
      }
      const call = callOf(profile, method);
      const payload =
        profile.switches.rpcSignScope === "envelope" ? await bodyOf(request) : (params as JsonObject);
      return admit(payload, request, { isClaimed: call !== undefined && !openCalls.has(call) });
    },
  };
}

function callOf({ rpcMethods }: GridWireProfile, method: string): RpcCall | undefined {
  const calls = Object.keys(rpcMethods) as RpcCall[];
  return calls.find((call) => rpcMethods[call] === method);
}

async function bodyOf({ body }: HttpRequest): Promise<JsonObject> {
  const value = await body.json(true);
  if (!isObject(value)) {
    throw new HttpProblem(400, "malformed_json", "the body must be a JSON object");
  }
  return value;
}
