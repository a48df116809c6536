#!/usr/bin/env bash
# llama-index-tools-mcp 0.6.0 (PyPI, on mcp 2.3.0), McpToolSpec.
# A property whose name begins with an underscore (`_id`, `_cursor`) costs all tools of its server: each schema is made
# a pydantic model, which refuses such a field, and the list ends in PydanticUserError.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi llama-index-tools-mcp==0.6.0 llama-index-core==0.14.25 mcp==2.3.0
write_server
cat > ask.py <<'END'
import asyncio
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
async def main():
    try: print(*[tool.metadata.name for tool in await McpToolSpec(
        client=BasicMCPClient("python3", args=["server.py"])).to_tool_list_async()])
    except Exception as error: print(type(error).__name__)
asyncio.run(main())
END
for name in id _id; do
    echo '[{"name": "plain", "inputSchema": {"type": "object"}},
           {"name": "by_id", "inputSchema": {"type": "object", "properties": {"'$name'": {"type": "string"}}}}]' > tools.json
    timeout 90 python ask.py 2>/dev/null
done > now
same_as_seen now <<'END'
plain by_id
PydanticUserError
END
