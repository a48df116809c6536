//! The stack as a server in an agent's config: what all of them need of it, in JSON.

use serde_json::{Map, Value};
use smoke_core::environment::Origin;
use smoke_mcp::Program;
use smoke_mcp::endpoint::Endpoint;

/// How a server is reached.
pub enum Reached<'a> {
    /// It listens.
    Http {
        /// Where.
        url: &'a str,
        /// What each request carries, by name.
        headers: Value,
    },
    /// The agent starts it.
    Started {
        /// The program.
        command: String,
        /// Its arguments.
        arguments: Vec<String>,
        /// Its variables, by name.
        environment: Value,
    },
}

/// How `endpoint` is reached.
pub fn reached(endpoint: &Endpoint) -> Reached<'_> {
    match endpoint {
        Endpoint::Http { url, headers } => {
            let headers = headers.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
            Reached::Http { url, headers: Value::Object(headers.collect()) }
        }
        Endpoint::Stdio(program) => started(program),
    }
}

/// Few agents can say in which folder a server is started: a shell goes there first. What the run has set
/// goes along, and the developer's own home, in place of the agent's.
fn started(program: &Program) -> Reached<'static> {
    let folder = program.cwd.to_string();
    let words = ["-c".to_owned(), "cd \"$0\" && exec \"$@\"".to_owned(), folder];
    let arguments = words.into_iter().chain(program.argv.iter().cloned()).collect();
    let goes_along =
        |key: &str, origin: &Origin| *origin != Origin::Inherited || key == "HOME" || key == "PATH";
    let set =
        program.environment.iter().filter(|(key, variable)| goes_along(key, &variable.origin));
    let set: Map<String, Value> =
        set.map(|(key, variable)| (key.to_owned(), variable.value.as_str().into())).collect();
    Reached::Started { command: "/bin/sh".into(), arguments, environment: Value::Object(set) }
}
