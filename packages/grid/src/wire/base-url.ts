// Where the hosted service is.

export const defaultUrl = "https://api.usegrid.dev";
