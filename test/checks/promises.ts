import ts from "typescript";

/** The numbers at the beginning of a test's or a group's name: "P20: ..." or "P20, P21: ...". */
function promisesOf(name: string): number[] {
  const [, numbers = ""] = /^((?:P\d+(?:, ?| and )?)+):/.exec(name) ?? [];
  return [...numbers.matchAll(/\d+/g)].map(([number]) => Number(number));
}

/** `it`, `test` or `describe`, whatever follows it (.each(...), .runIf(...)); null for another call. */
function kindOf(callee: ts.Expression): string | null {
  if (ts.isIdentifier(callee)) return ["it", "test", "describe"].includes(callee.text) ? callee.text : null;
  if (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) return kindOf(callee.expression);
  return null;
}

/**
 * Counts the tests of a file for each promise: those whose name, or the name of a group around them, begins with its
 * number. One that runs for each of a list counts once.
 */
export function testsByPromise(source: string): Map<number, number> {
  const counts = new Map<number, number>();
  const visit = (node: ts.Node, around: readonly number[]): void => {
    let within = around;
    if (ts.isCallExpression(node)) {
      const kind = kindOf(node.expression);
      const [title, ...rest] = node.arguments;
      // `it.each([...])` is a call, too; only a test's has a function after its name.
      if (kind !== null && title !== undefined && ts.isStringLiteralLike(title) && rest.length > 0) {
        within = [...new Set([...around, ...promisesOf(title.text)])];
        if (kind !== "describe") for (const number of within) counts.set(number, (counts.get(number) ?? 0) + 1);
      }
    }
    node.forEachChild((child) => visit(child, within));
  };
  visit(ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest, true), []);
  return counts;
}
