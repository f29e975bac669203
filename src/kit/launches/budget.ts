import { Unreadable } from "../files/read.ts";

/**
 * Bounds what a small file can be made to grow to: aliases of aliases, stages that come from stages, variables that are
 * put into variables.
 */
export class Budget {
  private left: number;

  /** @param amount how much may be spent: items that are visited, or characters that are put in. */
  constructor(amount: number) {
    this.left = amount;
  }

  /** Whether that much is left; then it is spent. */
  take(amount: number): boolean {
    if (amount > this.left) return false;
    this.left -= amount;
    return true;
  }

  /** @throws Unreadable where no more is left. */
  spend(amount: number): void {
    if (!this.take(amount)) throw new Unreadable("repeats its own parts so often that it cannot be looked at");
  }
}
