"""Run as a file by the engine environment's Python: loads this Underpaint, and only it, from here.

Putting Underpaint's parent folder on the search path would bring everything that lies beside it,
such as another extension's numpy for another Python.
"""

import os
import runpy
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  it is any Python that a person pointed us at
    found = ".".join(map(str, sys.version_info[:2]))
    sys.exit("The engine's Python is " + found + ": Underpaint needs 3.11 or newer.")

# Our arithmetic runs in threads of its own, over matrices of four rows: a linear algebra library
# that puts every processor on each of these has them wait for one another (measured: half the time
# of a steady shot). Torch brings its own.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

package = Path(__file__).resolve().parent.parent
spec = spec_from_file_location("underpaint", package / "__init__.py")
assert spec is not None and spec.loader is not None
sys.modules["underpaint"] = underpaint = module_from_spec(spec)
spec.loader.exec_module(underpaint)
runpy.run_module("underpaint.worker", run_name="__main__", alter_sys=True)
