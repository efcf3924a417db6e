"""`make reset`: forget all data. Run by path, standard library only; refuses while running."""

import os
import shutil
import sys
from pathlib import Path

from checks import NotFit, hold

ROOT = Path(__file__).resolve().parents[2]
LOCK = "running.lock"


def main() -> int:
    data = Path(os.environ.get("DATA_DIR") or ROOT / "var").expanduser().resolve()
    if not data.exists():
        print(f"Nothing to clear: {data} does not exist.")
        return 0
    if data != ROOT / "var" and not (data / LOCK).exists():
        print(f"{data} does not look like Countersign's data; nothing was removed.")
        return 1
    try:
        with hold(data / LOCK):
            for path in data.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path.name != LOCK:
                    path.unlink()
    except NotFit as problem:
        print(f"{problem} Stop it first.", file=sys.stderr)
        return 1
    print(f"{data} is empty.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
