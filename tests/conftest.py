"""What this machine took is remembered in a folder of the tests' own, not of whoever tests."""

import os
import tempfile

_DATA = tempfile.TemporaryDirectory(prefix="underpaint-tests-")
os.environ["UNDERPAINT_DATA"] = _DATA.name
