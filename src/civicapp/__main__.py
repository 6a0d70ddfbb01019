"""Start the command line. `civicapp --version` is answered here, before anything is imported."""

import os
import sys
from contextlib import suppress
from typing import TextIO

INTERRUPTED = 130
BROKEN_PIPE = 1
UNEXPECTED = 70


def main() -> None:
    """Run a command and end the process with its exit code; a user never sees a traceback."""
    sys.exit(run(sys.argv[1:]))


def run(args: list[str]) -> int:
    """Run a command and return its exit code."""
    streams = [s for s in (sys.stdout, sys.stderr) if s is not None]
    for stream in streams:
        _show_all(stream)
    try:
        code = _answer(args)
        for stream in streams:
            stream.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard(streams)
        return BROKEN_PIPE
    except Exception as e:
        return _unexpected(e, streams)


def _answer(args: list[str]) -> int:
    if args == ["--version"]:
        from civicapp.version import VERSION

        print(f"civicapp {VERSION}")
        return 0
    from typer.main import get_command

    from civicapp.cli.root import app

    try:
        get_command(app).main(args, prog_name="civicapp")
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else int(e.code is not None)
    return 0


def _show_all(stream: TextIO) -> None:
    """Let no character stop the output: a file's name may hold what the terminal cannot show."""
    with suppress(AttributeError, ValueError):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[attr-defined]


def _discard(streams: list[TextIO]) -> None:
    """Send what is still unwritten nowhere, so that Python does not complain of it at the end."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in streams:
            os.dup2(nowhere, stream.fileno())


def _unexpected(error: Exception, streams: list[TextIO]) -> int:
    with suppress(Exception):
        if os.environ.get("CIVICAPP_TRACEBACK"):
            import traceback

            traceback.print_exception(error)
        else:
            what = " ".join(f"{type(error).__name__}: {error}".split())
            advice = "set CIVICAPP_TRACEBACK=1 to see where"
            print(f"civicapp: unexpected error: {what} ({advice})", file=sys.stderr)
    if isinstance(error, OSError):  # such as a full disk: the rest cannot be written either
        _discard(streams)
    return UNEXPECTED


if __name__ == "__main__":
    main()
