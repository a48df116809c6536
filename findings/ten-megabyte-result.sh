#!/usr/bin/env bash
# mcp-proxy 6.7.19 (npm) in front of a stdio server, as every gateway on the TypeScript SDK's stdio client.
# A result of more than 10 MiB (10,485,760 bytes in one line) ends the connection to the server, not only the call:
# the caller hears "Connection closed", without a word of the size. The gateway goes on: it still answers a new
# session's initialize with 200 and the server's name, but every tools/list and call from then on is "Not connected".
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_npm mcp-proxy@6.7.19
cat > server.py <<'END'
import json, sys
for line in sys.stdin:
    ask = json.loads(line)
    if "id" not in ask: continue
    size = ask.get("params", {}).get("arguments", {}).get("size", 0)
    known = {"initialize": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}},
                            "serverInfo": {"name": "s", "version": "1"}},
             "tools/list": {"tools": [{"name": "give", "inputSchema": {"type": "object"}}]},
             "tools/call": {"content": [{"type": "text", "text": "x" * size}]}}
    result = known.get(ask["method"])
    answer = {"result": result} if result else {"error": {"code": -32601, "message": "no such method"}}
    print(json.dumps({"jsonrpc": "2.0", "id": ask["id"], **answer}), flush=True)
END
cat > ask.py <<'END'
import http.client, json, sys
def post(heads, method, params=None):
    link = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60)
    link.request("POST", "/mcp", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}), {
        "content-type": "application/json", "accept": "application/json, text/event-stream", **heads})
    answer = link.getresponse()
    for line in answer:
        if line.startswith(b"data: {"): return answer, json.loads(line[6:])
def session():
    answer, said = post({}, "initialize", {"protocolVersion": "2025-11-25", "capabilities": {},
                                           "clientInfo": {"name": "c", "version": "1"}})
    print("initialize", answer.status, said["result"]["serverInfo"]["name"])
    return {"mcp-session-id": answer.getheader("mcp-session-id")}
def call(heads, size):
    said = post(heads, "tools/call", {"name": "give", "arguments": {"size": size}})[1]
    print(size, len(said["result"]["content"][0]["text"]) if "result" in said else said["error"]["message"])
heads = session()
for size in (10_400_000, 10_600_000, 10): call(heads, size)
heads = session()
print("tools/list", post(heads, "tools/list")[1].get("error"))
END
port=$(free_port)
mcp-proxy --host 127.0.0.1 --port "$port" -- python3 server.py >/dev/null 2>&1 & PIDS+=($!)
until_ok listens "$port"
timeout 120 python3 ask.py "$port" > now
same_as_seen now <<'END'
initialize 200 s
10400000 10400000
10600000 Connection closed
10 Not connected
initialize 200 s
tools/list {'code': -32603, 'message': 'Not connected'}
END
