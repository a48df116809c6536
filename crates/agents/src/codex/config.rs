//! The config of a Codex session: the stack as its MCP server, and its model.

use smoke_core::environment::{Environment, Origin};
use smoke_mcp::endpoint::Endpoint;
use toml_edit::{Array, InlineTable, Value};

/// How long a call of a tool may take, in seconds.
pub const TOOL_TIMEOUT_S: u64 = 60;

/// The variable that the key of the scripted model is in.
pub const KEY: &str = "SMOKE_MODEL_KEY";

/// Where codex takes values from that may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Values {
    /// They are written where they are needed, which only a file of the owner may hold.
    Written,
    /// They are in the environment, since everybody can read a command line.
    InEnvironment,
}

/// The stack as an MCP server: it must be there, its tools need no approval, and it answers in time.
///
/// Versions that do not know a key pass it over.
pub fn server(endpoint: &Endpoint, tool_timeout_s: u64, values: Values) -> InlineTable {
    let mut server = InlineTable::new();
    match endpoint {
        Endpoint::Http { url, headers } => {
            server.insert("url", url.into());
            if !headers.is_empty() {
                let (key, headers) = self::headers(headers, values);
                server.insert(key, headers.into());
            }
        }
        Endpoint::Stdio(program) => {
            let (first, rest) = program.argv.split_first().unzip();
            server.insert("command", first.map(String::as_str).unwrap_or_default().into());
            let rest: Array = rest.unwrap_or_default().iter().map(String::as_str).collect();
            server.insert("args", rest.into());
            server.insert("cwd", program.cwd.as_str().into());
            let (key, environment) = environment(&program.environment, values);
            server.insert(key, environment);
        }
    }
    server.insert("required", true.into());
    server.insert("default_tools_approval_mode", "approve".into());
    server.insert("startup_timeout_sec", 20.into());
    server.insert("tool_timeout_sec", Value::from(tool_timeout_s.min(3600) as i64));
    server
}

/// The variables that [`Values::InEnvironment`] needs, for the environment of codex.
pub fn variables(endpoint: &Endpoint) -> Vec<(String, String)> {
    let Endpoint::Http { headers, .. } = endpoint else { return Vec::new() };
    let numbered = headers.iter().enumerate();
    numbered.map(|(at, (_, value))| (variable(at), value.clone())).collect()
}

/// A model at `base_url` that needs no login but its key, and that is not asked again when it fails: it is on
/// this machine.
pub fn provider(base_url: &str) -> InlineTable {
    let mut provider = InlineTable::new();
    provider.insert("name", "clone-smoke".into());
    provider.insert("base_url", base_url.into());
    provider.insert("wire_api", "responses".into());
    provider.insert("env_key", KEY.into());
    provider.insert("request_max_retries", 0.into());
    provider.insert("stream_max_retries", 0.into());
    provider
}

fn variable(at: usize) -> String {
    format!("SMOKE_HEADER_{at}")
}

fn headers(headers: &[(String, String)], values: Values) -> (&'static str, InlineTable) {
    let mut table = InlineTable::new();
    for (at, (name, value)) in headers.iter().enumerate() {
        let value = if values == Values::Written { value.clone() } else { variable(at) };
        table.insert(name, value.into());
    }
    (if values == Values::Written { "http_headers" } else { "env_http_headers" }, table)
}

/// What a server is told in its environment goes along, because codex passes on very little of its
/// own.
fn environment(environment: &Environment, values: Values) -> (&'static str, Value) {
    let set = environment.iter().filter(|(_, variable)| variable.origin != Origin::Inherited);
    if values == Values::InEnvironment {
        return ("env_vars", set.map(|(key, _)| key).collect::<Array>().into());
    }
    let mut table = InlineTable::new();
    set.for_each(|(key, variable)| drop(table.insert(key, variable.value.as_str().into())));
    ("env", table.into())
}

#[cfg(test)]
mod tests {
    use smoke_mcp::Program;

    use super::*;

    #[test]
    fn no_secret_is_on_the_command_line() {
        let headers = vec![("Authorization".to_owned(), "Bearer secret".to_owned())];
        let http = Endpoint::Http { url: "http://h/mcp".into(), headers };
        let written = server(&http, 60, Values::Written).to_string();
        assert!(
            written.contains("http_headers = { Authorization = \"Bearer secret\" }"),
            "{written}"
        );
        let named = server(&http, 60, Values::InEnvironment).to_string();
        assert!(named.contains("env_http_headers = { Authorization = \"SMOKE_HEADER_0\" }"));
        assert!(!named.contains("secret"), "{named}");
        assert_eq!(variables(&http), [("SMOKE_HEADER_0".to_owned(), "Bearer secret".to_owned())]);
    }

    #[test]
    fn a_server_without_a_gateway_is_started_by_codex() {
        let mut environment = Environment::default();
        environment.set("HOME", "/h", Origin::Inherited);
        environment.set("DATA", "a\"b", Origin::Profile);
        let argv = ["serve", "--now"].map(str::to_owned).to_vec();
        let (cwd, log) = ("/w".into(), "/l".into());
        let stdio = Endpoint::Stdio(Program {
            argv,
            cwd,
            environment,
            log,
            stop: smoke_core::stop::Stop::default(),
        });
        let written = server(&stdio, 60, Values::Written).to_string();
        assert!(
            written.contains("command = \"serve\", args = [\"--now\"], cwd = \"/w\""),
            "{written}"
        );
        assert!(written.contains("env = { DATA = 'a\"b' }"), "{written}");
        let named = server(&stdio, 60, Values::InEnvironment).to_string();
        assert!(named.contains("env_vars = [\"DATA\"]"), "{named}");
    }
}
