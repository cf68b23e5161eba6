"""`nightdesk` and `python -m nightdesk`."""

from __future__ import annotations

import os
import sys

from nightdesk.cli.app import run


def main() -> None:
    sys.exit(run(sys.argv[1:], os.environ))


if __name__ == "__main__":
    main()
