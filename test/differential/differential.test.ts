/** Each scenario with another init and with this one: they differ in nothing but what docs/differences.md tells. */

import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { binary } from "../processes/subject.ts";
import { readDifferences } from "./differences.ts";
import { scenarios } from "./scenarios.ts";
import type { Observation, Peer } from "./scenario.ts";

const peers: Peer[] = ["tini", "dumb-init", "catatonit"];
const listed = readDifferences();

/** What of `one` is not so in `other`. */
function apart(one: Observation, other: Observation): Observation {
  return Object.fromEntries(Object.entries(one).filter(([field, value]) => !isDeepStrictEqual(value, other[field])));
}

describe.each(peers)(
  "P3: what works with %s works the same here, but for what the list of differences tells",
  (peer) => {
    test.each(scenarios.filter((scenario) => scenario.peer === peer))("$name", async ({ observe, difference }) => {
      const theirs = await observe({ name: peer, binary: `/usr/bin/${peer}` });
      const ours = await observe({ name: "tini-ts", binary });
      expect({ theirs: apart(theirs, ours), ours: apart(ours, theirs) }).toEqual({
        theirs: difference?.theirs ?? {},
        ours: difference?.ours ?? {},
      });
    });

    test("each difference that is seen is listed, and each that is listed is seen", () => {
      const seen = scenarios.filter((one) => one.peer === peer).flatMap((one) => one.difference?.id ?? []);
      const told = listed.filter((one) => one.from === peer).map((one) => one.id);
      expect(told.toSorted()).toEqual([...new Set(seen)].sort());
    });
  },
);

describe("docs/differences.md", () => {
  test("lists each difference once, with what the other does and what tini-ts does", () => {
    const ids = listed.map((one) => one.id);
    expect(ids).toEqual([...new Set(ids)]);
    for (const { id, texts } of listed)
      expect([id, texts.map((text) => text.length > 3)]).toEqual([id, [true, true, true]]);
  });

  test("is read as it is written", () => {
    const markdown = "# x\n## From tini\n| id | a | b | c |\n|---|---|---|---|\n| `an-id` | one \\| two | 2 | 3 |\n";
    expect(readDifferences(markdown)).toEqual([{ id: "an-id", from: "tini", texts: ["one \\| two", "2", "3"] }]);
  });
});
