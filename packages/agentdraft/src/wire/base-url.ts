// Where the hosted service is.

export const defaultBaseUrl = "https://api.agentdraft.io";
