"""Where keys and values stand in well-formed YAML; only for files with problems."""

from collections.abc import Collection

import yaml

from leo_engine.spec.text_place import Path, Span


class _Node:
    """A mapping or sequence that is being walked."""

    __slots__ = ("count", "is_mapping", "key", "key_offset", "path", "start")

    def __init__(self, path: Path, event: yaml.Event, key_offset: int) -> None:
        self.path = path
        self.start = _start(event)
        self.key_offset = key_offset
        self.is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.key: tuple[str, int] | None = None
        """Key whose value comes next, and its offset."""
        self.count = 0

    def expects_key(self) -> bool:
        return self.is_mapping and self.key is None

    def take_place(self, event: yaml.Event) -> tuple[Path, int]:
        """Return the path of the next value and the offset of its key."""
        if self.key is None:
            path: Path = (*self.path, self.count)
            self.count += 1
            return path, _start(event)
        key, offset = self.key
        self.key = None
        return (*self.path, key), offset


def _start(event: yaml.Event) -> int:
    return event.start_mark.index if event.start_mark else 0


def _end(event: yaml.Event) -> int:
    return event.end_mark.index if event.end_mark else 0


def locate_yaml(text: str, wanted: Collection[Path]) -> dict[Path, Span]:
    """Return the spans of the wanted paths, but for those behind an alias or `<<`."""
    found: dict[Path, Span] = {}
    nodes: list[_Node] = []
    parser = yaml.CBaseLoader(text)
    while not isinstance(event := parser.get_event(), yaml.StreamEndEvent):
        if isinstance(event, yaml.CollectionEndEvent):
            node = nodes.pop()
            if node.path in wanted:
                span = Span(node.key_offset, node.start, _end(event))
                found.setdefault(node.path, span)
        elif isinstance(event, yaml.NodeEvent):
            _walk(event, nodes, found, wanted)
    return found


def _walk(
    event: yaml.Event,
    nodes: list[_Node],
    found: dict[Path, Span],
    wanted: Collection[Path],
) -> None:
    if nodes and nodes[-1].expects_key() and isinstance(event, yaml.ScalarEvent):
        nodes[-1].key = (event.value, _start(event))
        return
    path, key = nodes[-1].take_place(event) if nodes else ((), 0)
    if isinstance(event, yaml.CollectionStartEvent):
        nodes.append(_Node(path, event, key))
    elif path in wanted:
        found.setdefault(path, Span(key, _start(event), _end(event)))
