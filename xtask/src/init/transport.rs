//! How a server is spoken to: over its input and output, or at a port and a path.

use camino::Utf8Path;

use super::hint::Hint;
use super::repository::Repository;

/// How a server is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Over its input and output.
    Stdio,
    /// At an address.
    Http {
        /// What tells it the port.
        port: Port,
        /// The path of the address.
        path: String,
    },
}

/// What tells a server its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// An argument that is there already.
    Argument,
    /// A variable.
    Variable(String),
    /// Nothing does: it always takes this one.
    Fixed(u16),
    /// Nobody knows.
    Unknown,
}

/// What a server has that listens.
const LISTENS: [&str; 11] = [
    "StreamableHTTPServerTransport",
    "StreamableHttp",
    "streamable-http",
    "streamable_http",
    "SSEServerTransport",
    "SseServerTransport",
    "http_app(",
    "transport=\"http\"",
    "transport=\"sse\"",
    "WithHttpTransport",
    "createMcpHandler",
];
/// What one has that is spoken to over its input and output, or can be.
const SPEAKS: [&str; 10] = [
    "StdioServerTransport",
    "stdio",
    ".run()",
    ".run_async()",
    "ServeStdio",
    "StdioTransport",
    "Stdio",
    "process.stdin",
    "sys.stdin",
    "mcp.run(mcp)",
];

/// What arguments say of it; the first word of a transport decides.
pub fn told(command: &[String]) -> Option<bool> {
    // A worker of Cloudflare has no input to be spoken to over.
    if command.first().is_some_and(|program| program.ends_with("/wrangler")) {
        return Some(true);
    }
    command.iter().find_map(|word| {
        let word =
            word.rsplit('=').next().unwrap_or(word).trim_start_matches('-').to_ascii_lowercase();
        match word.as_str() {
            "stdio" => Some(false),
            "http" | "sse" | "streamable-http" | "streamable_http" | "streamablehttp"
            | "http-stream" => Some(true),
            _ => None,
        }
    })
}

/// How the server in `folder` that `command` starts is spoken to, by its arguments, by what a document
/// says, and by the words of its sources.
pub fn spoken(
    repository: &Repository,
    folder: &Utf8Path,
    command: &[String],
    hint: Option<&Hint>,
) -> Spoken {
    let sources: Vec<String> =
        repository.sources(folder).into_iter().map(|(_, text)| without_comments(&text)).collect();
    let has =
        |words: &[&str]| sources.iter().any(|text| words.iter().any(|word| text.contains(word)));
    let address = hint.and_then(|hint| hint.address.as_deref());
    let listens =
        told(command).unwrap_or_else(|| (address.is_some() || has(&LISTENS)) && !has(&SPEAKS));
    if !listens {
        return Spoken::Stdio;
    }
    let (fixed, path) = address.map(port_and_path).unwrap_or_default();
    let sse = command.iter().any(|word| word == "sse")
        || !has(&["treamable", "transport=\"http\"", "createMcpHandler", "http_app("])
            && has(&["/sse", "\"sse\""]);
    let path = path.unwrap_or_else(|| if sse { "/sse".to_owned() } else { "/mcp".to_owned() });
    let port = if gives_port(command) {
        Port::Argument
    } else if let Some(variable) = sources.iter().find_map(|text| variable(text)) {
        Port::Variable(variable)
    } else if let Some(fixed) = fixed.or_else(|| sources.iter().find_map(|text| literal(text))) {
        Port::Fixed(fixed)
    } else if has(&["mcp.server.fastmcp"]) {
        // What its constructor has by itself counts before any variable.
        Port::Fixed(8000)
    } else if has(&["FastMCP("]) {
        Port::Variable("FASTMCP_PORT".to_owned())
    } else {
        Port::Unknown
    };
    Spoken::Http { port, path }
}

/// Puts the run's port and the loopback address into the arguments that say them.
pub fn at_port(command: &[String]) -> Vec<String> {
    let mut flag = "";
    let mut made = Vec::new();
    for word in command {
        let (key, value) = word.split_once('=').unwrap_or((flag, word));
        let number = value.parse::<u16>().is_ok();
        let changed = match key {
            "--port" | "-p" if number => Some("{{PROXY_PORT}}"),
            "--host" if value == "0.0.0.0" => Some("127.0.0.1"),
            _ => None,
        };
        made.push(match changed {
            Some(changed) if word.contains('=') => format!("{key}={changed}"),
            Some(changed) => changed.to_owned(),
            None => word.clone(),
        });
        flag = word;
    }
    made
}

fn gives_port(command: &[String]) -> bool {
    at_port(command).iter().any(|word| word.contains("{{PROXY_PORT}}"))
}

/// The port and the path of an address, where they are said.
fn port_and_path(address: &str) -> (Option<u16>, Option<String>) {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let port = authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    (port, (!path.is_empty()).then(|| format!("/{path}")))
}

/// The variable that a source reads its port from.
fn variable(text: &str) -> Option<String> {
    let reads = [
        "process.env.",
        "getenv(",
        "environ.get(",
        "environ[",
        "process.env[",
        "env::var(",
        "Getenv(",
    ];
    let names = reads.iter().flat_map(|read| text.split(read).skip(1));
    let name = |rest: &str| -> String {
        let rest = rest.trim_start_matches(['"', '\'']);
        rest.chars()
            .take_while(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || *c == '_')
            .collect()
    };
    let all: Vec<String> = names.map(name).filter(|name| name.ends_with("PORT")).collect();
    let own = |name: &&String| {
        *name == "PORT" || ["MCP", "HTTP", "SERVER"].iter().any(|word| name.contains(word))
    };
    all.iter().find(own).cloned()
}

/// The port that a source names itself.
fn literal(text: &str) -> Option<u16> {
    let places = ["listen(", "port=", "port = ", "PORT = ", "port: ", "Port(", "\":"];
    places.iter().flat_map(|place| text.split(place).skip(1)).find_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|port| *port >= 1000)
    })
}

/// What of a source is no comment, as far as lines tell.
fn without_comments(text: &str) -> String {
    let is_code = |line: &&str| {
        !["#", "//", "*", "/*"].iter().any(|start| line.trim_start().starts_with(start))
    };
    text.lines().filter(is_code).flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_says_its_port() {
        assert_eq!(variable("const p = process.env.MCP_PORT || 1;").as_deref(), Some("MCP_PORT"));
        assert_eq!(variable("os.environ.get('PORT', 8)").as_deref(), Some("PORT"));
        assert_eq!(variable("os.getenv(\"DB_PORT\")"), None);
        assert_eq!(literal("app.listen(3000)"), Some(3000));
        assert_eq!(literal("run(port=80)"), None);
    }

    #[test]
    fn arguments_get_the_port_of_the_run() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let made = at_port(&words("x --host 0.0.0.0 --port 80 -p=81 --level 3"));
        assert_eq!(
            made,
            words("x --host 127.0.0.1 --port {{PROXY_PORT}} -p={{PROXY_PORT}} --level 3")
        );
        assert_eq!(told(&words("x --transport stdio")), Some(false));
        assert_eq!(told(&words("x --transport=sse")), Some(true));
        assert_eq!(told(&words("x --http-timeout 3")), None);
    }

    #[test]
    fn words_in_comments_do_not_count() {
        assert_eq!(without_comments("# stdio\n  // sse\nrun() # kept\n"), "run() # kept\n");
    }
}
