#!/usr/bin/env bash
# mcp 2.3.0 (PyPI), `MCPServer`: tools with a return annotation, which makes their output schema.
# `-> datetime`, `-> Decimal` and an Enum give no output schema and no structured content; the text is a JSON string
# with its quotation marks. `-> datetime | None` and `-> list[datetime]` give both. fastmcp 4.2.3 has a schema for all.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi mcp==2.3.0 fastmcp==4.2.3 pydantic==2.14.4
cat > now.py <<'END'
import asyncio, datetime, decimal, enum
from fastmcp import FastMCP
from mcp import Client
from mcp.server import MCPServer
class Color(enum.Enum): RED = "red"
day = datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc)
def moment() -> datetime.datetime: return day
def moment_or_none() -> datetime.datetime | None: return day
def moments() -> list[datetime.datetime]: return [day]
def amount() -> decimal.Decimal: return decimal.Decimal("1.10")
def color() -> Color: return Color.RED
async def main():
    for server in (MCPServer("s"), FastMCP("s")):
        for tool in (moment, moment_or_none, moments, amount, color):
            server.tool()(tool) if isinstance(server, MCPServer) else server.tool(tool)
        async with Client(server if isinstance(server, MCPServer) else server._mcp_server) as client:
            for tool in (await client.list_tools()).tools:
                result = await client.call_tool(tool.name, {})
                print(type(server).__name__, tool.name, "schema" if tool.output_schema else "NO schema",
                      result.structured_content, result.content[0].text)
asyncio.run(main())
END
timeout 60 python now.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
MCPServer moment NO schema None "2026-12-01T00:00:00Z"
MCPServer moment_or_none schema {'result': '2026-12-01T00:00:00Z'} "2026-12-01T00:00:00Z"
MCPServer moments schema {'result': ['2026-12-01T00:00:00Z']} "2026-12-01T00:00:00Z"
MCPServer amount NO schema None "1.10"
MCPServer color NO schema None "red"
FastMCP moment schema {'result': '2026-12-01T00:00:00Z'} 2026-12-01T00:00:00Z
FastMCP moment_or_none schema {'result': '2026-12-01T00:00:00Z'} 2026-12-01T00:00:00Z
FastMCP moments schema {'result': ['2026-12-01T00:00:00Z']} ["2026-12-01T00:00:00Z"]
FastMCP amount schema {'result': '1.10'} 1.10
FastMCP color schema {'result': 'red'} red
END
