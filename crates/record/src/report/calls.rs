//! The stages with their expectations and calls, and what the gateway served.

use smoke_core::text::legible::cut;

use super::markup::Markup;
use super::words::time;
use crate::run_record::{CallRecord, RunRecord, StageRecord};
use crate::screen::count;

/// The most calls of a stage, and the most characters of arguments, that are shown.
const CALLS: usize = 300;
const ARGUMENTS: usize = 8_000;

/// All stages that were judged.
pub fn stages(record: &RunRecord) -> Markup {
    let mut all = Markup::new();
    for stage in &record.stages {
        all.raw("<article><h3>").text(&stage.name).raw("</h3>");
        summary(&mut all, stage);
        expectations(&mut all, stage);
        for call in stage.calls.iter().take(CALLS) {
            show(&mut all, call);
        }
        if stage.calls.len() > CALLS {
            let rest = format!("{} more calls are in events.jsonl.", stage.calls.len() - CALLS);
            all.element("<p class=\"cut\">", rest, "</p>");
        }
        all.raw("</article>");
    }
    all
}

fn summary(out: &mut Markup, stage: &StageRecord) {
    let met = stage.expectations.iter().filter(|expected| expected.met).count();
    let clean = if stage.git_clean { "clean" } else { "changed" };
    let tokens: Vec<String> =
        stage.tokens.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let tokens =
        if tokens.is_empty() { String::new() } else { format!("; tokens: {}", tokens.join(", ")) };
    let text = format!(
        "{met} of {} expectations met; {}, judged by the {}; the clone was {clean}{tokens}.",
        stage.expectations.len(),
        count(stage.calls.len(), "call"),
        stage.evidence,
    );
    out.element("<p>", text, "</p>");
}

fn expectations(out: &mut Markup, stage: &StageRecord) {
    let unmet: Vec<_> = stage.expectations.iter().filter(|expected| !expected.met).collect();
    if unmet.is_empty() {
        return;
    }
    out.raw("<ul>");
    for expected in unmet.into_iter().take(CALLS) {
        out.raw("<li class=\"failed\"><span aria-hidden=\"true\">✗</span> <code>");
        out.text(&expected.tool).raw("</code> ");
        out.text(expected.why.as_deref().unwrap_or("was not met")).raw("</li>");
    }
    out.raw("</ul>");
}

fn show(out: &mut Markup, call: &CallRecord) {
    let (class, sign) = match call.status.as_str() {
        "completed" => ("passed", "✓"),
        "in_progress" => ("late", "…"),
        _ => ("failed", "✗"),
    };
    out.raw("<details class=\"")
        .raw(class)
        .raw("\"><summary><span aria-hidden=\"true\">")
        .raw(sign);
    out.raw("</span> <code>").text(&call.tool).raw("</code> <span class=\"dim\">");
    let took = call.duration_ms.map(|ms| format!(" in {}", time(ms))).unwrap_or_default();
    out.text(format!("{} {}{took}", call.server, call.status)).raw("</span></summary>");
    let arguments = serde_json::to_string_pretty(&call.arguments).unwrap_or_default();
    out.raw("<h4>Arguments</h4>");
    out.element("<pre tabindex=\"0\">", cut(&arguments, ARGUMENTS), "</pre>");
    for (heading, text) in [("Error", &call.error), ("Result", &call.result)] {
        if let Some(text) = text {
            out.element("<h4>", heading, "</h4>");
            out.element("<pre tabindex=\"0\">", cut(text, ARGUMENTS), "</pre>");
        }
    }
    out.raw("</details>");
}

/// What the gateway listed, and the servers behind it.
pub fn gateway(record: &RunRecord) -> Markup {
    let (gateway, mut out) = (&record.gateway, Markup::new());
    if gateway.listed == 0 && gateway.missing.is_empty() && gateway.servers.is_empty() {
        return out;
    }
    out.element("<p>", format!("It listed {}.", count(gateway.listed, "tool")), "</p>");
    let times =
        [("open a session", gateway.opened_after_ms), ("list them", gateway.listed_after_ms)];
    for (what, ms) in times.into_iter().filter_map(|(what, ms)| Some((what, ms?))) {
        out.element("<p>", format!("It took {} to {what}.", time(ms)), "</p>");
    }
    if !gateway.missing.is_empty() {
        out.raw("<p class=\"failed\"><span aria-hidden=\"true\">✗</span> Missing: ");
        out.text(gateway.missing.join(", ")).raw("</p>");
    }
    for server in &gateway.servers {
        let state = match server.serves {
            Some(true) => "serves",
            Some(false) => "does not serve",
            None => "is not known to serve",
        };
        out.raw("<p><code>").text(&server.name).raw("</code> ").raw(state).text(
            server.answered_after_ms.map(|ms| format!(" after {}", time(ms))).unwrap_or_default(),
        );
        out.raw("</p>");
        if !server.why.is_empty() {
            out.element("<pre tabindex=\"0\">", server.why.join("\n"), "</pre>");
        }
    }
    if !gateway.tools.is_empty() {
        let names: Vec<&str> = gateway.tools.keys().map(String::as_str).collect();
        out.raw("<details><summary>All tools</summary>");
        out.element("<pre tabindex=\"0\">", names.join("\n"), "</pre></details>");
    }
    out
}
