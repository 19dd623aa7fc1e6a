"""Disks of their own for Kafka and each mongod, so that one of them can be full. Only root may mount them."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from agencynet.stack.folder import make_folder

_SIZE = "4g"
# Of a mounted file system no less can be asked for than what it holds.
_LEFT_OVER = 64 * 1024


@dataclass
class Disks:
    mounted: list[Path] = field(default_factory=list[Path])

    @property
    def there(self) -> bool:
        return bool(self.mounted)

    def mount(self, *folders: Path) -> None:
        """In memory, at `folders`; where that is not allowed they stay on the disk that all share."""
        for folder in folders if os.geteuid() == 0 and shutil.which("mount") else ():
            make_folder(folder)
            if not _mount("-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "tmpfs", str(folder)):
                self.close()
                return
            self.mounted.append(folder)

    def fill(self, folder: Path) -> None:
        """Nothing fits on it any more. Raises OSError where it stays as large as it was."""
        usage = shutil.disk_usage(folder)
        if usage.free <= _LEFT_OVER:
            return
        if not _mount("-o", f"remount,size={usage.used + _LEFT_OVER}", str(folder)):
            raise OSError(f"{folder.name} could not be made full")

    def make_room(self) -> None:
        for folder in self.mounted:
            _mount("-o", f"remount,size={_SIZE}", str(folder))

    def close(self) -> None:
        while self.mounted:
            subprocess.run(["umount", "--lazy", self.mounted.pop()], check=False)


def _mount(*words: str) -> bool:
    return subprocess.run(["mount", *words], check=False, capture_output=True).returncode == 0
