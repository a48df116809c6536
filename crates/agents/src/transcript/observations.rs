//! Evidence of a stage besides its transcript: offered tools, stderr of the agent, the gateway's record.

use smoke_mcp::excerpt;

use super::call::{Call, Status};
use super::name::same_name;

/// What others saw of an agent's work.
#[derive(Clone, Debug, Default)]
pub struct Observations {
    /// The tools that the agent offered to its model, as the gateway names them; none when nobody
    /// saw what was offered.
    pub offered: Option<Vec<String>>,
    /// The last lines that the agent wrote on stderr.
    pub complaints: Vec<String>,
    /// The calls that the gateway got, where it keeps a record of its own.
    pub recorded: Option<Vec<Call>>,
}

impl Observations {
    /// Whether the agent could not call `tool`, because it was not offered. Of two whose names differ in a dash
    /// only, an agent may offer one.
    pub fn lacks(&self, tool: &str) -> bool {
        let offered = self.offered.as_ref();
        offered.is_some_and(|names| !names.iter().any(|name| name == tool))
            || self.unsupported().any(|name| ends_with_tool(name, tool))
    }

    /// The last call of `calls` that went well, if the gateway got fewer calls of its tool.
    pub fn unrecorded<'a>(&self, calls: &'a [Call]) -> Option<&'a Call> {
        let recorded = self.recorded.as_ref()?;
        let well = || calls.iter().filter(|call| call.status == Status::Completed);
        let of = |call: &&Call, tool: &str| same_name(tool, &call.tool);
        well().rev().find(|last| {
            let told = well().filter(|call| of(call, &last.tool)).count();
            told > recorded.iter().filter(|call| of(call, &last.tool)).count()
        })
    }

    /// What was seen, a line for each.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let offered = self.offered.iter().map(|names| match names.as_slice() {
            [] => "offered were no tools of the stack".to_owned(),
            names => format!("offered were {}", excerpt(&names.join(", "))),
        });
        let complaints = self.complaints.iter().map(|line| format!("stderr: {}", excerpt(line)));
        offered.chain(complaints)
    }

    /// The names that the model called and the agent does not know.
    fn unsupported(&self) -> impl Iterator<Item = &str> {
        let after = |line: &'_ String| line.find("unsupported call: ").map(|at| at + 18);
        self.complaints.iter().filter_map(move |line| Some(line[after(line)?..].trim()))
    }
}

/// Whether `name`, with whatever an agent puts before it, is that of `tool`.
fn ends_with_tool(name: &str, tool: &str) -> bool {
    let start = name.len().checked_sub(tool.len());
    start.and_then(|start| name.get(start..)).is_some_and(|end| same_name(tool, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(names: &[&str]) -> Observations {
        let offered = Some(names.iter().map(|name| (*name).to_owned()).collect());
        Observations { offered, ..Observations::default() }
    }

    fn call(tool: &str, status: &str) -> Call {
        let line = format!(
            r#"{{"type":"item.completed","item":{{"id":"1","type":"mcp_tool_call","tool":"{tool}","status":"{status}"}}}}"#
        );
        crate::read(line.as_bytes()).calls.remove(0)
    }

    #[test]
    fn a_tool_is_lacking_only_if_somebody_saw_what_was_offered() {
        assert!(!Observations::default().lacks("list-all"));
        assert!(offered(&["grep"]).lacks("list-all"));
        assert!(!offered(&["list-all"]).lacks("list-all"));
        assert!(offered(&["list_all"]).lacks("list-all"));
    }

    #[test]
    fn an_unsupported_call_is_one_that_was_not_offered() {
        let complaints = vec!["ERROR router: error=unsupported call: mcp__stack__list_all".into()];
        let observed = Observations { complaints, ..Observations::default() };
        assert!(observed.lacks("list-all") && !observed.lacks("grep"));
    }

    #[test]
    fn calls_that_the_gateway_never_got_are_found() {
        let recorded = Some(vec![call("list-all", "completed"), call("grep", "failed")]);
        let observed = Observations { recorded, ..Observations::default() };
        assert!(observed.unrecorded(&[call("list_all", "completed")]).is_none());
        assert!(observed.unrecorded(&[call("other", "failed")]).is_none());
        let twice = [call("list_all", "completed"), call("list_all", "completed")];
        assert!(observed.unrecorded(&twice).is_some());
        assert_eq!(Observations::default().unrecorded(&twice), None);
    }
}
