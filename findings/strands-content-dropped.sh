#!/usr/bin/env bash
# strands-agents 1.62.0 (PyPI, on mcp 2.1.1), MCPClient.
# Of a result it keeps text, images and embedded text. A resource link, audio and an embedded file are left out
# without a placeholder: a tool that answers with links only is a success that says nothing to the model.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi strands-agents==1.62.0 mcp==2.1.1
write_server
cat > results.json <<'END'
{"text": {"content": [{"type": "text", "text": "T"}]},
 "image": {"content": [{"type": "image", "data": "aGk=", "mimeType": "image/png"}]},
 "audio": {"content": [{"type": "audio", "data": "aGk=", "mimeType": "audio/wav"}]},
 "link": {"content": [{"type": "resource_link", "uri": "file:///a.txt", "name": "a"}]},
 "embedded text": {"content": [{"type": "resource", "resource": {"uri": "file:///b.txt", "text": "B"}}]},
 "embedded file": {"content": [{"type": "resource", "resource": {"uri": "file:///c.bin", "blob": "aGk="}}]}}
END
python3 -c 'import json
json.dump([{"name": name, "inputSchema": {"type": "object"}} for name in json.load(open("results.json"))], open("tools.json", "w"))'
cat > ask.py <<'END'
import json
from mcp import StdioServerParameters
from mcp.client.stdio import stdio_client
from strands.tools.mcp import MCPClient
with MCPClient(lambda: stdio_client(StdioServerParameters(command="python3", args=["server.py"]))) as server:
    for name in json.load(open("results.json")):
        result = server.call_tool_sync("1", name, {})
        print(name, result["status"], result["content"])
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
text success [{'text': 'T'}]
image success [{'image': {'format': 'png', 'source': {'bytes': b'hi'}}}]
audio success []
link success []
embedded text success [{'text': 'B'}]
embedded file success []
END
