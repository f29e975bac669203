/* Seccomp filters: programs of classic BPF that the kernel asks about each system call (kernel/seccomp.c). */

/** An instruction, struct sock_filter: code, how many to skip if a comparison holds and if not, and its number. */
export type Instruction = readonly [code: number, ifSo: number, ifNot: number, number: number];

/** A system call as a filter sees it: struct seccomp_data without the instruction pointer. */
export interface FilteredCall {
  readonly architecture: number;
  readonly number: number;
  readonly arguments: readonly bigint[];
}

/** The largest number of instructions in a filter, BPF_MAXINSNS. */
const MOST_INSTRUCTIONS = 4096;

const LOAD_WORD = 0x20;
const JUMP = 0x05;
const JUMP_IF_EQUAL = 0x15;
const JUMP_IF_GREATER = 0x25;
const JUMP_IF_AT_LEAST = 0x35;
const JUMP_IF_BITS = 0x45;
const AND = 0x54;
const RETURN = 0x06;

const COMPARISONS: Readonly<Record<number, (a: number, b: number) => boolean>> = {
  [JUMP_IF_EQUAL]: (a, b) => a === b,
  [JUMP_IF_GREATER]: (a, b) => a > b,
  [JUMP_IF_AT_LEAST]: (a, b) => a >= b,
  [JUMP_IF_BITS]: (a, b) => (a & b) !== 0,
};

const DATA_BYTES = 64;
const ARGUMENTS = 6;

/** Whether the kernel accepts a filter (seccomp_check_filter): known instructions, no jump out of it, a return at the end. */
export function isFilter(program: readonly Instruction[]): boolean {
  if (program.length === 0 || program.length > MOST_INSTRUCTIONS) return false;
  const last = program.length - 1;
  return (
    program.every(([code, ifSo, ifNot, number], at) => {
      if (code === LOAD_WORD) return at < last && number % 4 === 0 && number < DATA_BYTES;
      if (code === AND) return at < last;
      if (code === JUMP) return at + 1 + number <= last;
      if (code === RETURN) return true;
      return COMPARISONS[code] !== undefined && at + 1 + Math.max(ifSo, ifNot) <= last;
    }) && program[last]?.[0] === RETURN
  );
}

/** struct seccomp_data in words, little-endian. */
function wordsOf({ architecture, number, arguments: given }: FilteredCall): Uint32Array {
  const view = new DataView(new ArrayBuffer(DATA_BYTES));
  view.setUint32(0, number, true);
  view.setUint32(4, architecture, true);
  for (let index = 0; index < ARGUMENTS; index++)
    view.setBigUint64(16 + 8 * index, BigInt.asUintN(64, given[index] ?? 0n), true);
  return Uint32Array.from({ length: DATA_BYTES / 4 }, (_, index) => view.getUint32(4 * index, true));
}

/** A filter's action for a call, SECCOMP_RET_ALLOW or another. */
export function runFilter(program: readonly Instruction[], call: FilteredCall): number {
  const words = wordsOf(call);
  let accumulator = 0;
  for (let at = 0; ; at++) {
    const [code, ifSo, ifNot, number] = program[at] ?? [RETURN, 0, 0, 0];
    if (code === RETURN) return number;
    if (code === LOAD_WORD) accumulator = words[number / 4] ?? 0;
    else if (code === AND) accumulator = (accumulator & number) >>> 0;
    else if (code === JUMP) at += number;
    else at += COMPARISONS[code]?.(accumulator, number) === true ? ifSo : ifNot;
  }
}
