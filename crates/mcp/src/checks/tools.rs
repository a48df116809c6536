//! The list of tools, and what others than this client make of it.

use std::collections::BTreeMap;

use serde_json::Value;
use smoke_core::finding::{Finding, Name};

use crate::excerpt;

/// The most characters of a name that all APIs of models take.
const LONGEST: usize = 64;

/// The server that our own gateway says a tool is from.
pub fn server_of(tool: &Value) -> Option<&str> {
    tool["_meta"]["io.clone-smoke/server"].as_str()
}

/// What some clients, or the models behind them, refuse about `tools`, which `server` lists.
pub fn of_tools(server: &str, tools: &[Value]) -> Vec<Finding> {
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for tool in tools {
        let Some(name) = tool["name"].as_str() else { continue };
        let subject = format!("{}/{}", server_of(tool).unwrap_or(server), excerpt(name));
        let times = listed.entry(name).or_default();
        *times += 1;
        let finding = |(name, summary)| Finding::new(name, subject.clone(), summary);
        let twice = (*times == 2).then(|| (Name::ToolTwice, TWICE.to_owned()));
        let refused = name_refused(name).map(|why| (Name::ToolNameRefused, why));
        let schema = not_an_object(tool).map(|why| (Name::SchemaNotObject, why));
        let cut = description_cut(tool).map(|why| (Name::DescriptionCut, why));
        found.extend([twice, refused, schema, cut].into_iter().flatten().map(finding));
    }
    found
}

/// Why no client takes a list: it has a tool without what every client wants.
pub fn unusable(tools: &[Value]) -> Option<String> {
    let is_usable = |tool: &&Value| tool["name"].is_string() && tool["inputSchema"].is_object();
    let tool = tools.iter().find(|tool| !is_usable(tool))?;
    let name = tool["name"].as_str().map(excerpt);
    Some(match name {
        Some(name) => {
            format!("no client takes the list: tool {name} has no inputSchema that is an object")
        }
        None => "no client takes the list: a tool of it has no name".to_owned(),
    })
}

const TWICE: &str =
    "it is listed more than once: models' APIs refuse such a list, or clients drop one of the two";

/// Who refuses a name that is not to everybody's taste.
fn name_refused(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let count = name.chars().count();
    let fits = "the APIs of OpenAI and Anthropic take letters, digits, `_` and `-`, so that agents \
                rename, cut or drop it";
    if let Some(odd) = name.chars().find(|c| !plain(*c)) {
        return Some(format!("its name has {odd:?}: {fits}"));
    }
    if count == 0 || count > LONGEST {
        return Some(format!(
            "its name has {count} characters: OpenAI's API takes 1 to {LONGEST}, so that agents cut or drop it"
        ));
    }
    let first = name.chars().next().filter(|c| !c.is_ascii_alphabetic() && *c != '_')?;
    Some(format!("its name begins with {first:?}: Gemini's API wants a letter or `_` there"))
}

/// Who shows only a part of a tool's description.
fn description_cut(tool: &Value) -> Option<String> {
    const LONGEST: usize = 4096;
    let count = tool["description"].as_str()?.chars().count();
    let shown = format!("Claude Code shows its model the first {LONGEST}");
    (count > LONGEST).then(|| format!("its description has {count} characters: {shown}"))
}

/// What in the schemas of a tool is no object.
fn not_an_object(tool: &Value) -> Option<String> {
    let schemas = ["inputSchema", "outputSchema"].map(|key| (key, &tool[key]));
    let (what, found) = schemas.into_iter().filter(|(_, schema)| schema.is_object()).find_map(
        |(key, schema)| {
            if schema["type"] != "object" {
                return Some((format!("the top of its {key}"), format!("type {}", schema["type"])));
            }
            let mut properties = schema["properties"].as_object()?.iter();
            let (name, schema) = properties.find(|(_, schema)| !schema.is_object())?;
            Some((format!("property {} of its {key}", excerpt(name)), schema.to_string()))
        },
    )?;
    Some(format!(
        "{what} is no object, but {}: clients on the official SDK for TypeScript lose all tools of the list",
        excerpt(&found)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(tools: &[Value]) -> Vec<(Name, String)> {
        of_tools("s", tools).into_iter().map(|finding| (finding.name, finding.subject)).collect()
    }

    fn tool(name: &str) -> Value {
        json!({"name": name, "inputSchema": {"type": "object"}})
    }

    #[test]
    fn a_name_that_is_listed_thrice_is_found_once() {
        let tools = [tool("a"), tool("b"), tool("a"), tool("a")];
        assert_eq!(found(&tools), [(Name::ToolTwice, "s/a".to_owned())]);
    }

    #[test]
    fn names_are_held_to_what_models_take() {
        let long = "a".repeat(LONGEST);
        assert!(["a", "_a", "a-B_9", &long].iter().all(|name| name_refused(name).is_none()));
        let refused =
            ["", "my tool!", "x.y/z", "1a", "-a", "é", &format!("{long}a")].map(name_refused);
        assert!(refused.iter().all(Option::is_some), "{refused:?}");
        assert_eq!(found(&[tool("x y")]), [(Name::ToolNameRefused, "s/x y".to_owned())]);
    }

    #[test]
    fn a_description_that_is_cut_is_found() {
        let of = |length: usize| json!({"name": "t", "inputSchema": {"type": "object"}, "description": "d".repeat(length)});
        assert!(found(&[of(4096)]).is_empty());
        assert_eq!(found(&[of(4097)]), [(Name::DescriptionCut, "s/t".to_owned())]);
    }

    #[test]
    fn a_schema_that_is_no_object_is_found_with_its_server() {
        let odd = |schema: Value| {
            json!({"name": "t", "inputSchema": {"type": "object"}, "outputSchema": schema,
                "_meta": {"io.clone-smoke/server": "b"}})
        };
        for schema in [
            json!({"type": "array"}),
            json!({"anyOf": []}),
            json!({"type": "object", "properties": {"v": true}}),
        ] {
            assert_eq!(found(&[odd(schema)]), [(Name::SchemaNotObject, "b/t".to_owned())]);
        }
        assert!(found(&[odd(json!({"type": "object", "properties": {"v": {}}}))]).is_empty());
        assert!(found(&[odd(Value::Null)]).is_empty());
    }

    #[test]
    fn without_a_name_or_an_input_schema_no_client_takes_it() {
        assert_eq!(unusable(&[tool("a")]), None);
        assert!(unusable(&[tool("a"), json!({"name": "b"})]).unwrap().contains("tool b has no"));
        assert!(unusable(&[json!({"inputSchema": {}})]).unwrap().contains("has no name"));
        assert!(unusable(&[json!({"name": "b", "inputSchema": true})]).is_some());
    }
}
