#!/usr/bin/env bash
# semantic-kernel 1.45.0 (PyPI, on mcp 1.30.0), MCPStdioPlugin.
# A property of `"type": ["string", "null"]` costs all tools of its server: add_plugin refuses the plugin as a whole. The same as anyOf is taken.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi semantic-kernel==1.45.0 mcp==1.30.0
write_server
cat > ask.py <<'END_PY'
import asyncio
from semantic_kernel import Kernel
from semantic_kernel.connectors.mcp import MCPStdioPlugin
async def main():
    async with MCPStdioPlugin(name="s", command="python3", args=["server.py"]) as plugin:
        try: print(*Kernel().add_plugin(plugin).functions)
        except Exception as error: print(type(error).__name__)
asyncio.run(main())
END_PY
for text in '{"anyOf": [{"type": "string"}, {"type": "null"}]}' '{"type": ["string", "null"]}'; do
    echo '[{"name": "plain", "inputSchema": {"type": "object"}},
           {"name": "with_text", "inputSchema": {"type": "object", "properties": {"text": '"$text"'}}}]' > tools.json
    timeout 60 python ask.py 2>/dev/null
done > now
same_as_seen now <<'END_SEEN'
plain with_text
ValidationError
END_SEEN
