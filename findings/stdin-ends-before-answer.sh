#!/usr/bin/env bash
# Three MCP SDKs as stdio servers: mcp 2.3.0 (PyPI), @modelcontextprotocol/sdk 1.32.2 and server 2.4.0 (npm).
# A client sends initialize, a call that takes half a second, and closes standard input before the answer is there;
# standard output stays open. All three exit with 0, each tells something else:
# sdk 1.32.2 the result; server 2.4.0 nothing at all; mcp 2.3.0 a JSON-RPC error of its own making, -32000
# "Connection closed", over the connection that it says is closed.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/server@2.4.0 zod@4.6.7
from_pypi mcp==2.3.0
cat > server.py <<'END'
import asyncio
from mcp.server import MCPServer
server = MCPServer("s")
@server.tool()
async def slow() -> str:
    await asyncio.sleep(0.5)
    return "slept"
server.run()
END
for sdk in sdk server; do
    case $sdk in sdk) mcp=sdk/server/mcp.js stdio=sdk/server/stdio.js ;; *) mcp=server stdio=server/stdio ;; esac
    cat > $sdk.mjs <<END
import { McpServer } from '@modelcontextprotocol/$mcp';
import { StdioServerTransport } from '@modelcontextprotocol/$stdio';
const server = new McpServer({ name: 's', version: '1' });
server.registerTool('slow', {}, async () => {
  await new Promise(done => setTimeout(done, 500));
  return { content: [{ type: 'text', text: 'slept' }] };
});
await server.connect(new StdioServerTransport());
END
done
cat > ask.py <<'END'
import json, subprocess, sys
ask = ['{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},'
       '"clientInfo":{"name":"c","version":"1"}}}', '{"jsonrpc":"2.0","method":"notifications/initialized"}',
       '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"slow","arguments":{}}}']
server = subprocess.Popen(sys.argv[2:], stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True)
server.stdin.write(ask[0] + "\n"); server.stdin.flush()
server.stdout.readline()
server.stdin.write(ask[1] + "\n" + ask[2] + "\n"); server.stdin.close()
said = [json.loads(line) for line in server.stdout]
said = [m.get("error") or m["result"]["content"][0]["text"] for m in said]
print(sys.argv[1], said, "exit", server.wait(20))
END
for _ in 1 2 3; do
    python3 ask.py "sdk 1.32.2" node sdk.mjs
    python3 ask.py "server 2.4.0" node server.mjs
    python3 ask.py "mcp 2.3.0" python server.py
done | sort -u > now
same_as_seen now <<'END'
mcp 2.3.0 [{'code': -32000, 'message': 'Connection closed'}] exit 0
sdk 1.32.2 ['slept'] exit 0
server 2.4.0 [] exit 0
END
