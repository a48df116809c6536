//! The list of tools: what it lacks of what the profile expects.

use serde_json::Value;
use smoke_core::text::nearest::is_slip;
use smoke_mcp::endpoint;

/// What two lists say that differ.
pub const CHANGES: &str = "the list changes from one request to the next";

/// What `tools` lack of the `expected` ones, in words.
pub fn shortfall(missing: &[&str], expected: &[String], tools: &[Value]) -> String {
    if tools.is_empty() {
        return "no tool is listed".to_owned();
    }
    // One that is expected too is no slip for another.
    let mut names = endpoint::names(tools);
    names.retain(|name| !expected.iter().any(|tool| tool == name));
    let named = missing.iter().map(|tool| match names.iter().find(|name| is_slip(tool, name)) {
        Some(name) => format!("{tool} (is it {name}?)"),
        None => (*tool).to_owned(),
    });
    let (there, named) = (expected.len() - missing.len(), named.collect::<Vec<_>>().join(", "));
    let mut said = format!("{there} of {} expected tools listed, without {named}", expected.len());
    let nameless = tools.iter().filter(|tool| !tool["name"].is_string()).count();
    for (count, what) in [(names.len(), "others are"), (nameless, "have no name")] {
        if count > 0 {
            said += &format!("; {count} {what}");
        }
    }
    said
}
