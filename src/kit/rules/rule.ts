import type { Source } from "../files/source.ts";
import type { Edit, Severity, Span } from "../finding.ts";
import type { Launch } from "../launches/launch.ts";
import type { Context } from "../workspace.ts";

/** What a rule says of one place; the rest of a finding is the same for all that it finds. */
export interface Problem {
  /** Where: in the launch's own file, or in `source`. */
  readonly at: Span;
  /** The file where the launch's is not the one, for example the script that it runs. */
  readonly source?: Source;
  /** One sentence: why it is wrong; it names what the user wrote. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly fix: string;
  /** The fix in the same file, only where it is safe: the container does what it did before, but right. */
  readonly edits?: readonly Edit[];
  /** Where it is not the rule's own. */
  readonly severity?: Severity;
}

export interface Rule {
  /** What users write to turn it off. docs/rules has a page of that name. */
  readonly name: string;
  readonly severity: Severity;
  /** One line: what it finds. */
  readonly summary: string;
  /**
   * Rules that tell of the same problem more exactly: where one of them finds more than an info in a launch, and is not
   * turned off there, this one is silent.
   */
  readonly unless?: readonly string[];
  readonly check: (launch: Launch, context: Context) => Problem[];
}
