import json

from mcp.server import FastMCP

app = FastMCP("integrator")


# It says in its answer whether something failed, and not by how the call ends.
@app.tool()
def manage_stelae(operation: str, params: dict | None = None) -> str:
    params = params or {}
    if operation == "list_discovered_servers":
        return answer("ok", details={"servers": [{"name": "qdrant"}]})
    if operation == "install_server" and params.get("dry_run"):
        return answer("ok", details={"server": params["target_name"], "dryRun": True})
    if operation == "remove_server":
        return answer("error", errors=[f"Server '{params['name']}' not found"])
    return answer("error", errors=[f"Unsupported operation: {operation}"])


def answer(status: str, **rest) -> str:
    return json.dumps({"status": status, **rest})


app.run("stdio")
