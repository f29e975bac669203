"""Works until it is stopped, and then puts away what it has: nothing here knows about signals."""

import subprocess
import sys
import time

done = 0
try:
    while True:
        # A job that leaves a process behind: PID 1 reaps it.
        subprocess.run(["sh", "-c", "sleep 0.1 &"], check=True)
        done += 1
        print(f"done {done}")
        time.sleep(0.2)
except KeyboardInterrupt:
    sys.exit(0)
finally:
    print(f"put away {done}")
