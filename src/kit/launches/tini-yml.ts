import type { Source } from "../files/source.ts";
import { type Launch, NOTHING } from "./launch.ts";

/** A configuration file of tini-ts starts nothing by itself; rules that know its options read its text. */
export function tiniYmlLaunches(source: Source): Launch[] {
  return [{ ...NOTHING, source, platform: "tini-yml", name: source.path, span: { offset: 0, length: 0 } }];
}
