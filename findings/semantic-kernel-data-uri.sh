#!/usr/bin/env bash
# semantic-kernel 1.45.0 (PyPI, on mcp 1.30.0), MCPStdioPlugin, with a tool that returns audio, one that returns a
# link to a resource, and one that returns bytes.
# Audio becomes a data URI without ";base64", so its text is the letters of the encoding; bytes become one of type
# text/plain whatever the server said; a link is an exception after the call was made, so an agent that tries again
# makes it twice.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi semantic-kernel==1.45.0 mcp==1.30.0
write_server
cat > tools.json <<'END_JSON'
[{"name": "audio", "inputSchema": {"type": "object"}}, {"name": "bytes", "inputSchema": {"type": "object"}},
 {"name": "link", "inputSchema": {"type": "object"}}]
END_JSON
cat > results.json <<'END_JSON'
{"audio": {"content": [{"type": "audio", "mimeType": "audio/wav", "data": "UklGRg=="}]},
 "bytes": {"content": [{"type": "resource", "resource":
            {"uri": "file:///a.bin", "mimeType": "application/octet-stream", "blob": "AAEC"}}]},
 "link": {"content": [{"type": "resource_link", "uri": "file:///a.txt", "name": "a"}]}}
END_JSON
cat > ask.py <<'END_PY'
import asyncio
from semantic_kernel import Kernel
from semantic_kernel.connectors.mcp import MCPStdioPlugin
async def main():
    async with MCPStdioPlugin(name="s", command="python3", args=["server.py"]) as plugin:
        kernel = Kernel()
        functions = kernel.add_plugin(plugin)
        for name in ("audio", "bytes", "link"):
            try: print(name, (await kernel.invoke(functions[name])).value[0].data_uri)
            except Exception as error: print(name, type(error).__name__)
asyncio.run(main())
END_PY
timeout 60 python ask.py > now 2>/dev/null
same_as_seen now <<'END_SEEN'
audio data:audio/wav;,UklGRg==
bytes data:text/plain;,AAEC
link KernelInvokeException
END_SEEN
