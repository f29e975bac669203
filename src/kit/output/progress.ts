import { SingleBar } from "cli-progress";
import type { Stream } from "../command.ts";

/** A progress bar, only on a terminal. */
export interface Progress {
  readonly show: (done: number, total: number) => void;
  /** Removes the bar. */
  readonly end: () => void;
}

/** Fewer files are looked at before a bar could be read. */
const FEW = 50;

export function progressBar(stream: Stream): Progress {
  if (stream.isTTY !== true) return { show: () => undefined, end: () => undefined };
  const bar = new SingleBar({
    format: "linting {bar} {value}/{total} files",
    stream: stream as NodeJS.WritableStream,
    clearOnComplete: true,
    hideCursor: true,
    linewrap: null,
    barsize: 30,
    fps: 10,
  });
  let isShown = false;
  return {
    show: (done, total) => {
      if (!isShown && total >= FEW && done < total) bar.start(total, done);
      isShown ||= total >= FEW && done < total;
      if (isShown) bar.update(done);
    },
    end: () => {
      if (isShown) bar.stop();
    },
  };
}
