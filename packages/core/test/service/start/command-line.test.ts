// One table: what programs pass, what a command line says, and the errors and the help of both.
import { describe, expect, it } from "vitest";
import type { ListenAddress } from "../../../src/service/index.ts";
import { describeFlags, parseCommandLine } from "../../../src/service/start/command-line.ts";
import {
  address,
  choice,
  onlyForPrograms,
  readSettings,
  SettingError,
  type Settings,
  text,
  toggle,
  whole,
} from "../../../src/service/start/settings.ts";

interface Values {
  readonly addr: ListenAddress | "off" | undefined;
  readonly holdTtlSeconds: number;
  readonly mode: "fast" | "safe";
  readonly dev: boolean;
  readonly name: string | undefined;
  readonly hidden: number;
}

const settings: Settings<Values> = {
  addr: address("where it listens", "127.0.0.1:1", "off"),
  holdTtlSeconds: whole("life of a hold", { fallback: 30, min: 1, max: 900 }),
  mode: choice("how", ["fast", "safe"], "safe"),
  dev: toggle("for development"),
  name: text("a name", { placeholder: "NAME", expected: "a name", fallback: undefined }),
  hidden: onlyForPrograms(whole("", { fallback: 5, min: 0, max: 9 })),
};

const read = (...args: string[]): Values => readSettings(settings, parseCommandLine(settings, args).options);

describe("settings", () => {
  it("have their defaults when nothing is given, and an undefined option is none", () => {
    const defaults = {
      addr: undefined,
      holdTtlSeconds: 30,
      mode: "safe",
      dev: false,
      name: undefined,
      hidden: 5,
    };
    expect(readSettings(settings, {})).toEqual(defaults);
    expect(readSettings(settings, { dev: undefined, holdTtlSeconds: undefined })).toEqual(defaults);
    expect(read()).toEqual(defaults);
  });

  it("are the same from a program and from a command line", () => {
    const fromProgram = readSettings(settings, {
      addr: "localhost:7",
      holdTtlSeconds: 900,
      mode: "fast",
      dev: true,
      name: "x",
    });
    expect(fromProgram.addr).toEqual({ hosts: ["127.0.0.1", "::1"], port: 7 });
    expect(
      read(
        "--addr=localhost:7",
        "--hold-ttl-seconds",
        "900",
        "--mode=safe",
        "--mode=fast",
        "--dev",
        "--name=x",
      ),
    ).toEqual(fromProgram);
  });

  it.each<[object, new (message: string) => Error, string]>([
    [{ holdTtlSeconds: 0 }, RangeError, "holdTtlSeconds must be a whole number from 1 to 900, not 0"],
    [{ holdTtlSeconds: 1.5 }, RangeError, "holdTtlSeconds"],
    [{ holdTtlSeconds: Number.NaN }, RangeError, "holdTtlSeconds"],
    [{ holdTtlSeconds: "30" }, TypeError, "holdTtlSeconds must be a whole number from 1 to 900, not '30'"],
    [{ mode: "slow" }, TypeError, "mode must be fast or safe, not 'slow'"],
    [{ dev: 1 }, RangeError, "dev must be true or false"],
    [{ name: "" }, TypeError, "name must be a name"],
    [{ name: null }, TypeError, "name must be a name, not null"],
    [{ addr: "7070" }, TypeError, "addr must be HOST:PORT"],
    [{ holdTtlSecond: 3 }, TypeError, "there is no option holdTtlSecond; did you mean holdTtlSeconds?"],
    [{ toString: 3 }, TypeError, "there is no option toString"],
  ])("%o is refused by name", (options, Kind, message) => {
    const reading = (): unknown => readSettings(settings, options);
    expect(reading).toThrow(Kind);
    expect(reading).toThrow(message);
  });

  it.each([
    [["--hold-ttl-seconds=0"], '--hold-ttl-seconds: expected a whole number from 1 to 900, got "0"'],
    [["--hold-ttl-seconds=1e3"], 'got "1e3"'],
    [["--hold-ttl-seconds=9999999999999999"], "got"],
    [["--hold-ttl-seconds"], "--hold-ttl-seconds: expected a value: --hold-ttl-seconds=N"],
    [["--name="], "--name: expected a value"],
    [["--dev=yes"], '--dev takes no value, got "yes"'],
    [["--hold-ttl-second=3"], "unknown flag --hold-ttl-second; did you mean --hold-ttl-seconds?"],
    [["--hidden=3"], "unknown flag --hidden"],
    [["-x"], "unknown flag -x"],
    [["stray"], 'unexpected argument "stray"'],
  ])("%o is refused on a command line", (args, message) => {
    expect(() => read(...args)).toThrow(SettingError);
    expect(() => read(...args)).toThrow(message);
  });

  it("takes the arguments that a command needs, no more and no fewer", () => {
    expect(parseCommandLine(settings, ["a", "--dev", "b"], ["DIR", "TARGET"]).positionals).toEqual([
      "a",
      "b",
    ]);
    expect(() => parseCommandLine(settings, ["a"], ["DIR", "TARGET"])).toThrow(
      "expected DIR TARGET, and TARGET is missing",
    );
  });

  it("help names every flag with its default and its bounds, and nothing that only programs give", () => {
    expect(describeFlags(settings).split("\n")).toEqual([
      "  --addr=HOST:PORT      where it listens (default: 127.0.0.1:1)",
      "  --hold-ttl-seconds=N  life of a hold (default: 30; 1 to 900)",
      "  --mode=fast|safe      how (default: safe)",
      "  --dev                 for development",
      "  --name=NAME           a name",
    ]);
  });

  it("a flag that repeats gives all of its values in their order, and none where it is not given", () => {
    const table: Settings<{ readonly groups: readonly string[] }> = {
      groups: {
        flags: [{ name: "group", placeholder: "NAME", help: "a group", repeats: true }],
        fallback: [],
        expected: "names",
        accept: (value) => (Array.isArray(value) ? value.map(String) : undefined),
        parse: (texts) => (texts[0] === undefined ? undefined : texts),
      },
    };
    const groups = (...args: string[]): readonly string[] =>
      readSettings(table, parseCommandLine(table, args).options).groups;
    expect(groups("--group=a", "--group", "b", "--group=c")).toEqual(["a", "b", "c"]);
    expect(groups()).toEqual([]);
  });
});
