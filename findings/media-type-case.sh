#!/usr/bin/env bash
# mcp 2.3.0 (PyPI, with uvicorn) and @modelcontextprotocol/server 2.4.0 (npm) over streamable HTTP.
# Media types have no case in HTTP. Each of the two SDKs minds the case in one header only, and not in the same one:
# the Python SDK takes `Accept: APPLICATION/JSON, TEXT/EVENT-STREAM` and answers 415 to `Content-Type: Application/JSON`;
# the TypeScript SDK takes that Content-Type and answers 406 to that Accept.
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
import { McpServer, createMcpHandler } from '@modelcontextprotocol/server';
import { toNodeHandler } from '@modelcontextprotocol/node';
http.createServer(toNodeHandler(createMcpHandler(() => new McpServer({ name: 's', version: '1' }))))
  .listen($node_port, '127.0.0.1');
END
python server.py >/dev/null 2>&1 & PIDS+=($!)
node server.mjs & PIDS+=($!)
cat > ask.py <<'END'
import http.client, json, sys
ask = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "c", "version": "1"}}})
types, accept = "application/json", "application/json, text/event-stream"
for sdk, port in zip(("python", "typescript"), sys.argv[1:]):
    for case, content_type, accepted in (("small", types, accept), ("Accept large", types, accept.upper()),
                                         ("Content-Type large", "Application/JSON", accept)):
        link = http.client.HTTPConnection("127.0.0.1", int(port), timeout=20)
        link.request("POST", "/mcp", ask, {"content-type": content_type, "accept": accepted})
        print(sdk, case, link.getresponse().status)
END
until_ok listens "$python_port"; until_ok listens "$node_port"
python3 ask.py "$python_port" "$node_port" > now
same_as_seen now <<'END'
python small 200
python Accept large 200
python Content-Type large 415
typescript small 200
typescript Accept large 406
typescript Content-Type large 200
END
