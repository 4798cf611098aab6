"""The Python environment that peers of Lemnos are installed into: one for all the tools that compare with them."""
import os
import subprocess
import sys
from pathlib import Path

DEFAULT = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")) / "lemnos-peers"

# The requirement for an import name that differs: newer releases of setuptools have no pkg_resources.
PROVIDERS = {"pkg_resources": "setuptools<81", "PIL": "pillow"}


class Missing(Exception):
    """Packages are missing, and cannot or must not be installed."""


def lacking(python, packages):
    """The packages that a Python lacks: they are only looked up, not imported."""
    program = "import importlib.util, sys; print(*[p for p in sys.argv[1:] if importlib.util.find_spec(p) is None])"
    try:
        found = subprocess.run([python, "-c", program, *packages], capture_output=True, text=True)
    except OSError:
        return packages
    return found.stdout.split() if found.returncode == 0 else packages


def add_options(parser):
    parser.add_argument("--environment", metavar="FOLDER", default=str(DEFAULT),
        help="a Python environment, made where it is missing (default: %(default)s)")
    parser.add_argument("--python", metavar="PATH", help="a Python that has what is needed, in place of the environment")
    parser.add_argument("--offline", action="store_true", help="install nothing")


def find(tool, options, packages, cuda=False):
    """The Python with the packages; missing ones are installed unless the options forbid it."""
    if options.python:
        if missing := lacking(options.python, packages):
            raise Missing(f"{options.python} has no {', '.join(missing)}")
        return options.python
    folder = Path(options.environment).absolute()
    python = folder / "bin/python"
    missing = lacking(python, packages)
    if not missing:
        return str(python)
    if options.offline:
        raise Missing(f"{folder} has no {', '.join(missing)}: run Tools/{tool} once without --offline")
    print(f"{tool}: installing {', '.join(missing)} into {folder}", file=sys.stderr, flush=True)
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        # The CPU builds take a tenth of the space, because they do not contain CUDA's libraries.
        processors = ["--index-url", "https://download.pytorch.org/whl/cpu", "--retries", "0"]
        built = [package for package in missing if package.startswith("torch")]
        if built and not cuda:
            subprocess.run([*install, *built, *processors], stderr=subprocess.DEVNULL)
        subprocess.run([*install, *(PROVIDERS.get(package, package) for package in missing)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Missing(f"{', '.join(missing)} cannot be installed ({error}); is python3-venv installed?") from error
    return str(python)
