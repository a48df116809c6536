#!/usr/bin/env bash
# llama-index-tools-mcp 0.6.0 (PyPI, on mcp 2.3.0), McpToolSpec.
# A call that the server marks as failed gives a ToolOutput with is_error False; only the text has `is_error=True` in
# it, since the text is the whole result as Python prints it (meta, annotations, structured_content and all).
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi llama-index-tools-mcp==0.6.0 llama-index-core==0.14.25 mcp==2.3.0
write_server
echo '[{"name": "t", "inputSchema": {"type": "object"}}]' > tools.json
echo '{"t": {"isError": true, "content": [{"type": "text", "text": "disk full"}]}}' > results.json
cat > ask.py <<'END'
import asyncio
from llama_index.tools.mcp import BasicMCPClient, McpToolSpec
async def main():
    tool, = await McpToolSpec(client=BasicMCPClient("python3", args=["server.py"])).to_tool_list_async()
    said = await tool.acall()
    print("is_error", said.is_error)
    print(said.content.split(" result_type=")[0])
asyncio.run(main())
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
is_error False
meta=None content=[TextContent(type='text', text='disk full', annotations=None, meta=None)] structured_content=None is_error=True
END
