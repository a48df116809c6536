import json
import os
import urllib.request
from pathlib import Path

from mcp.server import FastMCP

app = FastMCP("tool_aggregator")


def gateway() -> str:
    path = Path(os.environ["STELAE_STATE_HOME"]) / "intended_catalog.json"
    said = json.loads(path.read_text()) if path.exists() else {}
    named = json.dumps(said).partition('"proxyURL": "')[2].partition('"')[0]
    return named or os.environ["STELAE_PROXY_BASE"]


@app.tool()
def workspace_fs_read(operation: str, path: str) -> str:
    # It goes through the gateway, as the real one does.
    urllib.request.urlopen(urllib.request.Request(gateway() + "/mcp", data=b"{}"), timeout=5)
    return (Path(os.environ["STELAE_DIR"]) / path).read_text()


app.run("stdio")
