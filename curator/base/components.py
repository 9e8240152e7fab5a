"""Connected components of a graph."""

from collections.abc import Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def connected(nodes: Iterable[Node], links: Iterable[tuple[Node, Node]]) -> dict[Node, Node]:
    """Map each node to a representative of its connected component."""
    parent = {node: node for node in nodes}

    def root(node: Node) -> Node:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for first, second in links:
        parent[root(first)] = root(second)
    return {node: root(node) for node in parent}
