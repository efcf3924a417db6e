"""Linux: no network, no new programs or processes, no looking into others, limits that stay.

A filter over system calls (seccomp, BPF) that answers what is forbidden with an error. It asks no
rights and works in most containers. A list of what is forbidden, not of what is allowed: the
libraries here change what they call with every version.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_ALLOW = 0x7FFF0000
_ERROR = 0x00050000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16
_CLONE_THREAD = 0x10000
_X32 = 0x40000000  # x86's second numbering of the same calls
_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _MODE_FILTER = 38, 22, 2

# Numbers differ by machine: include/uapi/asm-generic/unistd.h, arch/x86/entry/syscalls. The order:
# socket socketpair connect bind listen accept accept4, fork vfork execve execveat, kill tkill,
# ptrace process_vm_readv process_vm_writev pidfd_getfd, setrlimit, mount unshare setns
# open_by_handle_at, memfd_create, add_key request_key keyctl, bpf perf_event_open userfaultfd,
# io_uring_setup.
_FORBIDDEN = {
    0xC000003E: (  # x86_64
        *(41, 53, 42, 49, 50, 43, 288, 57, 58, 59, 322, 62, 200, 101, 310, 311, 438, 160),
        *(165, 272, 308, 304, 319, 248, 249, 250, 321, 298, 323, 425),
    ),
    0xC00000B7: (  # aarch64, which has neither fork nor vfork
        *(198, 199, 203, 200, 201, 202, 242, 221, 281, 129, 130, 117, 270, 271, 438, 164),
        *(40, 97, 268, 265, 279, 217, 218, 219, 280, 241, 282, 425),
    ),
}
_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE = {0xC000003E: 56, 0xC00000B7: 220}
_PRLIMIT = {0xC000003E: 302, 0xC00000B7: 261}
_CLONE3 = 435


def forbid() -> bool:
    """From here on, for good. Whether this system could do it."""
    arch = _MACHINES.get(os.uname().machine)
    if arch is None or not hasattr(os, "memfd_create"):  # not Linux
        return False
    program = b"".join(struct.pack("HBBI", *step) for step in _program(arch))
    buffer = ctypes.create_string_buffer(program)
    description = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_SET_SECCOMP, _MODE_FILTER, description, 0, 0) == 0)


def _program(arch: int) -> list[tuple[int, int, int, int]]:
    """Steps of code, skip if true, skip if false, value."""
    denied = (_RETURN, 0, 0, _ERROR | errno.EPERM)
    steps = [
        (_LOAD, 0, 0, _ARCH_AT),
        (_EQUAL, 1, 0, arch),
        denied,
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32),
        denied,
        # Its flags lie behind a pointer, out of a filter's sight: "unknown" makes the C library
        # fall back to clone.
        (_EQUAL, 0, 1, _CLONE3),
        (_RETURN, 0, 0, _ERROR | errno.ENOSYS),
        # A thread may be made, a process not.
        (_EQUAL, 0, 4, _CLONE[arch]),
        (_LOAD, 0, 0, _ARGUMENTS_AT),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        denied,
        # A limit may be asked for, not set: root could raise its own.
        (_EQUAL, 0, 6, _PRLIMIT[arch]),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 16),
        (_EQUAL, 0, 3, 0),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 20),
        (_EQUAL, 0, 1, 0),
        (_RETURN, 0, 0, _ALLOW),
        denied,
    ]
    for number in _FORBIDDEN[arch]:
        steps += [(_EQUAL, 0, 1, number), denied]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]
