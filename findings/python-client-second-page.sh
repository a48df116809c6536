#!/usr/bin/env bash
# mcp 2.3.0 (PyPI), `Client`, against a server that lists its tools in two pages. (PyPI mcp-proxy 0.13.0 on mcp 1.30.0
# does it to its server, too.)
# After every call of a tool that is not on the first page, the client lists the first page again, and the call
# returns only then; it never looks for the second page, so it asks again after the next call. The result of such a
# tool is not held to its output schema either, while one of the first page is.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi mcp==2.3.0
cat > server.py <<'END'
import json, sys
tool = lambda name: {"name": name, "inputSchema": {"type": "object"}, "outputSchema": {
    "type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]}}
for line in sys.stdin:
    ask = json.loads(line)
    if "id" not in ask: continue
    method, params = ask["method"], ask.get("params") or {}
    print(method, params.get("name") or params.get("cursor") or "", file=sys.stderr, flush=True)
    known = {"initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                            "serverInfo": {"name": "s", "version": "1"}},
             "tools/list": {"tools": [tool("later")]} if params.get("cursor") else
                           {"tools": [tool("early")], "nextCursor": "2"},
             "tools/call": {"content": [], "structuredContent": {"n": "no number"}}}
    answer = {"result": known[method]} if method in known else {"error": {"code": -32601, "message": "no"}}
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], **answer}), flush=True)
END
cat > client.py <<'END'
import asyncio, sys
from mcp import Client, StdioServerParameters, stdio_client
async def main():
    server = stdio_client(StdioServerParameters(command="python3", args=["server.py"]), errlog=open("asked", "w"))
    async with Client(server) as client:
        for name in ("later", "later", "later", "early"):
            try: await client.call_tool(name, {}); print(name, "ok")
            except RuntimeError as error: print(name, str(error).splitlines()[0])
asyncio.run(main())
END
timeout 60 python client.py > now 2>/dev/null
grep tools/ asked >> now
same_as_seen now <<'END'
later ok
later ok
later ok
early Invalid structured content returned by tool early: 'no number' is not of type 'number'
tools/call later
tools/list 
tools/call later
tools/list 
tools/call later
tools/list 
tools/call early
END
