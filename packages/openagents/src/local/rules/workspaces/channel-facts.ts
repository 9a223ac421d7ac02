// A channel as it is when it is made.
import type { Channel } from "../model/entities.ts";

/** What a record says of a channel: without an id where the server makes one. */
export type ChannelFacts = Omit<Channel, "id"> & { readonly id: string | null };

export function freshChannel(
  name: string,
  facts: Pick<Channel, "createdMs"> & Partial<Omit<Channel, "id" | "name">>,
): ChannelFacts {
  return {
    name,
    id: null,
    description: "",
    title: name,
    titleManuallySet: false,
    createdBy: null,
    master: null,
    status: "active",
    starred: false,
    announcement: "",
    ...facts,
  };
}
