// What runs in the browser: the page follows its server, its address and its keys.
import { watchAddress } from "./address.ts";
import { watchKeys } from "./keys.ts";
import { startLive } from "./live.ts";

const live = startLive();
watchAddress(live.refresh);
watchKeys(live.togglePause);
// On a narrow screen the navigation may begin left of where the reader is.
document.querySelector("#menu [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
