// Compares proto/ with the descriptor image of every release: what one of them said, every later one still says.
// After a release: `buf build --exclude-source-info -o proto/released/<version>.binpb`.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const images = readdirSync("proto/released").filter((file) => file.endsWith(".binpb"));
if (images.length === 0) throw new Error("proto/released holds no descriptor image to compare with");

const broken = images.filter(
  (image) =>
    spawnSync("buf", ["breaking", "--against", `proto/released/${image}`], { stdio: "inherit" }).status !== 0,
);
if (broken.length > 0) {
  console.error(`proto/ breaks what was released: ${broken.join(", ")}`);
  process.exit(1);
}
