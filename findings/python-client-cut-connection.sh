#!/usr/bin/env bash
# mcp 2.3.0 (PyPI), its `Client` over streamable HTTP.
# A server that closes the connection of one POST without an answer (a restart does that) ends the whole client:
# the call raises asyncio.CancelledError, which `except Exception` does not catch, and every later call fails with
# "Connection closed". A 500 and a body that is no JSON cost only the call that got them.
# Seen: drop -> CancelledError, then MCPError; e500 -> MCPError, then ok; garbage -> MCPError, then ok.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi mcp==2.3.0
cat > server.py <<'END'
import json, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def reply(self, code, body=b""):
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.reply(405)
    def do_POST(self):
        ask = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "id" not in ask: return self.reply(202)
        name = ask.get("params", {}).get("name")
        if name == "drop":
            self.close_connection = True
            return self.connection.shutdown(2)
        if name == "e500": return self.reply(500)
        if name == "garbage": return self.reply(200, b'{"a')
        known = {"initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                                "serverInfo": {"name": "s", "version": "1"}},
                 "tools/list": {"tools": []}, "tools/call": {"content": []}}
        result = known.get(ask["method"])
        said = {"result": result} if result else {"error": {"code": -32601, "message": "no such method"}}
        self.reply(200, json.dumps({"jsonrpc": "2.0", "id": ask["id"], **said}).encode())
ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
END
cat > client.py <<'END'
import asyncio, sys
from mcp import Client
async def session(bad):
    async with Client(sys.argv[1]) as client:
        for name in (bad, "fine"):
            try: await client.call_tool(name, {}); print(name, "ok")
            except BaseException as error: print(name, type(error).__name__)
for bad in ("drop", "e500", "garbage"):
    try: asyncio.run(session(bad))
    except BaseException as error: print("leaving the client:", type(error).__name__)
END
port=$(free_port)
python3 server.py "$port" & PIDS+=($!)
until_ok listens "$port"
timeout 60 python3 client.py "http://127.0.0.1:$port/mcp" > now 2>/dev/null
same_as_seen now <<'END'
drop CancelledError
fine MCPError
leaving the client: ExceptionGroup
e500 MCPError
fine ok
garbage MCPError
fine ok
END
