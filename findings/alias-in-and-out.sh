#!/usr/bin/env bash
# mcp 2.3.0 and fastmcp 4.2.3 (PyPI), the same two tools over a pydantic model with a field `a_b` of alias `aB`.
# Both want `aB` as an argument. As a result, and in the output schema, mcp says `aB` and fastmcp `a_b`: what a
# fastmcp tool returns cannot be handed to another tool that takes the same model (`a_b` is ignored there, and the
# default is used without a word), and a server that moves from one to the other renames its results.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi mcp==2.3.0 fastmcp==4.2.3 pydantic==2.14.4
cat > now.py <<'END'
import asyncio
from fastmcp import FastMCP
from mcp import Client
from mcp.server import MCPServer
from pydantic import BaseModel, Field
class Row(BaseModel):
    a_b: int = Field(1, alias="aB")
def give() -> Row: return Row(aB=7)
def take(row: Row) -> int: return row.a_b
async def main():
    for server in (MCPServer("s"), FastMCP("s")):
        for tool in (give, take):
            server.tool()(tool) if isinstance(server, MCPServer) else server.tool(tool)
        async with Client(server if isinstance(server, MCPServer) else server._mcp_server) as client:
            tools = {t.name: t for t in (await client.list_tools()).tools}
            row = (await client.call_tool("give", {})).structured_content
            got = (await client.call_tool("take", {"row": row})).structured_content
            print(type(server).__name__, "schema", list(tools["give"].output_schema["properties"]), "gives", row,
                  "and takes it back as", got["result"])
asyncio.run(main())
END
timeout 60 python now.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
MCPServer schema ['aB'] gives {'aB': 7} and takes it back as 7
FastMCP schema ['a_b'] gives {'a_b': 7} and takes it back as 1
END
