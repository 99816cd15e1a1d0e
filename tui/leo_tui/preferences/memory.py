"""What the screen remembers between two calls, by DAG folder: `ui.json`.

None of it is worth an error: a file that cannot be read is put aside, one that cannot
be written is left. Each folder is written by itself, so that two screens do not undo
what the other remembers.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import msgspec

MOST_FOLDERS = 50
MOST_COLLAPSED = 1_000
MOST_TEXTS = 50
"""Of one prompt, the last ones."""
_BROKEN = ".broken"


class FolderState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Where a person was in one DAG folder. Ids and names may be gone by now."""

    file: str = ""
    run: str = ""
    task: str = ""
    place: str = ""
    """The part of the screen with the focus."""
    tab: str = ""
    collapsed: list[str] = []
    """Names of folded groups."""
    splits: dict[str, float] = {}
    """{name of a split: share of its first part}."""
    wrap: bool = True
    times: str = ""
    filters: dict[str, str] = {}
    """{part of the screen: text}."""
    has_sidebar: bool = True
    theme: str = ""
    glyphs: str = ""


class _Remembered(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The file."""

    folders: dict[str, FolderState] = {}
    """The one that was used last stands last."""
    texts: dict[str, list[str]] = {}
    """{kind of prompt: what was typed, the oldest first}."""
    has_seen_tour: bool = False


class Memory:
    """The file of one user."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def folder(self, folder: Path) -> FolderState:
        """Return what is remembered of a DAG folder; nothing of an unknown one."""
        return self._read().folders.get(str(folder), FolderState())

    def keep_folder(self, folder: Path, state: FolderState) -> None:
        """Remember a folder, and forget the one that was not used for longest."""
        remembered = self._read()
        state.collapsed = state.collapsed[:MOST_COLLAPSED]
        remembered.folders.pop(str(folder), None)
        remembered.folders[str(folder)] = state
        kept = list(remembered.folders.items())[-MOST_FOLDERS:]
        remembered.folders = dict(kept)
        self._write(remembered)

    def texts(self, kind: str) -> list[str]:
        """Return what was typed at a kind of prompt, the oldest first."""
        return list(self._read().texts.get(kind, ()))

    def keep_texts(self, kind: str, texts: Iterable[str]) -> None:
        """Remember what was typed at a kind of prompt."""
        remembered = self._read()
        remembered.texts[kind] = list(dict.fromkeys(texts))[-MOST_TEXTS:]
        self._write(remembered)

    @property
    def has_seen_tour(self) -> bool:
        """Whether the tour was shown before."""
        return self._read().has_seen_tour

    def keep_tour_seen(self) -> None:
        """Remember that the tour was shown."""
        remembered = self._read()
        remembered.has_seen_tour = True
        self._write(remembered)

    def _read(self) -> _Remembered:
        try:
            content = self.path.read_bytes()
            return msgspec.json.decode(content, type=_Remembered)
        except OSError:
            return _Remembered()
        except (ValueError, msgspec.MsgspecError):
            with contextlib.suppress(OSError):
                self.path.replace(f"{self.path}{_BROKEN}")
            return _Remembered()

    def _write(self, remembered: _Remembered) -> None:
        """Replace the file as a whole; `mkstemp` lets nobody else read it."""
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(
                dir=self.path.parent, prefix=self.path.name
            )
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.json.encode(remembered))
                Path(name).replace(self.path)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
