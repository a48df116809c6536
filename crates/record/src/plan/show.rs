//! The plan as people and programs read it.

use serde_json::json;

use super::{Plan, Step};
use crate::profile::Profile;

/// A line for each step.
pub fn text(profile: &Profile, plan: &Plan, source: &str, commit: &str) -> String {
    let steps: String = plan.steps.iter().map(line).collect();
    let name = &profile.name;
    format!("profile {name}, source {source} at {commit:.12}\n\n{steps}\nnothing was done\n")
}

/// One object.
pub fn json(profile: &Profile, plan: &Plan, source: &str, commit: &str) -> String {
    let step = |step: &Step| {
        let deadline_ms = step.deadline.as_millis() as u64;
        json!({"id": step.id, "needs": step.needs, "deadline_ms": deadline_ms})
    };
    let steps: Vec<_> = plan.steps.iter().map(step).collect();
    let source = json!({"path": source, "commit": commit});
    let shown = json!({"profile": profile.name, "source": source, "steps": steps});
    format!("{shown:#}\n")
}

fn line(step: &Step) -> String {
    let after = match step.needs.is_empty() {
        true => String::new(),
        false => format!("after {}", step.needs.join(", ")),
    };
    let deadline = humantime::format_duration(step.deadline);
    let line = format!("{:<20} within {deadline:<8} {after}", step.id);
    format!("{}\n", line.trim_end())
}
