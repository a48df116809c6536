//! The page: what went wrong first, then everything that explains it.

use camino::Utf8Path;
use smoke_core::cause::Outcome;
use smoke_core::name::called;
use smoke_core::text::shown;

use super::history::History;
use super::markup::Markup;
use super::words::{class, sign, time};
use super::{calls, findings, logs, machine, processes, surroundings, timeline};
use crate::run_record::{Failure, RunRecord};
use crate::verdict::word;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The report of a run as one HTML file that asks for nothing else. Its only script and style are
/// the ones with this `nonce`, which nobody who wrote into a log could know.
pub fn page(folder: &Utf8Path, history: &History, nonce: &str) -> Markup {
    let record = &history.record;
    let mut page = Markup::new();
    head(&mut page, &title(record), nonce);
    page.raw("<a class=\"skip\" href=\"#timeline\">Skip to the timeline</a><header>");
    verdict(&mut page, record);
    causes(&mut page, record);
    page.raw("</header><main>");
    section(&mut page, "timeline", "Timeline", &pictures(history));
    section(&mut page, "steps", "Steps", &steps(history));
    section(&mut page, "stages", "Stages and calls", &calls::stages(record));
    section(&mut page, "findings", "Findings", &findings::all(record));
    section(&mut page, "gateway", "Gateway", &calls::gateway(record));
    section(&mut page, "environment", "Environment", &surroundings::environment(record));
    section(&mut page, "processes", "Processes", &processes::all(history));
    section(&mut page, "logs", "Logs", &logs::logs(folder, record));
    section(&mut page, "versions", "Versions", &surroundings::versions(record));
    page.raw("</main><footer><p>").text(made(history)).raw("</p></footer><script nonce=\"");
    page.text(nonce).raw("\">").raw(SCRIPT).raw("</script></body></html>\n");
    page
}

/// What comes before that which is shown.
pub fn head(page: &mut Markup, title: &str, nonce: &str) {
    page.raw("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">");
    page.raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
    page.raw("img-src data:; style-src 'nonce-").text(nonce).raw("'; script-src 'nonce-");
    page.text(nonce).raw("'; base-uri 'none'; form-action 'none'\">");
    page.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
    page.raw("<meta name=\"color-scheme\" content=\"light dark\">");
    page.raw("<meta name=\"referrer\" content=\"no-referrer\"><link rel=\"icon\" href=\"data:,\">");
    page.raw("<title>").text(title).raw("</title><style nonce=\"").text(nonce).raw("\">");
    page.raw(STYLE).raw("</style></head><body>");
}

fn title(record: &RunRecord) -> String {
    format!("{}: {} · {}", word(record.outcome), record.profile, record.id)
}

fn verdict(page: &mut Markup, record: &RunRecord) {
    page.raw("<h1 class=\"").raw(class(record.outcome)).raw("\"><span aria-hidden=\"true\">");
    page.raw(sign(record.outcome))
        .raw("</span> ")
        .text(headline(record))
        .raw("</h1><dl class=\"facts\">");
    let source = &record.source;
    let dirty = if source.dirty { ", besides changes that were not committed" } else { "" };
    let facts = [
        ("profile", record.profile.clone()),
        ("commit", format!("{:.12}{dirty}", source.commit)),
        ("source", source.path.clone()),
        ("started", record.started_at.clone()),
        ("command", called(&format!("cargo xtask {}", shown(&record.command))).into_owned()),
        ("run", record.id.clone()),
    ];
    for (name, value) in facts {
        page.raw("<div>").element("<dt>", name, "</dt>").element("<dd>", value, "</dd></div>");
    }
    page.raw("</dl>");
}

fn headline(record: &RunRecord) -> String {
    let took = time(record.duration_ms);
    match (&record.failed_step, record.outcome) {
        (Some(step), _) => format!("{} at {step} after {took}", word(record.outcome)),
        (None, Outcome::Running) => format!("running, or killed, after {took}"),
        (None, outcome) => format!("{} in {took}", word(outcome)),
    }
}

/// All causes, the first one in full and open.
fn causes(page: &mut Markup, record: &RunRecord) {
    let step = record.failed_step.clone().unwrap_or_default();
    let only = record.cause.iter().map(|cause| Failure::new(step.clone(), cause.clone()));
    // The records of early versions have one cause only.
    let all: Vec<Failure> =
        if record.causes.is_empty() { only.collect() } else { record.causes.clone() };
    for (index, failure) in all.iter().enumerate() {
        let open = if index == 0 { "<details open" } else { "<details" };
        page.raw(open).raw(" class=\"cause\"><summary><code>").text(failure.cause.code.as_str());
        page.raw("</code> ").text(&failure.step).raw(": ").text(&failure.cause.summary);
        page.raw("</summary>");
        if let Some(earlier) = &failure.follows {
            page.raw("<p>Explained by what failed at ").text(earlier).raw(".</p>");
        }
        if !failure.cause.evidence.is_empty() {
            page.element("<pre tabindex=\"0\">", failure.cause.evidence.join("\n"), "</pre>");
        }
        page.raw("<p>Try next: ").element("<code>", &failure.cause.next, "</code></p></details>");
    }
}

/// A part of the page, if there is anything to show in it.
pub fn section(page: &mut Markup, id: &'static str, heading: &'static str, content: &Markup) {
    if content.len() == 0 {
        return;
    }
    page.raw("<section id=\"").raw(id).raw("\" aria-labelledby=\"h-").raw(id).raw("\"><h2 id=\"h-");
    page.raw(id).raw("\">").raw(heading).raw("</h2>").add(content).raw("</section>");
}

fn pictures(history: &History) -> Markup {
    let mut content = Markup::new();
    for frame in timeline::FRAMES {
        content.add(&timeline::draw(history, frame));
        machine::draw(history, frame).iter().for_each(|drawn| {
            content.add(drawn);
        });
    }
    content.raw("<p class=\"dim\">A bar is a step, and the thin line behind it the time that it ");
    content
        .raw("may take, up to its deadline (red) or the edge of the picture. A dark tick is an ");
    content.raw("attempt that failed. A dotted line leads from the step that was waited for.");
    if !history.samples.is_empty() {
        content.raw(
            " CPU and memory are those of the run and all its processes; waiting is the share ",
        );
        content.raw("of time in which some task of the machine waited for CPU, memory or disk. ");
        content.text(machine::summary(history));
    }
    content.raw("</p>");
    content
}

fn steps(history: &History) -> Markup {
    let mut table = Markup::new();
    table
        .raw("<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"All steps\"><table>");
    table.raw("<thead><tr><th scope=\"col\">Step<th scope=\"col\">");
    table.raw("<span class=\"word\">Outcome</span><th scope=\"col\">Began");
    table.raw(
        "<th scope=\"col\">Took<th scope=\"col\">Deadline<th scope=\"col\">Attempts</tr></thead>",
    );
    table.raw("<tbody>");
    for step in &history.record.steps {
        let ran = step.log.is_some();
        let shown = |ms: u64| if ran { time(ms) } else { String::new() };
        table.raw("<tr class=\"").raw(class(step.outcome)).raw("\">");
        table.element("<th scope=\"row\">", &step.id, "</th>");
        let cached = if step.cached { " (cached)" } else { "" };
        table.raw("<td class=\"outcome\"><span aria-hidden=\"true\">").raw(sign(step.outcome));
        table.element("</span> <span class=\"word\">", word(step.outcome), "</span>");
        table.element("", cached, "</td>");
        table.element("<td>", shown(step.started_ms), "</td>");
        table.element(
            "<td>",
            shown(history.end_of(step) - step.started_ms.min(history.end_of(step))),
            "</td>",
        );
        table.element("<td>", time(step.deadline_ms), "</td>");
        table.element("<td>", step.attempts.to_string(), "</td></tr>");
    }
    table.raw("</tbody></table></div>");
    table
}

fn made(history: &History) -> String {
    let lines = if history.strange == 1 { "line" } else { "lines" };
    let strange = match history.strange {
        0 => String::new(),
        count => {
            format!(" {count} {lines} of it could not be read, cut short or of another version.")
        }
    };
    let id = &history.record.id;
    let again = format!("`cargo xtask runs show {id} --report`");
    format!("Made from events.jsonl of the run folder.{strange} {} makes it again.", called(&again))
}
