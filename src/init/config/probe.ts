/** What --healthcheck asks for. */
import { copy, find, indexIn, length } from "../text/bytes";
import { NONE, scaled, within } from "./numbers";
import { Healthcheck, Option } from "./options";
import { probe, PROBE_BYTES } from "./settings";
import { Buffer, Readable } from "../text/views";

/** `tcp:PORT`, `unix:PATH`, `http:PORT` or `http:PORT/PATH`, kept in `probe`; 0 for none. */
export function parseProbe(row: Option, value: Readable): i32 {
  if (value === 0) return 0;
  const colon = find(value, char(":"));
  const asked = colon === 0 ? 0 : indexIn(value, colon, row.detail);
  const count = length(value);
  if (asked < Healthcheck.TCP || count > PROBE_BYTES) return NONE;
  copy(<Buffer>probe, endOf(probe), value);
  if (asked === Healthcheck.UNIX) return count > 5 && count <= 5 + 107 ? asked : NONE;
  const slash = find(colon, char("/"));
  const port = within(scaled(colon + 1, slash === 0 ? value + count : slash, 1), 1, 65_535);
  if (port === NONE || (asked === Healthcheck.TCP && slash !== 0)) return NONE;
  // What is no visible character has no place in the first line of a request.
  for (let at = colon; load<u8>(at) !== 0; at++) if (load<u8>(at) <= char(" ") || load<u8>(at) > char("~")) return NONE;
  return asked | (port << 8);
}
