//! A first stage, of a tool that anybody may call with what its schema says.

use serde_json::{Map, Value, json};

/// A first stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// No tool is known yet.
    Unknown,
    /// None that could be called without a person's word.
    None,
    /// A call that only reads, and that needs nothing which is not here.
    Sure(Call),
    /// A call that a person should look at first.
    Doubtful(Call),
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    tool: String,
    arguments: Value,
}

/// The stage for the tools that were listed. Where values are made up, no answer is certain.
pub fn of(tools: &[Value], stands_in: bool) -> Stage {
    let calls = tools.iter().filter_map(|tool| Some((rank(tool)?, call(tool)?)));
    let Some((rank, call)) = calls.min_by_key(|(rank, _)| *rank) else { return Stage::None };
    if rank == 0 && !stands_in { Stage::Sure(call) } else { Stage::Doubtful(call) }
}

/// How sure it is that the tool only reads, and only here: 0 is sure. None of one that may change something.
fn rank(tool: &Value) -> Option<u8> {
    let hints = &tool["annotations"];
    let name = tool["name"].as_str()?.to_ascii_lowercase();
    let reads = [
        "get", "list", "read", "show", "status", "ping", "health", "version", "time", "echo",
        "info",
    ];
    match (hints["readOnlyHint"].as_bool(), hints["openWorldHint"].as_bool()) {
        (Some(true), Some(false)) => Some(0),
        (Some(true), _) => Some(1),
        (None, _)
            if hints["destructiveHint"] != true && reads.iter().any(|word| name.contains(word)) =>
        {
            Some(2)
        }
        _ => None,
    }
}

/// The call with the arguments that the schema itself gives; none where it leaves one open.
fn call(tool: &Value) -> Option<Call> {
    let schema = &tool["inputSchema"];
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let arguments: Option<Map<String, Value>> =
        required.map(|name| Some((name.to_owned(), given(&schema["properties"][name])?))).collect();
    Some(Call { tool: tool["name"].as_str()?.to_owned(), arguments: Value::Object(arguments?) })
}

fn given(schema: &Value) -> Option<Value> {
    let first = |key: &str| schema[key].as_array()?.first().cloned();
    let one = |key: &str| Some(&schema[key]).filter(|value| !value.is_null()).cloned();
    one("const")
        .or_else(|| one("default"))
        .or_else(|| one("example"))
        .or_else(|| first("examples"))
        .or_else(|| first("enum"))
}

impl Stage {
    /// The same, no longer sure of itself.
    pub fn doubted(self) -> Self {
        match self {
            Self::Sure(call) => Self::Doubtful(call),
            other => other,
        }
    }

    /// Its text in a profile: a table, or comments that a person may make one of.
    pub fn text(&self) -> String {
        const FIRST: &str = "[[stage]]\nname = \"first\"\n\n[[stage.call]]\n";
        match self {
            Self::Sure(call) => format!("\n{FIRST}{}", call.text()),
            Self::Doubtful(call) => {
                let stage = format!("{FIRST}{}", call.text());
                format!("\n# A first stage: what an agent does with it.\n#\n{}", commented(&stage))
            }
            Self::Unknown | Self::None => {
                let open = "tool = \"NAME\"\narguments = { KEY = \"VALUE\" }\nresult_contains = [\"TEXT\"]\n";
                let stage = format!("{FIRST}{open}");
                format!("\n# To do: what an agent does with its tools.\n#\n{}", commented(&stage))
            }
        }
    }
}

fn commented(text: &str) -> String {
    text.lines()
        .map(|line| if line.is_empty() { "#\n".to_owned() } else { format!("# {line}\n") })
        .collect()
}

impl Call {
    fn text(&self) -> String {
        let pairs = self.arguments.as_object().into_iter().flatten();
        let pairs: Vec<String> =
            pairs.map(|(key, value)| format!("{} = {}", json!(key), toml(value))).collect();
        let arguments =
            if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) };
        format!("tool = {}\narguments = {arguments}\n", json!(self.tool))
    }
}

/// A value as TOML has it.
fn toml(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let pairs =
                fields.iter().map(|(key, value)| format!("{} = {}", json!(key), toml(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", "))
        }
        Value::Null => "\"\"".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(name: &str, annotations: Value, schema: Value) -> Value {
        json!({"name": name, "annotations": annotations, "inputSchema": schema})
    }

    #[test]
    fn a_tool_that_only_reads_here_makes_a_stage() {
        let schema = json!({"required": ["a", "b"], "properties": {"a": {"default": 1}, "b": {"enum": ["x"]}}});
        let sure = tool("now", json!({"readOnlyHint": true, "openWorldHint": false}), schema);
        let far = tool("fetch", json!({"readOnlyHint": true}), json!({}));
        let stage = of(&[far.clone(), sure.clone()], false);
        assert!(
            stage.text().contains("\ntool = \"now\"\narguments = { \"a\" = 1, \"b\" = \"x\" }\n"),
            "{}",
            stage.text()
        );
        assert!(matches!(of(&[sure], true), Stage::Doubtful(_)), "what stands in may be refused");
        assert!(of(&[far], false).text().contains("# tool = \"fetch\"\n"));
    }

    #[test]
    fn a_tool_that_may_change_something_or_asks_for_something_makes_none() {
        let open = json!({"required": ["a"], "properties": {"a": {"type": "string"}}});
        let changes = tool("get_rid", json!({"destructiveHint": true}), json!({}));
        for tools in [
            vec![tool("list", json!({}), open)],
            vec![changes],
            vec![tool("write", json!({}), json!({}))],
        ] {
            assert_eq!(of(&tools, false), Stage::None, "{tools:?}");
        }
    }
}
