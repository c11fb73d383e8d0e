"""A Python that is on Windows, as far as the programs that it runs can tell.

Put this folder on PYTHONPATH: Python imports `sitecustomize` as it starts. What is imported here at
the top knows the system that it really runs on; it is others' business that it also works on
Windows. What is imported later, pika and all that is ours, finds `sys.platform` to be win32, in
`os`, `signal` and `select` only what Windows has, and none of the modules of POSIX.
"""

from __future__ import annotations

import asyncio  # noqa: F401 - it brings most of the library that cares for the system
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

import filelock  # noqa: F401
import platformdirs  # noqa: F401
import rich.console  # noqa: F401

HAS = {
    "os": """
        DirEntry EX_OK F_OK GenericAlias Mapping MutableMapping O_APPEND O_CREAT O_EXCL O_RDONLY
        O_RDWR O_TRUNC O_WRONLY P_NOWAIT P_NOWAITO P_WAIT PathLike R_OK SEEK_CUR SEEK_END
        SEEK_SET TMP_MAX W_OK X_OK abc abort access altsep chdir chmod close closerange
        cpu_count curdir defpath device_encoding devnull dup dup2 environ error execl execle
        execlp execlpe execv execve execvp execvpe extsep fdopen fsdecode fsencode fspath fstat
        fsync ftruncate get_exec_path get_handle_inheritable get_inheritable get_terminal_size
        getcwd getcwdb getenv getlogin getpid getppid isatty kill linesep link listdir lseek
        lstat makedirs mkdir name open pardir path pathsep pipe popen putenv read readlink
        remove removedirs rename renames replace rmdir scandir sep set_handle_inheritable
        set_inheritable spawnl spawnle spawnv spawnve st stat stat_result statvfs_result
        strerror supports_bytes_environ supports_dir_fd supports_effective_ids supports_fd
        supports_follow_symlinks symlink sys system terminal_size times times_result truncate
        umask uname_result unlink unsetenv urandom utime waitpid waitstatus_to_exitcode walk
        write
    """,
    "signal": """
        Handlers NSIG SIGABRT SIGFPE SIGILL SIGINT SIGSEGV SIGTERM SIG_DFL SIG_IGN Signals
        default_int_handler getsignal raise_signal set_wakeup_fd signal strsignal valid_signals
    """,
    "select": "error select",
}
LACKS = ["curses", "fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"]


class Sys:
    """The module `sys`, but for the name of the platform."""

    platform = "win32"

    def __getattr__(self, name: str) -> object:
        return getattr(sys, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(sys, name, value)


def windows() -> None:
    """Have what is imported from now on find a Windows."""
    modules: dict[str, Any] = {"sys": Sys(), **dict.fromkeys(LACKS)}
    for module, names in HAS.items():
        everything = vars(import_module(module))
        modules[module] = ModuleType(module)
        for name in everything:
            if name.startswith("_") or name in names.split():
                setattr(modules[module], name, everything[name])
    sys.modules.update(modules)


windows()
