#!/usr/bin/env bash
# agno 3.1.10 (PyPI, on fastmcp 4.2.3 and mcp 2.3.0), MCPTools.
# A call that the server marks as failed is a success for agno, with no error, and the model reads how Python prints
# the list of content objects (`[TextContent(type='text', text='disk full', annotations=None, meta=None)]`), not the
# server's sentence. What counts failed calls or acts on them by the status never sees one.
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
from_pypi agno==3.1.10 fastmcp==4.2.3 mcp==2.3.0
write_server
echo '[{"name": "t", "inputSchema": {"type": "object"}}]' > tools.json
echo '{"t": {"isError": true, "content": [{"type": "text", "text": "disk full"}]}}' > results.json
cat > ask.py <<'END'
import asyncio, logging
logging.disable()
from agno.tools.function import FunctionCall
from agno.tools.mcp import MCPTools
async def main():
    async with MCPTools(command="python3 server.py") as server:
        call = FunctionCall(function=server.functions["t"], arguments={}, call_id="1")
        print((await call.aexecute()).status, call.error)
        print(call.result.content)
asyncio.run(main())
END
timeout 90 python ask.py > now 2>err || { tail -5 err; exit 1; }
same_as_seen now <<'END'
success None
Error from MCP tool 't': [TextContent(type='text', text='disk full', annotations=None, meta=None)]
END
