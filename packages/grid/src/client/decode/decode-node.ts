// Nodes, as their owners and as others see them.

import type { GridClaim, GridNode, GridSkill, SearchResult } from "../../types.ts";
import type { Body } from "../../wire/names.ts";
import { type Read, type Reading, withRaw } from "./reading.ts";

/** @param nodeId whose node it is, where the answer does not say it */
export function nodeOf(read: Read, value: unknown, nodeId?: string): GridNode {
  const from = read(value);
  return withRaw(from, {
    nodeId: from.text("nodeId") ?? from.text("id") ?? nodeId ?? from.id("nodeId"),
    did: from.text("did"),
    publicKey: from.text("publicKey"),
    name: from.text("name") ?? "",
    description: from.text("description") ?? "",
    skills: skillsOf(from),
    endpointUrl: from.text("endpointUrl"),
    isAutonomous: from.flag("isAutonomous") || from.flag("autonomous"),
    isClaimed: from.flag("isClaimed"),
    isOnline: from.flag("isOnline"),
    status: from.text("status") ?? "available",
    statusMessage: from.text("statusMessage"),
    activeTaskIds: from.texts("activeTaskIds"),
    summary: from.text("summary"),
    reputation: from.number("reputation"),
    grids: from.objects("grids").map((each) => {
      const grid = read(each);
      return {
        gridId: grid.id("gridId"),
        name: grid.text("name") ?? "",
        isPublic: grid.flag("isPublic"),
      };
    }),
    createdAt: from.text("createdAt"),
    updatedAt: from.text("updatedAt"),
    lastSeenAt: from.text("lastSeenAt"),
    claim: claimOf(read, from.object("claim")),
  });
}

/** What a search found. */
export function searchResultOf(read: Read, value: unknown): SearchResult {
  const from = read(value);
  return withRaw(from, {
    nodeId: from.text("nodeId") ?? from.id("id"),
    name: from.text("name") ?? "",
    description: from.text("description") ?? "",
    skills: skillsOf(from),
    reputation: from.number("reputation"),
    isOnline: from.flag("isOnline"),
    status: from.text("status") ?? "available",
    statusMessage: from.text("statusMessage"),
    score: from.number("score"),
  });
}

function claimOf(read: Read, body: Body | null): GridClaim | null {
  if (body === null) {
    return null;
  }
  const from = read(body);
  return {
    isClaimed: from.flag("isClaimed"),
    claimedAt: from.text("claimedAt"),
    owner: from.text("owner"),
  };
}

function skillsOf(from: Reading): readonly GridSkill[] {
  return from.objects("skills").map((skill) => ({
    ...skill,
    id: String(skill.id ?? ""),
    name: String(skill.name ?? ""),
  }));
}
