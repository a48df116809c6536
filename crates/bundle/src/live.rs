//! Tools as a running gateway lists them.

use serde_json::Value;

/// One tool of the gateway's live list.
#[derive(Clone, Debug)]
pub struct LiveTool {
    /// The server that offers it, where that is known otherwise than from the tool itself.
    pub server: Option<String>,
    /// The tool as listed.
    pub tool: Value,
}

impl LiveTool {
    /// The servers that offer the tool: as told, or as the gateway notes on the tool.
    pub(crate) fn servers(&self) -> Vec<&str> {
        if let Some(server) = &self.server {
            return vec![server];
        }
        let noted = self.tool.get("x-stelae").and_then(|note| note.get("servers"));
        let mut servers: Vec<&str> = noted
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let single = self.tool.get("server").or_else(|| self.tool.get("serverName"));
        servers.extend(single.and_then(Value::as_str));
        servers.retain(|server| !server.is_empty());
        servers.dedup();
        servers
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_the_servers_of_a_tool() {
        let noted = json!({"name": "t", "x-stelae": {"servers": ["a", "b"]}});
        let told = LiveTool { server: Some("c".into()), tool: noted.clone() };
        assert_eq!(told.servers(), ["c"]);
        assert_eq!(LiveTool { server: None, tool: noted }.servers(), ["a", "b"]);
        assert!(LiveTool { server: None, tool: json!({"name": "t"}) }.servers().is_empty());
    }
}
