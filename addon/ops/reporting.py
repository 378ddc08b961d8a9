"""Errors that a person may meet become a report, never a traceback."""

from collections.abc import Callable
from typing import Literal

from bpy.types import Operator
from underpaint.errors import UnderpaintError, disk_error

from .. import access

Result = set[Literal["RUNNING_MODAL", "CANCELLED", "FINISHED", "PASS_THROUGH", "INTERFACE"]]


def idle(cls: type[Operator]) -> bool:
    """Whether no job is at work; where one is, the button says so."""
    working = access.session().working
    if working:
        cls.poll_message_set("Underpaint is at work: wait for it, or cancel it")
    return not working


def reported(operator: Operator, do: Callable[[], None]) -> Result:
    """Do it: FINISHED, or CANCELLED with the error reported (to a script, a RuntimeError)."""
    try:
        do()
    except UnderpaintError as error:
        operator.report({"ERROR"}, str(error))
        return {"CANCELLED"}
    except OSError as error:
        operator.report({"ERROR"}, str(disk_error(error, error.filename or "a file")))
        return {"CANCELLED"}
    return {"FINISHED"}
