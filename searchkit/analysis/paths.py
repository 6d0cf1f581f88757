"""Import paths of Python objects: how an analyzer's own functions stand in an index.

``path_of(function)`` gives ``"module:name"``, ``resolve`` the object of such a path.
Resolving imports the module, so an index is as trusted as a program; what the standard
library holds is refused, save the methods of ``str``: an index must not name os.system.
"""

from __future__ import annotations

import sys

from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["describe", "made_of", "path_of", "rebuilt", "resolve"]

_OWN_HINT = "wrap it in a function of a module of your own"


def path_of(target: Any) -> str:
    """``"module:qualified.name"`` of a function or class; SchemaError if it has none."""
    name = getattr(target, "__qualname__", None)
    module = getattr(target, "__module__", None)
    if module is None:  # methods of builtin types: str.casefold
        module = getattr(getattr(target, "__objclass__", None), "__module__", None)
    if not isinstance(name, str) or not isinstance(module, str):
        raise SchemaError(
            f"{describe(target)} has no import path, so no index can keep it",
            hint="define a function in a module, with def",
        )
    if "<" in name:
        raise SchemaError(
            f"{describe(target)} has no import path, so no index can keep it",
            hint="lambdas and local functions have none: define it in a module, with def",
        )
    path = f"{module}:{name}"
    if resolve(path) is not target:
        raise SchemaError(
            f"{describe(target)} isn't what {path} imports, so no index can keep it",
            hint="define a function in a module, with def",
        )
    return path


def resolve(path: object) -> Any:
    """The object that ``path_of`` named; SchemaError if it can't be imported."""
    if not isinstance(path, str) or not all(path.partition(":")):
        raise SchemaError(
            f"{path!r} is no import path", hint='it has the form "package.module:function"'
        )
    module, _, name = path.partition(":")
    _check_module(path, module, name)
    try:
        __import__(module)
        target: Any = sys.modules[module]
        for part in name.split("."):
            target = getattr(target, part)
    except Exception as error:
        raise SchemaError(
            f"{path}, which an analyzer of the index needs, can't be imported: "
            f"{type(error).__name__}: {error}",
            hint="make the module importable (PYTHONPATH, pip install) under its old name",
        ) from error
    return target


def _check_module(path: str, module: str, name: str) -> None:
    if module == "builtins" and name.startswith("str.") and name.count(".") == 1:
        return
    if module.partition(".")[0] in sys.stdlib_module_names and module != "__main__":
        raise SchemaError(
            f"{path} belongs to Python itself, which an index doesn't call", hint=_OWN_HINT
        )


def made_of(target: Any) -> dict[str, Any]:
    """JSON of an object of a user's class: the class's path, the constructor's arguments.

    The class says them itself, by a ``to_json()`` that returns a dict; SchemaError if it
    doesn't.
    """
    if not hasattr(target, "to_json"):
        raise SchemaError(
            f"{describe(target)} can't be kept in an index",
            hint="give its class a to_json() that returns the constructor's arguments, as a dict",
        )
    options = target.to_json()
    if not isinstance(options, dict) or not _plain(options, 20):
        raise SchemaError(
            f"to_json() of {describe(target)} must return a dict of JSON values",
            hint="str, int, float, bool, None, lists and dicts of them",
        )
    return {"path": path_of(type(target)), "options": options}


def rebuilt(data: Mapping[str, Any]) -> Any:
    """The function, or the object of a user's class, that JSON names; SchemaError."""
    target = resolve(data["path"])
    if "options" not in data:
        return target
    try:
        return target(**data["options"])
    except Exception as error:
        raise SchemaError(
            f"{data['path']}, which an analyzer of the index needs, can't be made again: "
            f"{type(error).__name__}: {error}",
            hint="its constructor must take what its to_json() returned",
        ) from error


def _plain(value: object, depth: int) -> bool:
    """Whether JSON can hold ``value`` and gives it back as it was."""
    if depth == 0:
        return False
    if isinstance(value, dict):
        return all(type(k) is str and _plain(v, depth - 1) for k, v in value.items())
    if isinstance(value, list):
        return all(_plain(item, depth - 1) for item in value)
    return value is None or type(value) in (str, int, float, bool)


def describe(target: object) -> str:
    """What errors call an object: the name of a function, else its type's."""
    name = getattr(target, "__qualname__", None)
    return name if isinstance(name, str) else f"{type(target).__qualname__} object"
