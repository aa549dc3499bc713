"""What the operating system says when a file cannot be read or written, as a code of ours."""

from __future__ import annotations

import errno

__all__ = ["trouble_of"]

_CODES = {
    errno.EACCES: "os_permission",
    errno.EPERM: "os_permission",
    errno.EROFS: "os_read_only",
    errno.ENOSPC: "os_full",
    errno.EDQUOT: "os_full",
    errno.EISDIR: "os_folder",
    errno.ENOTDIR: "os_no_folder",
    errno.EEXIST: "os_no_folder",
    errno.ENOENT: "os_missing",
    errno.ENAMETOOLONG: "os_name_long",
    errno.EBUSY: "os_open",
    errno.ETXTBSY: "os_open",
}
#: what Windows says of a file that another program holds
_HELD = (32, 33)


def trouble_of(error: OSError) -> str:
    """Return the code of a reason; its word stands in the string tables under ``why_CODE``."""
    if getattr(error, "winerror", None) in _HELD:
        return "os_open"
    return _CODES.get(error.errno or 0, "os_other")
