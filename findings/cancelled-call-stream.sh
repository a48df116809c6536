#!/usr/bin/env bash
# Streamable HTTP with sessions, a call that its client cancels (notifications/cancelled) after half a second of one.
# @modelcontextprotocol/sdk 1.32.2 and server 2.4.0 with node 2.1.2 (npm): the response stream of the call stays open
# after the tool has returned, with a comment line every 15 s (watched for 60 s), so a timer for silence never goes
# off. mcp 2.3.0 (PyPI) ends the stream with -32800. A call that timed out holds a connection until its session ends.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @modelcontextprotocol/sdk@1.32.2 @modelcontextprotocol/server@2.4.0 @modelcontextprotocol/node@2.1.2 zod@4.6.7
from_pypi mcp==2.3.0
for sdk in sdk server; do
    case $sdk in
    sdk) mcp=sdk/server/mcp.js http=sdk/server/streamableHttp.js transport=StreamableHTTPServerTransport ;;
    *) mcp=server http=node transport=NodeStreamableHTTPServerTransport ;;
    esac
    cat > $sdk.mjs <<END
import http from 'node:http';
import { McpServer } from '@modelcontextprotocol/$mcp';
import { $transport } from '@modelcontextprotocol/$http';
const server = new McpServer({ name: 's', version: '1' });
server.registerTool('slow', {}, async () => {
  await new Promise(done => setTimeout(done, 1000));
  return { content: [] };
});
const transport = new $transport({ sessionIdGenerator: () => 'one' });
await server.connect(transport);
http.createServer((ask, answer) => transport.handleRequest(ask, answer)).listen(process.argv[2], '127.0.0.1');
END
done
cat > server.py <<'END'
import asyncio, sys
from mcp.server import MCPServer
server = MCPServer("s")
@server.tool()
async def slow() -> None: await asyncio.sleep(1)
server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
END
cat > ask.py <<'END'
import http.client, json, sys, time
heads = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
def post(method, params=None, wait=20, **more):
    link = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]), timeout=wait)
    link.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", "method": method, "params": params or {}, **more}), heads)
    return link.getresponse()
first = post("initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                            "clientInfo": {"name": "c", "version": "1"}}, id=0)
heads["mcp-session-id"] = first.getheader("mcp-session-id")
first.readline()
post("notifications/initialized").read()
call = post("tools/call", {"name": "slow", "arguments": {}}, id=1)
post("notifications/cancelled", {"requestId": 1}).read()
said, start = b"", time.time()
while time.time() - start < 20 and (more := call.read1(1000)): said += more
end = "ended" if time.time() - start < 10 else "still open"
print(sys.argv[1], end, [line for line in said.decode().splitlines() if line[:5] in ("data:", ": kee")])
END
for server in "node sdk.mjs" "node server.mjs" "python server.py"; do
    port=$(free_port)
    $server "$port" >/dev/null 2>&1 & PIDS+=($!)
    until_ok listens "$port"
    python3 ask.py "$server" "$port"
done > now
same_as_seen now <<'END'
node sdk.mjs still open [': keepalive', ': keepalive']
node server.mjs still open [': keepalive', ': keepalive']
python server.py ended ['data: {"jsonrpc":"2.0","id":1,"error":{"code":-32800,"message":"Request cancelled"}}']
END
