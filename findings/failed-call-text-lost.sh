#!/usr/bin/env bash
# agent-framework-core 1.23.0 and pydantic-ai-slim 2.68.0 (PyPI, on mcp 2.3.0 and fastmcp-slim 4.2.3).
# A failed call whose result has a text ("disk full") and structuredContent ({"code": 7}) tells the model the
# structured part only: the sentence that says what is wrong is lost in both. Without structuredContent, the text is
# what the model reads.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi agent-framework-core==1.23.0 tenacity==9.2.1 'pydantic-ai-slim[mcp]==2.68.0' fastmcp-slim==4.2.3 mcp==2.3.0
write_server
echo '[{"name": "both", "inputSchema": {"type": "object"}}, {"name": "text", "inputSchema": {"type": "object"}}]' > tools.json
cat > results.json <<'END'
{"both": {"isError": true, "content": [{"type": "text", "text": "disk full"}], "structuredContent": {"code": 7}},
 "text": {"isError": true, "content": [{"type": "text", "text": "disk full"}]}}
END
cat > ask.py <<'END'
import asyncio, logging
logging.disable()
from agent_framework import MCPStdioTool
from fastmcp.client.transports import StdioTransport
from pydantic_ai.mcp import MCPToolset
async def main():
    async with MCPStdioTool(name="s", command="python3", args=["server.py"]) as server:
        for tool in server.functions:
            try: print("agent-framework", tool.name, await tool.invoke(arguments={}))
            except Exception as error: print("agent-framework", tool.name, "->", error)
    async with MCPToolset(StdioTransport("python3", ["server.py"])) as server:
        for name in ("both", "text"):
            try: print("pydantic-ai", name, await server.direct_call_tool(name, {}))
            except Exception as error: print("pydantic-ai", name, "->", error)
asyncio.run(main())
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
agent-framework both -> {"code": 7}
agent-framework text -> disk full
pydantic-ai both -> {"code":7}
pydantic-ai text -> disk full
END
