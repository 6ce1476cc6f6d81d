"""Where in the user's code something happened."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import CodeType, FrameType

# Packages whose frames lie between the user's line and an op or a tape's method.
_FRAMEWORK_PACKAGES = ("tensorflow", "keras", "tf_keras", "wrapt", "pluggy", "_pytest")


@dataclass(frozen=True)
class Location:
    """A line of the user's code, never one of TensorFlow, Keras or this package.

    Attributes:
        path: absolute path of the file.
        line: line number, from 1.
        function: name of the enclosing function, `<module>` at top level.
        text: the source line without its indentation, empty if the file cannot be read.
    """

    path: str
    line: int
    function: str
    text: str


class CallSite(NamedTuple):
    """A `Location` as cheap as it can be kept while ops run: nothing is read until someone asks.

    Attributes:
        code: what ran.
        instruction: offset of the instruction that ran, which takes far less than to work out its line.
    """

    code: CodeType
    instruction: int

    @property
    def line(self) -> int:
        """Line number, from 1."""
        for start, end, line in self.code.co_lines():
            if start <= self.instruction < end and line is not None:
                return line
        return self.code.co_firstlineno

    def location(self) -> Location:
        """The site with its source line."""
        return location_at(self.code.co_filename, self.line, self.code.co_name)


@dataclass(frozen=True, eq=False)
class TracedSite:
    """Where an op of a graph function was traced; its stack is read when someone asks.

    Attributes:
        operation: the op of the traced graph.
        call: the line that called the function, which stands in where the op has none of the user's.
    """

    operation: Any
    call: CallSite | TracedSite | None

    def location(self) -> Location | None:
        """The innermost line of the user's in the stack of the op, the outermost last resort being the call."""
        for frame in reversed(list(self.operation.traceback or ())):
            if is_user_file(frame.filename):
                return location_at(frame.filename, frame.lineno, frame.name)
        return self.call.location() if self.call is not None else None


def location_at(filename: str, line: int, function: str) -> Location:
    """A place with its source line."""
    path = str(Path(filename).absolute())
    return Location(path, line, function, linecache.getline(path, line).strip())


def site_of_caller() -> CallSite | None:
    """The innermost frame of the running thread that belongs to the user, None if there is none."""
    return site_of(user_frame(2))


def site_of(frame: FrameType | None) -> CallSite | None:
    """Where a frame is; None if there is none."""
    # Not by the constructor of named tuples, which takes twice as long.
    return None if frame is None else tuple.__new__(CallSite, (frame.f_code, frame.f_lasti))


def user_frame(depth: int) -> FrameType | None:
    """The innermost frame of the running thread that belongs to the user, None if there is none.

    Args:
        depth: how many frames not to look at, this one being the first.
    """
    # This runs for every op, with some forty frames of Keras to pass: a look into a set for each, and no call.
    frame: FrameType | None = sys._getframe(depth)
    frameworks = _FRAMEWORK_FILES
    while frame is not None:
        if (filename := frame.f_code.co_filename) not in frameworks and is_user_file(filename):
            return frame
        frame = frame.f_back
    return None


# Files that are known to be no user's, and those that are known to be a user's.
_FRAMEWORK_FILES: set[str] = set()
_USER_FILES: set[str] = set()


def is_user_file(filename: str) -> bool:
    """Whether a code object's file belongs to the code under test rather than to a framework.

    Test modules count as the user's wherever they lie, so that a framework's own tests can be checked.
    """
    if filename in _USER_FILES:
        return True
    if filename in _FRAMEWORK_FILES:
        return False
    is_users = _belongs_to_user(filename)
    (_USER_FILES if is_users else _FRAMEWORK_FILES).add(filename)
    return is_users


def _belongs_to_user(filename: str) -> bool:
    if filename.startswith("<") or "__autograph_generated_file" in filename:
        return False
    name = filename.replace("\\", "/").rsplit("/", 1)[-1]
    if name.startswith("test_") or name.endswith("_test.py"):
        return True
    return not filename.startswith(_framework_prefixes()) and not _is_standard_library(filename)


@cache
def _framework_prefixes() -> tuple[str, ...]:
    here = str(Path(__file__).parent.parent)
    return (here + "/", here + "\\", *(prefix for name in _FRAMEWORK_PACKAGES for prefix in _package_prefixes(name)))


def _package_prefixes(name: str) -> list[str]:
    spec = find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        return []
    return [location.rstrip("/\\") + separator for location in spec.submodule_search_locations for separator in "/\\"]


def _is_standard_library(filename: str) -> bool:
    library = sysconfig.get_paths()["stdlib"]
    return filename.startswith(library) and "site-packages" not in filename[len(library) :]
