#!/usr/bin/env bash
# mcp 2.3.0 (PyPI) over streamable HTTP, in a session: a request whose JSON-RPC id is 1.5 (JSON-RPC discourages it,
# MCP wants an integer or a string).
# It is not refused: the server takes the request for a notification, answers 202 with nothing in it, and runs nothing;
# the same with id null. @modelcontextprotocol/server 2.4.0 (npm) answers 400 to both, calling it a parse error.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @modelcontextprotocol/server@2.4.0 @modelcontextprotocol/node@2.1.2
from_pypi mcp==2.3.0
python_port=$(free_port) node_port=$(free_port)
cat > server.py <<END
from mcp.server import MCPServer
MCPServer("s").run("streamable-http", host="127.0.0.1", port=$python_port)
END
cat > server.mjs <<END
import http from 'node:http';
import { McpServer } from '@modelcontextprotocol/server';
import { NodeStreamableHTTPServerTransport } from '@modelcontextprotocol/node';
const transport = new NodeStreamableHTTPServerTransport({ sessionIdGenerator: () => 'one' });
await new McpServer({ name: 's', version: '1' }).connect(transport);
http.createServer((ask, answer) => transport.handleRequest(ask, answer)).listen($node_port, '127.0.0.1');
END
python server.py >/dev/null 2>&1 & PIDS+=($!)
node server.mjs & PIDS+=($!)
cat > ask.py <<'END'
import http.client, json, sys
for sdk, port in zip(("python", "typescript"), sys.argv[1:]):
    heads = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
    def post(**message):
        link = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
        link.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", **message}), heads)
        return link.getresponse()
    first = post(id=0, method="initialize", params={"protocolVersion": "2025-11-25", "capabilities": {},
                                                    "clientInfo": {"name": "c", "version": "1"}})
    heads["mcp-session-id"] = first.getheader("mcp-session-id")
    post(method="notifications/initialized")
    for id in (1, 1.5, None): print(sdk, "ping with id", id, post(id=id, method="ping").status)
END
until_ok listens "$python_port"; until_ok listens "$node_port"
python3 ask.py "$python_port" "$node_port" > now
same_as_seen now <<'END'
python ping with id 1 200
python ping with id 1.5 202
python ping with id None 202
typescript ping with id 1 200
typescript ping with id 1.5 400
typescript ping with id None 400
END
