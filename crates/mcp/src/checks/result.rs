//! The result of a call, held to what its tool promises.

use serde_json::Value;
use smoke_core::finding::{Finding, Name};

use super::content;
use super::schema;
use super::tools::server_of;
use crate::CallResult;

/// What official clients refuse about `result`, which `tool` of `server` gave, and what of it only some agents
/// show their models. A failure need not keep the promise, and has its text.
pub fn of_result(server: &str, tool: &Value, result: &CallResult) -> Vec<Finding> {
    if result.is_error {
        return Vec::new();
    }
    let name = tool["name"].as_str().unwrap_or_default();
    let subject = format!("{}/{}", server_of(tool).unwrap_or(server), crate::excerpt(name));
    let lines = [crate::excerpt(&result.structured_content.to_string())];
    let lines = lines.into_iter().filter(|_| !result.structured_content.is_null());
    let finding =
        |(name, summary)| Finding::new(name, subject.clone(), summary).evidence(lines.clone());
    let found = [broken(tool, result), content::one_sided(result), content::dropped(result)];
    found.into_iter().flatten().map(finding).collect()
}

/// How the result breaks its tool's promise.
fn broken(tool: &Value, result: &CallResult) -> Option<(Name, String)> {
    let promised = tool.get("outputSchema").filter(|schema| schema.is_object())?;
    let refused = "clients on the official SDKs for TypeScript and Python refuse such a result";
    if result.structured_content.is_null() {
        let summary = format!(
            "it promises an outputSchema, and its result has no structuredContent: {refused}"
        );
        return Some((Name::ResultWithoutStructure, summary));
    }
    let fault = schema::fault(promised, &result.structured_content)?;
    let summary = format!("its structuredContent breaks its own outputSchema: {fault}: {refused}");
    Some((Name::ResultBreaksSchema, summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_keeps_the_promise_of_its_tool() {
        let schema = json!({"type": "object", "properties": {"sum": {"type": "integer"}}, "required": ["sum"]});
        let tool = json!({"name": "add", "outputSchema": schema});
        let name = |tool: &Value, result: Value| {
            let result = CallResult::new(result);
            let found = of_result("s", tool, &result).into_iter();
            found.map(|finding| (finding.name, finding.subject)).collect::<Vec<_>>()
        };
        let text = json!([{"type": "text", "text": "5"}]);
        let of = |name| vec![(name, "s/add".to_owned())];
        assert_eq!(name(&tool, json!({"content": text, "structuredContent": {"sum": 5}})), []);
        assert_eq!(
            name(&tool, json!({"content": text, "structuredContent": {"sum": "5"}})),
            of(Name::ResultBreaksSchema)
        );
        assert_eq!(name(&tool, json!({"content": []})), of(Name::ResultWithoutStructure));
        assert_eq!(name(&tool, json!({"content": [], "isError": true})), []);
        assert_eq!(name(&json!({"name": "add"}), json!({"content": []})), []);
    }
}
