from mcp.server.mcpserver import MCPServer

server = MCPServer("hello")


@server.tool()
def hello() -> str:
    """Say hello."""
    return "hello"


def main() -> None:
    server.run("stdio")
