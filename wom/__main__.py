"""`python -m wom` is the command `wom`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
