"""Holds answers against the API's description (the part of JSON Schema 2020-12 that it uses), strictly: what an answer
says and the description does not know is a mistake of one of the two."""

import datetime
import re

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KNOWN = {
    *("$ref", "type", "properties", "required", "items", "enum", "allOf", "oneOf", "anyOf", "const", "format", "pattern"),
    *("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "additionalProperties"),
    *("description", "default", "example", "examples", "title", "uniqueItems"),
}


class Description:
    def __init__(self, document):
        self.document = document

    def resolved(self, node):
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        return node

    def operations(self):
        """(method, path, operation with the parameters of its path)."""
        for path, item in self.document["paths"].items():
            shared = item.get("parameters", [])
            for method, operation in item.items():
                if method != "parameters":
                    parameters = [self.resolved(each) for each in shared + operation.get("parameters", [])]
                    yield method.upper(), path, {**operation, "parameters": parameters}

    def merged(self, schema):
        """The schema with what allOf adds: one set of properties, so that what is in none of them shows."""
        schema = self.resolved(schema)
        parts = [self.merged(part) for part in schema.get("allOf", [])]
        if not parts:
            return schema
        whole = {key: value for key, value in schema.items() if key != "allOf"}
        whole["properties"], whole["required"] = dict(whole.get("properties", {})), list(whole.get("required", []))
        for part in parts:
            whole.setdefault("type", part.get("type"))
            whole["properties"].update(part.get("properties", {}))
            whole["required"] += part.get("required", [])
        return whole

    def problems(self, value, schema, where="the answer"):
        """One sentence for each mistake."""
        schema = self.merged(schema)
        unknown = schema.keys() - KNOWN
        if unknown:
            yield f"{where}: this check does not know {sorted(unknown)}"
        for choice in ("oneOf", "anyOf"):
            if choice in schema and not any(not list(self.problems(value, each, where)) for each in schema[choice]):
                yield f"{where}: fits none of {choice}: {value!r}"
        if "type" in schema:
            types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            if not any(self.is_a(value, name) for name in types):
                yield f"{where}: {value!r:.200} is not {types}"
                return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is not one of {schema['enum']}"
        if "const" in schema and value != schema["const"]:
            yield f"{where}: {value!r} is not {schema['const']!r}"
        if isinstance(value, str):
            yield from self.problems_of_text(value, schema, where)
        elif isinstance(value, bool):
            return
        elif isinstance(value, (int, float)):
            if not schema.get("minimum", value) <= value <= schema.get("maximum", value):
                yield f"{where}: {value} is out of its bounds"
        elif isinstance(value, list):
            if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
                yield f"{where}: {len(value)} items"
            for index, item in enumerate(value):
                yield from self.problems(item, schema.get("items", {}), f"{where}[{index}]")
        elif isinstance(value, dict):
            yield from self.problems_of_object(value, schema, where)

    def problems_of_object(self, value, schema, where):
        for name in schema.get("required", []):
            if name not in value:
                yield f"{where}: {name} is missing"
        properties, others = schema.get("properties", {}), schema.get("additionalProperties", "properties" not in schema)
        for name, item in value.items():
            if name in properties:
                yield from self.problems(item, properties[name], f"{where}.{name}")
            elif isinstance(others, dict):
                yield from self.problems(item, others, f"{where}.{name}")
            elif not others:
                yield f"{where}: {name} is not described"

    @staticmethod
    def problems_of_text(value, schema, where):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            yield f"{where}: {len(value)} characters"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            yield f"{where}: {value!r} does not match {schema['pattern']}"
        if schema.get("format") == "date-time":
            try:
                assert value.endswith("Z")
                datetime.datetime.fromisoformat(value.removesuffix("Z"))
            except (AssertionError, ValueError):
                yield f"{where}: {value!r} is no time in UTC"

    @staticmethod
    def is_a(value, name):
        if isinstance(value, bool):
            return name == "boolean"
        return isinstance(value, TYPES[name])
