"""The compiled half of the build; everything declarative is in setup.cfg.

Every `searchkit/**/*.pyx` becomes an extension module. The environment chooses one of three modes:

    (nothing)              release: -O3, no bounds checks
    SEARCHKIT_DEBUG=1      Cython's bounds checks and C's asserts on, -O1 -g1
    SEARCHKIT_SANITIZE=1   AddressSanitizer and C's asserts on, -O1 -g1

Each mode keeps its objects and libraries in a folder of its own under build/, where the next
build in that mode finds them again, and copies the finished libraries to where they were asked
for. So nothing is compiled twice, and no mode gets another's files. The C, which is the same with
and without AddressSanitizer, has folders by what Cython was told.
"""

from __future__ import annotations

import compileall
import glob
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from configparser import ConfigParser

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import BaseError, CCompilerError

JOBS = 2
SHARED = "searchkit._cyutility"  # what Cython's own code for memoryviews is, once for all modules
MSVC = sys.platform == "win32"

DIRECTIVES = {
    "language_level": 3,
    "auto_pickle": False,
    "binding": False,  # so that Python itself checks what a method is called on
    "boundscheck": False,
    "cdivision": True,
    "embedsignature": True,
    "embedsignature.format": "clinic",
    "freethreading_compatible": True,
    "initializedcheck": False,
    "wraparound": False,
}
CHECKS = {"boundscheck": True, "initializedcheck": True}
ASAN = ["-fsanitize=address", "-fno-omit-frame-pointer"]


def build_mode() -> str:
    """Return "release", "debug" or "sanitize", as the environment asks for."""
    asked = [
        mode
        for mode in ("debug", "sanitize")
        if os.environ.get(f"SEARCHKIT_{mode.upper()}", "0") not in ("", "0")
    ]
    if len(asked) > 1:
        raise SystemExit("SEARCHKIT_DEBUG and SEARCHKIT_SANITIZE are two builds: set one of them.")
    return asked[0] if asked else "release"


def compiler_options(mode: str) -> dict[str, list]:
    """Return the keyword arguments of every Extension in this mode."""
    # Products and sums stay apart (no fused multiply-add): a score is the same on every machine.
    # Debugging information, which Python's own flags ask for, takes a quarter of the time.
    flags = ["/O2"] if MSVC else ["-O3", "-g0", "-ffp-contract=off"]
    if mode == "release":
        return {"extra_compile_args": flags}
    if MSVC:
        flags = ["/Od", "/Zi"] if mode == "debug" else ["/O1", "/Zi", "/fsanitize=address"]
        return {"extra_compile_args": flags, "define_macros": [(f"SEARCHKIT_{mode.upper()}", "1")]}
    return {
        "extra_compile_args": ["-O1", "-g1", "-ffp-contract=off"]
        + (ASAN if mode == "sanitize" else []),
        "extra_link_args": ASAN if mode == "sanitize" else [],
        "define_macros": [(f"SEARCHKIT_{mode.upper()}", "1")],
        "undef_macros": ["NDEBUG"],
    }


def sources(ending: str) -> list[str]:
    """Return the library's files with this ending, relative to the project, sorted."""
    return sorted(glob.glob(f"searchkit/**/*{ending}", recursive=True))


def extensions(mode: str) -> list[Extension]:
    """Return one Extension per .pyx file; any of them may include any header of the library.

    Headers stand in `depends`; which .pxd files a module needs, Cython finds out by itself.
    """
    headers = sources(".h")
    folders = sorted({os.path.dirname(header) for header in headers})
    modules = [
        Extension(
            path.removesuffix(".pyx").replace("/", ".").replace(os.sep, "."),
            [path],
            include_dirs=folders,
            depends=headers,
            **compiler_options(mode),
        )
        for path in sources(".pyx")
    ]
    shared = Extension(SHARED, [f"{SHARED.replace('.', '/')}.c"], **compiler_options(mode))
    return [shared, *modules]


class BuildExt(build_ext):
    """Builds in the mode's own folder, and says how to install a missing compiler."""

    def finalize_options(self) -> None:
        super().finalize_options()
        if self.parallel is None:
            self.parallel = min(JOBS, os.cpu_count() or 1)

    def run(self) -> None:
        mode = build_mode()
        folder = os.path.join("build", f"{mode}-{sysconfig.get_platform()}-{interpreter()}")
        stamp = settings(mode)
        if read(os.path.join(folder, "settings")) != stamp:
            shutil.rmtree(folder, ignore_errors=True)
        asked_for = self.build_lib
        self.build_lib = os.path.join(folder, "lib")
        self.build_temp = os.path.join(folder, "objects")
        os.makedirs(folder, exist_ok=True)
        translate(self.extensions, mode)
        write(os.path.join(folder, "settings"), [stamp])
        try:
            super().run()
        except (BaseError, CCompilerError) as error:
            raise SystemExit(explain(error)) from None
        if not self.inplace:
            for extension in self.extensions:
                name = self.get_ext_filename(extension.name)
                target = os.path.join(asked_for, name)
                self.mkpath(os.path.dirname(target))
                self.copy_file(os.path.join(self.build_lib, name), target)
        else:
            # pip compiles what it copies, and nothing of an editable installation: without
            # bytecode a command takes twice as long where Python may not write it.
            for package in ("searchkit", "cli"):
                compileall.compile_dir(package, quiet=2)
        self.build_lib = asked_for


def interpreter() -> str:
    """Return a name for the running Python's binary interface, as cpython-313t."""
    free_threaded = "t" if sysconfig.get_config_var("Py_GIL_DISABLED") else ""
    return f"{sys.implementation.cache_tag}{free_threaded}"


def settings(mode: str) -> str:
    """Return what a build depends on beside the sources: another value means build afresh."""
    import Cython

    with open(__file__, "rb") as file:
        script = hashlib.sha256(file.read()).hexdigest()
    flags = [f"{name}={os.environ.get(name, '')}" for name in ("CC", "CFLAGS", "LDFLAGS")]
    return "\n".join([mode, script, Cython.__version__, sys.version, *flags])


def read(path: str) -> str | None:
    """Return a file's text, None where there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return None


def translate(modules: list[Extension], mode: str) -> None:
    """Write the modules' C where any source has changed, and make it the modules' source."""
    import Cython
    from Cython.Build import cythonize

    directives = DIRECTIVES | (CHECKS if mode == "debug" else {})
    told = f"{Cython.__version__} {SHARED} {mode == 'debug'} {sorted(directives.items())}"
    key = hashlib.sha256(told.encode()).hexdigest()[:12]
    folder = os.path.join("build", f"c-{key}")
    os.makedirs(folder, exist_ok=True)
    c_files = {
        module.name: [os.path.join(folder, os.path.splitext(module.sources[0])[0] + ".c")]
        for module in modules
    }
    # Cython goes by times, those of its own files included, which pip installs anew for every
    # build: so it is called only where a content has changed, and told of that by the time.
    stamp = os.path.join(folder, "sources")
    known, current = (read(stamp) or "").splitlines(), digests([*sources(".pyx"), *sources(".pxd")])
    if known != [*current.values()] or not all(os.path.exists(path) for [path] in c_files.values()):
        changed = {path: line for path, line in current.items() if line not in known}
        write(stamp, [line for path, line in current.items() if path not in changed])
        for path in changed:
            os.utime(path)
        translated = cythonize(
            modules,
            build_dir=folder,
            compiler_directives=directives,
            emit_linenums=mode == "debug",
            shared_utility_qualified_name=SHARED,
            nthreads=JOBS if sys.platform == "linux" else 0,
        )
        c_files = {module.name: module.sources for module in translated}
        write(stamp, list(current.values()))
    for header in sources(".h"):
        copy = os.path.join(folder, header)  # Cython's, made together with a module's C alone
        if os.path.exists(copy):
            shutil.copy2(header, copy)  # of the same time, or GCC takes them for two headers
    for module in modules:
        module.sources = c_files[module.name]


def digests(paths: list[str]) -> dict[str, str]:
    """Return, for each file, a line of its path and a hash of its content."""
    lines = {}
    for path in paths:
        with open(path, "rb") as file:
            lines[path] = f"{path} {hashlib.sha256(file.read()).hexdigest()}"
    return lines


def write(path: str, lines: list[str]) -> None:
    """Write a file of these lines."""
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))


def explain(error: Exception) -> str:
    """Return the message of a failed build; its last line is what to do where a tool is missing."""
    missing = None
    if MSVC:
        if "Visual C++" in str(error):
            missing = "A C compiler (Microsoft's build tools) is missing."
    elif not compiles("#include <stdlib.h>"):
        missing = "No working C compiler was found (or the C library's headers are missing)."
    elif not compiles("#include <Python.h>"):
        missing = f"The headers of Python {sys.version.split()[0]} are missing."
    if not missing:
        return f"error: {error}"
    return f"error: {error}\n\n{missing} searchkit's kernels need it. Install it with:\n{command()}"


def compiles(line: str) -> bool:
    """Tell whether the C compiler accepts a file with this line, Python's headers within reach."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    paths = sysconfig.get_paths()
    with tempfile.TemporaryDirectory() as folder:
        probe = os.path.join(folder, "probe.c")
        with open(probe, "w", encoding="ascii") as file:
            file.write(f"{line}\nint answer(void) {{ return 42; }}\n")
        includes = [f"-I{paths['include']}", f"-I{paths['platinclude']}"]
        try:
            run = subprocess.run(
                [*compiler, *includes, "-c", probe, "-o", f"{probe}.o"], capture_output=True
            )
        except OSError:
            return False
    return run.returncode == 0


def command() -> str:
    """Return the command that installs a C compiler and Python's headers on this system."""
    if MSVC:
        return (
            "winget install Microsoft.VisualStudio.2022.BuildTools --override "
            '"--quiet --wait --add Microsoft.VisualStudio.Workload.VCTools --includeRecommended"'
        )
    if sys.platform == "darwin":
        return "xcode-select --install"
    sudo = "" if os.geteuid() == 0 else "sudo "
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    own = os.path.realpath("/usr/bin/python3").endswith(version)  # the system's own version
    if shutil.which("apt-get"):
        return f"{sudo}apt-get install -y build-essential python{version}-dev"
    if shutil.which("dnf"):
        return f"{sudo}dnf install -y gcc python{3 if own else version}-devel"
    if shutil.which("apk"):
        return f"{sudo and 'doas '}apk add build-base python3-dev"
    return f"(your system's package manager): a C compiler, and the headers of Python {version}"


def requirements() -> list[str]:
    """Return what setup.cfg asks for, but orjson where Python is free-threaded: there it can't be
    installed, and would switch the GIL on again (``searchkit/storage/quick_json.py`` does without).
    No marker of PEP 508 tells such a Python, but each has wheels of its own.
    """
    config = ConfigParser()
    config.read("setup.cfg", encoding="utf-8")
    listed = config["options"]["install_requires"].split("\n")
    asked_for = [requirement for requirement in listed if requirement]
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        asked_for = [one for one in asked_for if not one.startswith("orjson")]
    return asked_for


if __name__ == "__main__":
    setup(
        ext_modules=extensions(build_mode()),
        cmdclass={"build_ext": BuildExt},
        install_requires=requirements(),
    )
