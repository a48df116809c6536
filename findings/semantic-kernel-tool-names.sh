#!/usr/bin/env bash
# semantic-kernel 1.45.0 (PyPI, on mcp 1.30.0), MCPStdioPlugin.
# A tool with a dot in its name, as the specification of 2025-11-25 allows, costs all tools of its server: add_plugin
# refuses the plugin as a whole. The connection itself is fine and says nothing before that.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi semantic-kernel==1.45.0 mcp==1.30.0
write_server
cat > ask.py <<'END_PY'
import asyncio
from semantic_kernel import Kernel
from semantic_kernel.connectors.mcp import MCPStdioPlugin
async def main():
    async with MCPStdioPlugin(name="s", command="python3", args=["server.py"]) as plugin:
        print("connected")
        try: print(*Kernel().add_plugin(plugin).functions)
        except Exception as error: print(type(error).__name__)
asyncio.run(main())
END_PY
for names in 'read_file read-file' 'read_file read.file'; do
    python3 -c 'import json, sys
json.dump([{"name": name, "inputSchema": {"type": "object"}} for name in sys.argv[1].split()], open("tools.json", "w"))' "$names"
    timeout 60 python ask.py 2>/dev/null
done > now
same_as_seen now <<'END_SEEN'
connected
read-file read_file
connected
FunctionInitializationError
END_SEEN
