import { getSystemErrorMessage } from "node:util";

/** What the system says of a failed call: "permission denied", "no such file or directory". */
export function systemReason(error: unknown): string {
  if (error instanceof Error && "errno" in error && typeof error.errno === "number") {
    return getSystemErrorMessage(error.errno);
  }
  return error instanceof Error ? error.message : String(error);
}
