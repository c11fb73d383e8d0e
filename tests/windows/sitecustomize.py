"""A Python whose `os` and `signal` have only what they have on Windows, without the POSIX modules.

Put this folder on PYTHONPATH: Python imports `sitecustomize` as it starts. What this loads before
it takes anything away works as on the system that it really runs on; it is the business of others
that it also works on Windows. What is loaded later, pika and all that is ours, gets the rest.
"""

from __future__ import annotations

import asyncio  # noqa: F401
import os
import select
import selectors  # noqa: F401
import shutil
import signal
import subprocess  # noqa: F401
import sys

import filelock  # noqa: F401
import platformdirs  # noqa: F401
import rich.console  # noqa: F401

HAS = {
    os: """
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
    signal: """
        Handlers NSIG SIGABRT SIGFPE SIGILL SIGINT SIGSEGV SIGTERM SIG_DFL SIG_IGN Signals
        default_int_handler getsignal raise_signal set_wakeup_fd signal strsignal valid_signals
    """,
    select: "error select",
}
LACKS = ["curses", "fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"]


def windows() -> None:
    """Take away what Windows lacks."""
    for module, names in HAS.items():
        for name in set(vars(module)) - set(names.split()):
            if not name.startswith("_"):
                delattr(module, name)
    for name in LACKS:
        sys.modules[name] = None  # type: ignore[assignment] # which makes its import fail
    vars(shutil)["_use_fd_functions"] = False  # they need some of what was taken away
    sys.platform = "win32"


windows()
