"""`python -m vidream`."""

import sys

from vidream.cli import main

sys.exit(main())
