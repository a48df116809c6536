#!/usr/bin/env bash
# langchain-mcp-adapters 0.3.2 (PyPI, on langchain-core 1.8.3 and mcp 1.30.0).
# A result with text and audio is an exception out of the tool, NotImplementedError: the text is lost too, although
# the server has done the work. It is not turned into a failed call, as the server's own errors are: those come back
# as a message with status `error`.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi langchain-mcp-adapters==0.3.2 langchain-core==1.8.3 mcp==1.30.0
write_server
echo '[{"name": "failed", "inputSchema": {"type": "object"}}, {"name": "spoken", "inputSchema": {"type": "object"}}]' > tools.json
cat > results.json <<'END'
{"failed": {"isError": true, "content": [{"type": "text", "text": "disk full"}]},
 "spoken": {"content": [{"type": "text", "text": "saved"}, {"type": "audio", "data": "aGk=", "mimeType": "audio/wav"}]}}
END
cat > ask.py <<'END'
import asyncio
from langchain_mcp_adapters.client import MultiServerMCPClient
async def main():
    server = {"command": "python3", "args": ["server.py"], "transport": "stdio"}
    for tool in await MultiServerMCPClient({"s": server}).get_tools():
        try:
            said = await tool.ainvoke({"type": "tool_call", "id": "1", "name": tool.name, "args": {}})
            print(tool.name, said.status, said.content[0]["text"])
        except Exception as error: print(tool.name, "raises", type(error).__name__)
asyncio.run(main())
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
failed error disk full
spoken raises NotImplementedError
END
