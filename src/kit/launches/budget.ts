import { Unreadable } from "../files/read.ts";

/**
 * Bounds how much a small file can expand to: aliases of aliases, stages based on stages, variables in variables.
 */
export class Budget {
  private left: number;

  /** @param amount how much may be spent: visited items, or inserted characters. */
  constructor(amount: number) {
    this.left = amount;
  }

  /** Spends an amount if it is left, and returns whether it was. */
  take(amount: number): boolean {
    if (amount > this.left) return false;
    this.left -= amount;
    return true;
  }

  /** @throws Unreadable if less is left. */
  spend(amount: number): void {
    if (!this.take(amount)) throw new Unreadable("repeats its own parts so often that it cannot be looked at");
  }
}
