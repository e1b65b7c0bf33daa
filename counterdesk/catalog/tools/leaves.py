"""A condition seen from its parts: which of them decide, and how it reads in one form."""

from __future__ import annotations

from counterdesk.catalog import conditions as c
from counterdesk.catalog.conditions import Facts, Node


def leaves_of(node: Node) -> list[Node]:
    """The parts of a condition that are true or false by themselves."""
    match node:
        case c.Junction():
            return [leaf for part in node.parts for leaf in leaves_of(part)]
        case c.Not():
            return leaves_of(node.part)
    return [node]


def forced(node: Node, leaf: Node, value: bool, facts: Facts) -> bool | None:
    """What a condition comes to when one of its leaves is given a value (the leaf is meant by identity)."""
    if node is leaf:
        return value
    match node:
        case c.Junction():
            seen = [forced(part, leaf, value, facts) for part in node.parts]
            if node.decider in seen:
                return node.decider
            return None if None in seen else not node.decider
        case c.Not():
            inner = forced(node.part, leaf, value, facts)
            return None if inner is None else not inner
    return node.truth(facts)


def decides(node: Node, leaf: Node, facts: Facts) -> bool:
    """Whether the condition would come to something else if the leaf did."""
    return forced(node, leaf, True, facts) is not forced(node, leaf, False, facts)


def canonical(node: Node) -> str:
    """A condition as text that is the same for the same meaning of its parts: spaces, quotes and order left out."""
    match node:
        case c.Junction():
            word = " or " if node.decider else " and "
            return "(" + word.join(sorted(canonical(part) for part in node.parts)) + ")"
        case c.Not():
            return f"not {canonical(node.part)}"
        case c.Compare():
            return f"{canonical(node.left)} {node.symbol} {canonical(node.right)}"
        case c.Arithmetic():
            return f"({canonical(node.left)} {'-' if node.minus else '+'} {canonical(node.right)})"
        case c.Call():
            return f"{node.name}({', '.join(map(canonical, node.args))})"
        case c.StateOf():
            return f"{node.function}({node.name})"
        case c.Presented():
            return f"presented({node.code!r})"
        case c.Ref():
            return node.name
        case c.Literal():
            return str(node.constant) if isinstance(node.constant, bool) else repr(node.constant)
    return ""
