from mcp.server import FastMCP

app = FastMCP("custom")


@app.tool()
def custom_hello() -> str:
    return "hello"


app.run("stdio")
