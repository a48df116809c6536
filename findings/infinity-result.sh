#!/usr/bin/env bash
# mcp 2.3.0 (PyPI): a tool `-> float` of `MCPServer` that returns infinity (a rate, a distance).
# The server does not object: the text says Infinity, the structured content says null, and the tool's own output
# schema says that it must be a number. The `Client` of the same package then refuses the result (RuntimeError),
# so the call fails on the client's side only. fastmcp 4.2.3 says so on the server's side (isError).
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi mcp==2.3.0 fastmcp==4.2.3 pydantic==2.14.4
cat > now.py <<'END'
import asyncio
from fastmcp import FastMCP
from mcp import Client
from mcp.server import MCPServer
def rate() -> float: return float("inf")
async def main():
    for server in (MCPServer("s"), FastMCP("s")):
        server.tool()(rate) if isinstance(server, MCPServer) else server.tool(rate)
        async with Client(server if isinstance(server, MCPServer) else server._mcp_server) as client:
            try: result = await client.call_tool("rate", {})
            except Exception as error: print(type(server).__name__, type(error).__name__, str(error).splitlines()[0])
            else: print(type(server).__name__, "isError" if result.is_error else "ok", result.structured_content)
asyncio.run(main())
END
cat > server.py <<'END'
from mcp.server import MCPServer
server = MCPServer("s")
@server.tool()
def rate() -> float: return float("inf")
server.run()
END
{
    timeout 60 python now.py 2>/dev/null
    { echo '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}'
      sleep 2
      echo '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"rate","arguments":{}}}'
      sleep 2; } | timeout 60 python server.py 2>/dev/null | grep '"id":1'
} > now
same_as_seen now <<'END'
MCPServer RuntimeError Invalid structured content returned by tool rate: None is not of type 'number'
FastMCP isError None
{"jsonrpc":"2.0","id":1,"result":{"content":[{"text":"Infinity","type":"text"}],"isError":false,"structuredContent":{"result":null}}}
END
