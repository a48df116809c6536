//! The transport of a package's server, by the words of its sources.

use camino::Utf8Path;
use serde_json::json;

use super::repository::Repository;

/// What a server has that listens.
const LISTENS: [&str; 6] = [
    "StreamableHTTPServerTransport",
    "StreamableHttp",
    "streamable-http",
    "streamable_http",
    "SSEServerTransport",
    "http_app(",
];
/// What one has that is spoken to over its input and output, or can be.
const SPEAKS: [&str; 3] = ["StdioServerTransport", "stdio", ".run()"];

/// The tables of TOML for the server in `folder` that `command` starts.
pub fn tables(repository: &Repository, folder: &Utf8Path, command: &[String]) -> String {
    let command = json!(command);
    if listens(repository, folder) {
        return format!(
            "[gateway]\ncommand = {command}\n\n\
             # It seems to listen: see that it takes its port from here, or from an argument.\n\
             [env]\nPORT = \"{{{{PROXY_PORT}}}}\"\n"
        );
    }
    format!("[gateway]\ntransport = \"stdio\"\ncommand = {command}\n")
}

/// Whether the sources of a package know only how to listen.
fn listens(repository: &Repository, folder: &Utf8Path) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let sources = repository.sources(folder);
    sources.iter().any(|text| has(text, &LISTENS)) && !sources.iter().any(|text| has(text, &SPEAKS))
}
