// How the stories tell themselves: lines with times of their own, and an end that comes in any case.

const begin = performance.now();
const storyLimitMs = 29_000;

/** One line of the story, with the seconds since it began. */
export function say(text: string): void {
  process.stdout.write(`${elapsedSeconds().toFixed(2).padStart(6)}s  ${text}\n`);
}

export function title(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

export function elapsedSeconds(): number {
  return (performance.now() - begin) / 1_000;
}

/** Ends the process with a failure if the story hangs. Called back, it lets the process end by itself. */
export function limitTime(): () => void {
  const tooLong = setTimeout(() => {
    process.stderr.write(`the story took longer than ${storyLimitMs / 1_000} s\n`);
    process.exit(1);
  }, storyLimitMs);
  return () => clearTimeout(tooLong);
}
