"""``python -m underpaint.worker``: reads port and token from standard input and dials back."""

import sys

from .server import main

sys.exit(main())
