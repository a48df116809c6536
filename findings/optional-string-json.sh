#!/usr/bin/env bash
# mcp 2.3.0 (PyPI), `MCPServer`: a tool parameter `x: str | None`, whose schema says string or null.
# A string that happens to be JSON is parsed before it is checked: '{"a":1}' and '[1]' are refused ("Input should be
# a valid string"), 'null' becomes None; '1' and 'true' stay strings. With `x: str` all of them are taken as they are.
# fastmcp 4.2.3 takes them as they are in both cases. An agent that passes a JSON document as text meets this.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi mcp==2.3.0 fastmcp==4.2.3 pydantic==2.14.4
cat > now.py <<'END'
import asyncio
from fastmcp import FastMCP
from mcp import Client
from mcp.server import MCPServer
def plain(x: str) -> str: return repr(x)
def optional(x: str | None = None) -> str: return repr(x)
async def main():
    for server in (MCPServer("s"), FastMCP("s")):
        for tool in (plain, optional):
            server.tool()(tool) if isinstance(server, MCPServer) else server.tool(tool)
        async with Client(server if isinstance(server, MCPServer) else server._mcp_server) as client:
            for tool in ("plain", "optional"):
                for text in ('{"a":1}', "[1]", "null", "1", "true"):
                    result = await client.call_tool(tool, {"x": text})
                    said = "refused" if result.is_error else result.content[0].text
                    print(type(server).__name__, tool, text, "->", said)
asyncio.run(main())
END
timeout 60 python now.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
MCPServer plain {"a":1} -> '{"a":1}'
MCPServer plain [1] -> '[1]'
MCPServer plain null -> 'null'
MCPServer plain 1 -> '1'
MCPServer plain true -> 'true'
MCPServer optional {"a":1} -> refused
MCPServer optional [1] -> refused
MCPServer optional null -> None
MCPServer optional 1 -> '1'
MCPServer optional true -> 'true'
FastMCP plain {"a":1} -> '{"a":1}'
FastMCP plain [1] -> '[1]'
FastMCP plain null -> 'null'
FastMCP plain 1 -> '1'
FastMCP plain true -> 'true'
FastMCP optional {"a":1} -> '{"a":1}'
FastMCP optional [1] -> '[1]'
FastMCP optional null -> 'null'
FastMCP optional 1 -> '1'
FastMCP optional true -> 'true'
END
