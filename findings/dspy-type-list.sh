#!/usr/bin/env bash
# dspy 3.4.1 (PyPI, on mcp 2.3.0), Tool.from_mcp_tool.
# A tool with a property of `"type": ["string", "null"]` cannot be converted (TypeError: unhashable type: 'list') so that
# a loop over the tools ends there. The same as anyOf, and as a $ref, is taken.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi dspy==3.4.1 mcp==2.3.0
cat > ask.py <<'END'
import dspy
from mcp.types import Tool
for text in ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"$ref": "#/$defs/T"}, {"type": ["string", "null"]}):
    tool = Tool(name="t", input_schema={"type": "object", "properties": {"text": text}, "$defs": {"T": {"type": "string"}}})
    try: print(*text, "->", *dspy.Tool.from_mcp_tool(None, tool).args)
    except Exception as error: print(*text, "->", type(error).__name__, error)
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
anyOf -> text
$ref -> text
type -> TypeError unhashable type: 'list'
END
