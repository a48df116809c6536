//! The result of a call, held to what its tool promises.

use serde_json::Value;
use smoke_core::finding::{Finding, Name};

use super::schema;
use super::tools::server_of;
use crate::CallResult;

/// What official clients refuse about `result`, which `tool` of `server` gave. A failure need not keep the
/// promise.
pub fn of_result(server: &str, tool: &Value, result: &CallResult) -> Option<Finding> {
    let promised = tool.get("outputSchema").filter(|schema| schema.is_object())?;
    if result.is_error {
        return None;
    }
    let name = tool["name"].as_str().unwrap_or_default();
    let subject = format!("{}/{}", server_of(tool).unwrap_or(server), crate::excerpt(name));
    let refused = "clients on the official SDKs for TypeScript and Python refuse such a result";
    if result.structured_content.is_null() {
        let summary = format!(
            "it promises an outputSchema, and its result has no structuredContent: {refused}"
        );
        return Some(Finding::new(Name::ResultWithoutStructure, subject, summary));
    }
    let fault = schema::fault(promised, &result.structured_content)?;
    let summary = format!("its structuredContent breaks its own outputSchema: {fault}: {refused}");
    let content = crate::excerpt(&result.structured_content.to_string());
    Some(Finding::new(Name::ResultBreaksSchema, subject, summary).evidence([content]))
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
            of_result("s", tool, &result).map(|finding| (finding.name, finding.subject))
        };
        let of = |name| Some((name, "s/add".to_owned()));
        assert_eq!(name(&tool, json!({"structuredContent": {"sum": 5}})), None);
        assert_eq!(
            name(&tool, json!({"structuredContent": {"sum": "5"}})),
            of(Name::ResultBreaksSchema)
        );
        assert_eq!(name(&tool, json!({"content": []})), of(Name::ResultWithoutStructure));
        assert_eq!(name(&tool, json!({"content": [], "isError": true})), None);
        assert_eq!(name(&json!({"name": "add"}), json!({"content": []})), None);
    }
}
