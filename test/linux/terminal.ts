/** A terminal: its session and its foreground process group. */
export class Terminal {
  /** The id of the session that it controls, 0 for none. */
  session = 0;
  /** The foreground process group's id, 0 for none. */
  foreground = 0;
  /** Whether its output is held (Ctrl-S, or nobody at the other end reads). */
  held = false;
  /** Whether it is gone. */
  hungUp = false;
}
