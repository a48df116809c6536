//! Findings of a run: each is told once, and with whether the profile accepts it.

use serde_json::Value;
use smoke_core::finding::Finding;
use smoke_core::sync;
use smoke_core::text::tail;
use smoke_mcp::checks;
use smoke_record::event::Event;
use smoke_wire::findings::{self, STRAY};

use crate::context::Context;
use crate::roles::supervisor;
use crate::step::Step;

/// Tells of those that were not told of the run before. The gateway is the subject of one that has none.
pub fn tell(context: &Context, step: &Step, findings: impl IntoIterator<Item = Finding>) {
    for finding in findings {
        let accepted = context.profile.accept.contains(&finding.name);
        let server = Some(&context.profile.gateway.server).filter(|_| finding.subject.is_empty());
        let subject = server.unwrap_or(&finding.subject).clone();
        let finding = Finding { subject, step: step.id().to_owned(), accepted, ..finding };
        let mut told = sync::lock(&context.shared.found);
        if !told.iter().any(|known| known.is_of(&finding)) {
            told.push(finding.clone());
            step.log(&format!("finding {finding}"));
            step.emit(Event::Found(finding));
        }
    }
}

/// Tells what some clients refuse about `tools`, which the gateway lists.
pub fn tell_of_tools(context: &Context, step: &Step, tools: &[Value]) {
    tell(context, step, checks::of_tools(&context.profile.gateway.server, tools));
}

/// Tells what our own gateway has found of the servers behind it, which its log says.
pub fn tell_of_log(context: &Context, step: &Step) {
    const END: usize = 2000;
    if !is_ours(context) {
        return;
    }
    let logs = supervisor::logs(&context.paths.workspace);
    let lines: Vec<String> = logs.iter().flat_map(|log| tail::lines(log, END)).collect();
    tell(context, step, lines.iter().filter_map(|line| stray_output(line)));
}

/// Whether the gateway is our own, be it started by the run or by the clone.
fn is_ours(context: &Context) -> bool {
    let stack = |word: &String| word.ends_with("/stack") || word.ends_with("/clone-smoke-gateway");
    let command = context.expand_all(&context.profile.gateway.command).unwrap_or_default();
    context.profile.gateway.own || command.first().is_some_and(stack)
}

fn stray_output(line: &str) -> Option<Finding> {
    let (before, said) = line.split_once(STRAY)?;
    let (_, server) = before.trim_end().strip_suffix(':')?.rsplit_once("server ")?;
    Some(Finding { subject: server.to_owned(), ..findings::stray_output(said) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_our_gateways_log_tells_of_stray_output() {
        let line = format!("2026-12-01T11:39:40.964Z server odd one: {STRAY}loading");
        let found = stray_output(&line).unwrap();
        assert_eq!(found.subject, "odd one");
        assert!(found.summary.contains("\"loading\""), "{}", found.summary);
        assert_eq!(stray_output("2026-12-01T11:39:40.964Z server odd: ready with 1 tools"), None);
    }
}
