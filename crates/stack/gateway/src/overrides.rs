//! Tool overrides: what a file says about tools, over what their servers say.
//!
//! The form is Stelae's, schema version 2. The most particular word wins: a tool's own entry, its
//! server's `*`, the server, `master`'s `*`, `master`. Only a tool's own entry renames it.

use std::collections::HashMap;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde::Deserialize;

/// The whole file. Without one nothing is overridden.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Overrides {
    master: Fragment,
    servers: HashMap<String, Fragment>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Fragment {
    enabled: Option<bool>,
    tools: HashMap<String, ToolOverride>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ToolOverride {
    enabled: Option<bool>,
    name: Option<String>,
    description: Option<String>,
    annotations: Option<ToolAnnotations>,
    input_schema: Option<JsonObject>,
    output_schema: Option<JsonObject>,
}

/// A tool as it is listed.
#[derive(Debug)]
pub struct Overridden {
    /// The tool, renamed and described as the overrides say.
    pub tool: Tool,
    /// The output schema, when it is the overrides' and not the server's.
    pub declared_output: Option<JsonObject>,
}

/// Reads overrides from a file's text.
///
/// # Errors
/// Text that is no JSON or holds a wrong type, with line and column.
pub fn parse(text: &str) -> Result<Overrides, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

impl Overrides {
    /// The tool as it is to be listed, or `None` when it is hidden.
    pub fn apply(&self, server: &str, tool: &Tool) -> Option<Overridden> {
        let fragment = self.servers.get(server);
        if fragment.is_some_and(|fragment| fragment.enabled == Some(false)) {
            return None;
        }
        let own = fragment.and_then(|fragment| fragment.tools.get(tool.name.as_ref()));
        let wild = fragment.and_then(|fragment| fragment.tools.get("*"));
        let master = self.master.tools.get("*");
        let layers = [master, wild, own];
        let enabled = [self.master.enabled, flag(master), fragment.and_then(|f| f.enabled)]
            .into_iter()
            .chain([flag(wild), flag(own)]);
        if enabled.flatten().last() == Some(false) {
            return None;
        }
        let mut overridden = Overridden { tool: tool.clone(), declared_output: None };
        layers.into_iter().flatten().for_each(|layer| layer.describe(&mut overridden));
        if let Some(name) = own.and_then(|own| own.name.as_deref()).map(str::trim)
            && !name.is_empty()
        {
            overridden.tool.name = name.to_owned().into();
        }
        Some(overridden)
    }
}

fn flag(layer: Option<&ToolOverride>) -> Option<bool> {
    layer.and_then(|layer| layer.enabled)
}

impl ToolOverride {
    fn describe(&self, target: &mut Overridden) {
        let tool = &mut target.tool;
        if let Some(text) = self.description.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
            tool.description = Some(text.to_owned().into());
        }
        if let Some(annotations) = &self.annotations {
            merge(tool.annotations.get_or_insert_default(), annotations);
        }
        if let Some(schema) = &self.input_schema {
            tool.input_schema = schema.clone().into();
        }
        if let Some(schema) = &self.output_schema {
            let is_servers = tool.output_schema.as_deref() == Some(schema);
            target.declared_output = (!is_servers).then(|| schema.clone());
            tool.output_schema = Some(schema.clone().into());
        }
    }
}

fn merge(into: &mut ToolAnnotations, from: &ToolAnnotations) {
    if from.title.is_some() {
        into.title.clone_from(&from.title);
    }
    into.read_only_hint = from.read_only_hint.or(into.read_only_hint);
    into.destructive_hint = from.destructive_hint.or(into.destructive_hint);
    into.idempotent_hint = from.idempotent_hint.or(into.idempotent_hint);
    into.open_world_hint = from.open_world_hint.or(into.open_world_hint);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool() -> Tool {
        let annotations = ToolAnnotations::new().read_only(true);
        Tool::new("t", "as the server says", JsonObject::new()).with_annotations(annotations)
    }

    fn apply(text: &str) -> Option<Overridden> {
        parse(text).unwrap().apply("s", &tool())
    }

    #[test]
    fn the_most_particular_word_about_hiding_wins() {
        for (text, listed) in [
            ("{}", true),
            (r#"{"master":{"enabled":false}}"#, false),
            (r#"{"master":{"tools":{"*":{"enabled":false}}}}"#, false),
            (r#"{"master":{"enabled":false},"servers":{"s":{"enabled":true}}}"#, true),
            (r#"{"servers":{"s":{"enabled":false,"tools":{"t":{"enabled":true}}}}}"#, false),
            (r#"{"servers":{"s":{"tools":{"*":{"enabled":false}}}}}"#, false),
            (r#"{"servers":{"s":{"tools":{"*":{"enabled":false},"t":{"enabled":true}}}}}"#, true),
            (r#"{"servers":{"other":{"enabled":false}}}"#, true),
        ] {
            assert_eq!(apply(text).is_some(), listed, "{text}");
        }
    }

    #[test]
    fn renames_describes_and_keeps_what_is_not_overridden() {
        let text = r#"{"schemaVersion":2,
            "master":{"tools":{"*":{"name":"no","annotations":{"openWorldHint":false}}}},
            "servers":{"s":{"tools":{"t":{"name":"u","description":"better",
                "annotations":{"title":"T"},"outputSchema":{"type":"object"}}}}}}"#;
        let out = apply(text).unwrap();
        assert_eq!(out.tool.name, "u");
        assert_eq!(out.tool.description.as_deref(), Some("better"));
        let annotations = out.tool.annotations.unwrap();
        assert_eq!(annotations.title.as_deref(), Some("T"));
        assert_eq!(annotations.read_only_hint, Some(true));
        assert_eq!(annotations.open_world_hint, Some(false));
        assert!(out.declared_output.is_some());
    }

    #[test]
    fn a_wrong_type_is_reported_with_its_place() {
        let error = parse("{\"servers\":{\n\"s\":{\"enabled\":1}}}").unwrap_err();
        assert!(error.contains("line 2 column"), "{error}");
    }
}
