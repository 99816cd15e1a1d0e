"""Folders that a container writes into, whoever it is inside, and its engine clears up.

Who may reach them on this machine is decided by the folders above, which are the
engine's alone; a mount leads past those.
"""

import contextlib
import os
import struct

_OPEN = 0o777
_STICKY = 0o1777
_READABLE = 0o644
_ACCESS_CONTROL = "system.posix_acl_default"
_VERSION = struct.pack("<I", 2)
_ENTRY = struct.Struct("<HHI")
_NOBODY = 0xFFFF_FFFF
_OWNER, _USER, _GROUP, _MASK, _OTHERS = 0x01, 0x02, 0x04, 0x10, 0x20
"""Source: linux/posix_acl_xattr.h."""
_ALL, _READ = 7, 5


def share(staging: str, own: str, inputs: str) -> None:
    """Let a container write to a run's shared folder, and to that of its own attempt.

    In the latter it cannot remove what is not its own: its log, say. `inputs` is a file
    in there that it may read; empty when there is none.
    """
    if inputs:
        with contextlib.suppress(OSError):
            os.chmod(inputs, _READABLE)  # noqa: PTH101 -- text in
    for path, mode in ((staging, _OPEN), (own, _STICKY)):
        if not path:
            continue
        # What a container has made its own by now is as it wants it.
        with contextlib.suppress(OSError):
            os.chmod(path, mode)  # noqa: PTH101 -- text in
        if os.geteuid():
            # Not every file system knows such lists; the engine then may have to leave
            # behind what root in a container has put into folders of its own.
            with contextlib.suppress(OSError, AttributeError):
                os.setxattr(path, _ACCESS_CONTROL, access_list(os.geteuid()))


def access_list(user: int) -> bytes:
    """Return a list that gives a user all access to what will be made in a folder."""
    entries = (
        (_OWNER, _ALL, _NOBODY),
        (_USER, _ALL, user),
        (_GROUP, _READ, _NOBODY),
        (_MASK, _ALL, _NOBODY),
        (_OTHERS, _READ, _NOBODY),
    )
    return _VERSION + b"".join(_ENTRY.pack(*entry) for entry in entries)
