#!/usr/bin/env bash
# llama-index-tools-mcp 0.6.0 (PyPI, on mcp 2.3.0), McpToolSpec: what the model is told of a tool's arguments.
# An optional string becomes "string or null, default null" in what the model is told;
# `minimum`, `pattern`, and the properties of an object inside an object, are gone.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi llama-index-tools-mcp==0.6.0 llama-index-core==0.14.25 mcp==2.3.0
write_server
cat > tools.json <<'END'
[{"name": "t", "inputSchema": {"type": "object", "required": ["n"], "properties": {
    "n": {"type": "integer", "minimum": 1}, "text": {"type": "string", "pattern": "^a"},
    "mode": {"type": "string", "enum": ["a", "b"], "default": "b"},
    "inner": {"type": "object", "properties": {"k": {"type": "string"}}, "required": ["k"]}}}}]
END
cat > ask.py <<'END'
import asyncio, json
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
async def main():
    tool, = await McpToolSpec(client=BasicMCPClient("python3", args=["server.py"])).to_tool_list_async()
    for name, schema in tool.metadata.get_parameters_dict()["properties"].items():
        print(name, json.dumps({key: schema[key] for key in sorted(schema) if key not in ("title", "description")}))
asyncio.run(main())
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
n {"type": "integer"}
text {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null}
mode {"default": "b", "enum": ["a", "b"], "type": "string"}
inner {"anyOf": [{"additionalProperties": true, "type": "object"}, {"type": "null"}], "default": null}
END
