"""The Go structs that a pod template is made of, out of checkouts of k8s.io/api and k8s.io/apimachinery.

    python scripts/pod_template_types.py API APIMACHINERY > apimachinery/data/pod_template.json

Needed once for each version of the API: upstream's hashes of templates are hashes of these structs as Go prints them.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = "v1.PodTemplateSpec"
SPECIAL = {"resource.Quantity", "intstr.IntOrString", "v1.Time", "v1.ManagedFieldsEntry"}
"""Printed by hand, as their fields are not those of their JSON; the last is in no template."""
BASIC = {"string", "bool", "int32", "int64", "uint8", "types.UID"}

Field = tuple[str, str, str]
"""Name, type, and name in JSON ("" where the fields of the struct are inlined)."""


def declared(text: str) -> tuple[dict[str, list[Field]], dict[str, str]]:
    """The structs and the other types that a file of package v1 declares."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    structs = {
        f"v1.{found[1]}": [field for line in found[2].splitlines() if (field := _field(line.strip()))]
        for found in re.finditer(r"^type (\w+) struct \{\n(.*?)^\}", text, re.DOTALL | re.MULTILINE)
    }
    others = re.finditer(r"^type (\w+) ((?:string|bool|int32|int64|map\[|\[\])\S*)\s*$", text, re.MULTILINE)
    return structs, {f"v1.{found[1]}": _qualified(found[2]) for found in others}


def _field(line: str) -> Field | None:
    found = re.match(r"^(?:(\w+)\s+)?([\w.*\[\]]+)\s+`(?:.* )?json:\"([^\",]*)", line)
    if found is None:
        assert "json:" not in line or line.startswith("//") or "interface{}" in line, line
        return None
    return found[1] or found[2].rpartition(".")[2], _qualified(found[2]), found[3]


def _qualified(go_type: str) -> str:
    """As reflect prints it inside package v1."""
    for prefix in ("*", "[]"):
        if go_type.startswith(prefix):
            return prefix + _qualified(go_type.removeprefix(prefix))
    if go_type.startswith("map["):
        key, _, value = go_type.removeprefix("map[").partition("]")
        return f"map[{_qualified(key)}]{_qualified(value)}"
    if go_type == "byte":
        return "uint8"
    return go_type.replace("metav1.", "v1.") if "." in go_type or go_type in BASIC else f"v1.{go_type}"


def reachable(structs: dict[str, list[Field]], names: dict[str, str]) -> tuple[dict[str, list[Field]], dict[str, str]]:
    found_structs, found_names, open_types = {}, {}, [ROOT]
    while open_types:
        for name in re.findall(r"\w+\.\w+", open_types.pop()):
            if name in SPECIAL | BASIC or name in found_structs or name in found_names:
                continue
            if name in structs:
                found_structs[name] = structs[name]
                open_types += [field[1] for field in structs[name]]
            else:
                found_names[name] = names[name]
                open_types.append(names[name])
    return found_structs, found_names


def main(api: str, machinery: str) -> None:
    structs: dict[str, list[Field]] = {}
    names: dict[str, str] = {}
    for path in (Path(machinery, "pkg/apis/meta/v1/types.go"), Path(api, "core/v1/types.go")):
        more, others = declared(path.read_text())
        structs |= more
        names |= others
    kept, used = reachable(structs, names)
    lines = [f"{json.dumps(name)}:{json.dumps(fields, separators=(',', ':'))}" for name, fields in sorted(kept.items())]
    aliases = [f"{json.dumps(name)}:{json.dumps(is_a)}" for name, is_a in sorted(used.items())]
    print('{"structs":{\n' + ",\n".join(lines) + '\n},"names":{\n' + ",\n".join(aliases) + "\n}}")


if __name__ == "__main__":
    main(*sys.argv[1:])
