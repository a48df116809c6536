//! Findings of a run: each is told once, and with whether the profile accepts it.

use serde_json::Value;
use smoke_core::finding::Finding;
use smoke_core::sync;
use smoke_mcp::checks;
use smoke_record::event::Event;

use crate::context::Context;
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
