"""Turns YAML with marks into configuration values."""

from __future__ import annotations

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from spack.config.values import Value


def read_yaml(path):
    with open(path, encoding="utf-8") as f:
        return parse_yaml(f.read(), path)

def parse_yaml(text, file):
    y = YAML(typ="safe", pure=True)
    node = y.compose(text)
    if node is None:
        return Value(None, file)
    return conv(node, file, y)

def conv(n, file, y, keymark=None):
    m = keymark if keymark is not None and not isinstance(n, ScalarNode) else n.start_mark
    if isinstance(n, MappingNode):
        return Value({str(k.value): conv(v, file, y, k.start_mark) for k, v in n.value}, file, m.line+1, m.column+1)
    if isinstance(n, SequenceNode):
        return Value([conv(v, file, y) for v in n.value], file, m.line+1, m.column+1)
    v = n.value
    if n.tag.endswith(":int"): v = int(v)
    elif n.tag.endswith(":bool"): v = v.lower() in ("true","yes","on")
    elif n.tag.endswith(":null"): v = None
    elif n.tag.endswith(":float"): v = float(v)
    return Value(v, file, m.line+1, m.column+1)
