from mcp.server import FastMCP

app = FastMCP("integrator")


@app.tool()
def manage_stelae(operation: str, params: dict | None = None) -> str:
    if operation == "list_discovered_servers":
        return "qdrant"
    if operation in ("install_server", "remove_server") and (params or {}).get("dry_run"):
        return f"{operation}: nothing was changed"
    raise ValueError(f"unknown operation {operation}")


app.run("stdio")
