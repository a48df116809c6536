#!/usr/bin/env bash
# @modelcontextprotocol/client 2.4.0 (npm) and mcp 2.3.0 (PyPI), in a session of 2025-11-25, against a server that
# answers a call with HTTP 400 or 500 and a JSON-RPC error of its own code in the body, as gateways do.
# The Python client raises that error, code -32050. The TypeScript client has the body in its message only: the code is
# CLIENT_HTTP_NOT_IMPLEMENTED, whatever the status was, be it 400, 413, 429 or 503.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm @modelcontextprotocol/client@2.4.0
from_pypi mcp==2.3.0
cat > server.py <<'END'
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def reply(self, code, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode() if message else b""
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.reply(405)
    def do_POST(self):
        ask = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "id" not in ask: return self.reply(202)
        if ask["method"] == "initialize":
            return self.reply(200, id=ask["id"], result={"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                                                         "serverInfo": {"name": "s", "version": "1"}})
        status, _, body = ask["params"]["name"].partition(" ")
        error = {"id": ask["id"], "error": {"code": -32050, "message": "mine"}}
        self.reply(int(status), **(error if body else {}))
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END
cat > client.mjs <<'END'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
const [, , url, ...names] = process.argv;
const client = new Client({ name: 'c', version: '1' });
await client.connect(new StreamableHTTPClientTransport(new URL(url)));
for (const name of names)
  await client.callTool({ name, arguments: {} }).catch(error => console.log('typescript', name, '->', error.code));
process.exit();
END
cat > client.py <<'END'
import asyncio, sys
from mcp import Client
async def main():
    async with Client(sys.argv[1], mode="legacy") as client:
        for name in sys.argv[2:]:
            try: await client.call_tool(name, {})
            except Exception as error: print("python", name, "->", error.error.code)
asyncio.run(main())
END
port=$(free_port)
python3 server.py "$port" & PIDS+=($!)
until_ok listens "$port"
names=("400 with error" "500 with error" 413 429 503)
timeout 60 node client.mjs "http://127.0.0.1:$port/mcp" "${names[@]}" > now
timeout 60 python client.py "http://127.0.0.1:$port/mcp" "${names[@]}" >> now 2>/dev/null
same_as_seen now <<'END'
typescript 400 with error -> CLIENT_HTTP_NOT_IMPLEMENTED
typescript 500 with error -> CLIENT_HTTP_NOT_IMPLEMENTED
typescript 413 -> CLIENT_HTTP_NOT_IMPLEMENTED
typescript 429 -> CLIENT_HTTP_NOT_IMPLEMENTED
typescript 503 -> CLIENT_HTTP_NOT_IMPLEMENTED
python 400 with error -> -32050
python 500 with error -> -32050
python 413 -> -32603
python 429 -> -32603
python 503 -> -32603
END
