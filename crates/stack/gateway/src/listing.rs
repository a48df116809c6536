//! The one list of tools that clients see.
//!
//! Two tools cannot have one name: the server that comes first in the config keeps it, and a
//! later one's tool is listed as `SERVER_TOOL`, or, if that is taken too, `SERVER_TOOL_2` and so
//! on. An override can give it a better name.

use std::collections::HashSet;
use std::sync::Arc;

use rmcp::model::{JsonObject, Tool};

use super::overrides::Overrides;

/// The key in a tool's `_meta` that names its server.
pub const SERVER_KEY: &str = "io.clone-smoke/server";

/// One listed tool and where it comes from.
#[derive(Debug)]
pub struct Listed {
    /// As clients see it.
    pub tool: Tool,
    /// The server's name.
    pub server: String,
    /// The name by which its server knows it.
    pub original: String,
    /// An output schema that the server itself does not promise.
    pub declared_output: Option<JsonObject>,
}

/// Lists the tools of all servers, which are given in the config's order.
pub fn list(servers: &[(String, Arc<[Tool]>)], overrides: &Overrides) -> Vec<Listed> {
    let mut taken = HashSet::new();
    let mut listed = Vec::new();
    for (server, tools) in servers {
        for tool in tools.iter() {
            let Some(mut overridden) = overrides.apply(server, tool) else { continue };
            let name = free_name(&overridden.tool.name, server, &taken);
            taken.insert(name.clone());
            overridden.tool.name = name.into();
            overridden
                .tool
                .meta
                .get_or_insert_default()
                .insert(SERVER_KEY.into(), server.as_str().into());
            listed.push(Listed {
                tool: overridden.tool,
                server: server.clone(),
                original: tool.name.to_string(),
                declared_output: overridden.declared_output,
            });
        }
    }
    listed
}

fn free_name(wanted: &str, server: &str, taken: &HashSet<String>) -> String {
    if !taken.contains(wanted) {
        return wanted.to_owned();
    }
    let long = format!("{}_{wanted}", identifier(server));
    let numbered = (2..).map(|n| format!("{long}_{n}"));
    std::iter::once(long.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(long)
}

/// A server's name with only what a tool's name may hold.
fn identifier(server: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    server.chars().map(|c| if allowed(c) { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::overrides;
    use super::*;

    fn server(name: &str, tools: &[&str]) -> (String, Arc<[Tool]>) {
        let tool = |name: &&str| Tool::new(name.to_string(), "", JsonObject::new());
        (name.to_owned(), tools.iter().map(tool).collect())
    }

    fn names(listed: &[Listed]) -> Vec<&str> {
        listed.iter().map(|listed| listed.tool.name.as_ref()).collect()
    }

    #[test]
    fn the_first_server_keeps_a_name_that_two_want() {
        let servers = [server("a", &["x"]), server("b.c", &["x", "y"]), server("b c", &["x"])];
        let listed = list(&servers, &Overrides::default());
        assert_eq!(names(&listed), ["x", "b_c_x", "y", "b_c_x_2"]);
        assert_eq!(listed[1].original, "x");
        assert_eq!(listed[1].tool.meta.as_ref().unwrap()[SERVER_KEY], "b.c");
    }

    #[test]
    fn an_override_settles_a_clash() {
        let text = r#"{"servers":{"b":{"tools":{"x":{"name":"z"}}}}}"#;
        let servers = [server("a", &["x"]), server("b", &["x"])];
        let listed = list(&servers, &overrides::parse(text).unwrap());
        assert_eq!(names(&listed), ["x", "z"]);
    }

    #[test]
    fn what_a_tool_carries_in_meta_is_kept() {
        let mut carrying = Tool::new("x", "", JsonObject::new());
        carrying.meta.get_or_insert_default().insert("own".into(), 1.into());
        let listed = list(&[("a".into(), Arc::new([carrying]))], &Overrides::default());
        let meta = listed[0].tool.meta.as_ref().unwrap();
        assert_eq!((&meta["own"], &meta[SERVER_KEY]), (&1.into(), &"a".into()));
    }
}
