// Metadata of our own, which other clients and daemons ignore.

/** Sent by our daemon on WatchElection: the first message is the group's latest change, if it ever had one. */
export const latestFirstHeader = "x-agentkeeper-latest-first";
