/** One figure of all contenders. */
export interface Row {
  /** The figure's name in the JSON form. */
  id: string;
  /** Its title in the table, with the unit. */
  title: string;
  /** Digits after the point. */
  digits: number;
  /** By contender. */
  figures: Record<string, number>;
}

function format(row: Row, name: string): string {
  const figure = row.figures[name];
  return figure === undefined || Number.isNaN(figure)
    ? "-"
    : figure.toFixed(row.digits).replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, " ");
}

/** The table for a terminal: titles to the left, figures to the right of their columns. */
export function renderText(rows: readonly Row[], names: readonly string[]): string {
  const cells = [["", ...names], ...rows.map((row) => [row.title, ...names.map((name) => format(row, name))])];
  const widthOf = (column: number) => Math.max(...cells.map((line) => line[column]?.length ?? 0));
  return cells
    .map((line) =>
      line.map((cell, column) => (column === 0 ? cell.padEnd(widthOf(0)) : cell.padStart(widthOf(column)))).join("   "),
    )
    .join("\n");
}

/** The table in Markdown, the first contender in bold. */
export function renderMarkdown(rows: readonly Row[], names: readonly string[]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  const bold = (cells: string[]) => cells.map((cell, index) => (index === 0 ? `**${cell}**` : cell));
  return [
    line(["", ...bold([...names])]),
    line(["---", ...names.map(() => "---:")]),
    ...rows.map((row) => line([row.title, ...bold(names.map((name) => format(row, name)))])),
  ].join("\n");
}
