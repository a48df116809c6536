#!/usr/bin/env bash
# fastmcp 4.2.3 (PyPI), `create_proxy` over a stdio server.
# Of what a server sends to its client during a call, the proxy passes progress and roots/list on. Log messages are
# lost without a word, and elicitation/create and sampling/createMessage never reach the client, though it declared
# both: the server gets -32603 "this transport context has no back-channel for server-initiated requests".
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi fastmcp==4.2.3 mcp==2.3.0
cat > server.py <<'END'
import json, sys
def send(**message): print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
asks = {"elicitation/create": {"message": "who?", "requestedSchema": {"type": "object", "properties": {}}},
        "sampling/createMessage": {"messages": [], "maxTokens": 1}, "roots/list": {}}
for line in sys.stdin:
    ask = json.loads(line)
    method, params = ask.get("method"), ask.get("params") or {}
    if method == "initialize":
        send(id=ask["id"], result={"protocolVersion": "2025-11-25", "capabilities": {"tools": {}, "logging": {}},
                                   "serverInfo": {"name": "s", "version": "1"}})
    elif method == "tools/list":
        send(id=ask["id"], result={"tools": [{"name": "t", "inputSchema": {"type": "object"}}]})
    elif method == "tools/call":
        send(method="notifications/progress", params={"progressToken": params["_meta"]["progressToken"], "progress": 1})
        send(method="notifications/message", params={"level": "error", "data": "look"})
        got = []
        for name in asks:
            send(id=name, method=name, params=asks[name])
            answer = json.loads(next(iter(sys.stdin.readline, None)))
            got.append("%s %s" % (name, answer["error"]["code"] if "error" in answer else "answered"))
        send(id=ask["id"], result={"content": [{"type": "text", "text": "\n".join(got)}]})
    elif "id" in ask and method:
        send(id=ask["id"], error={"code": -32601, "message": "no such method"})
END
cat > proxy.py <<END
from fastmcp.client.transports import StdioTransport
from fastmcp.server import create_proxy
create_proxy(StdioTransport("python3", ["$T/server.py"]), name="p").run(show_banner=False)
END
cat > client.py <<'END'
import json, subprocess, sys
proxy = subprocess.Popen([sys.executable, "proxy.py"], stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True)
def send(**message): proxy.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n"); proxy.stdin.flush()
send(id=0, method="initialize", params={"protocolVersion": "2025-11-25", "clientInfo": {"name": "c", "version": "1"},
     "capabilities": {"elicitation": {}, "sampling": {}, "roots": {}}})
json.loads(proxy.stdout.readline())
send(method="notifications/initialized")
send(id=1, method="tools/call", params={"name": "t", "arguments": {}, "_meta": {"progressToken": "p"}})
for line in proxy.stdout:
    message = json.loads(line)
    if "method" in message: print("client sees", message["method"])
    if message.get("method") == "roots/list": send(id=message["id"], result={"roots": []})
    if message.get("id") == 1 and "result" in message:
        print(message["result"]["content"][0]["text"])
        break
proxy.stdin.close(); proxy.wait(20)
END
timeout 60 python client.py > now
same_as_seen now <<'END'
client sees notifications/progress
client sees roots/list
elicitation/create -32603
sampling/createMessage -32603
roots/list answered
END
