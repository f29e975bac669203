import { getSystemErrorMap } from "node:util";

/** The system's message for a failed call: "permission denied", "no such file or directory". */
export function systemReason(error: unknown): string {
  if (error instanceof Error && "errno" in error && typeof error.errno === "number") {
    // getSystemErrorMessage is not there before Node 22.12.
    return getSystemErrorMap().get(error.errno)?.[1] ?? error.message;
  }
  return error instanceof Error ? error.message : String(error);
}
