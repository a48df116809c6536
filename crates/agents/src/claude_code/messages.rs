//! Lines that hold the messages between an agent and its model, as Claude Code prints them and others after it.

use std::borrow::Cow;

use smoke_json::{Json, nested_fields};

use crate::stream::{moment, reported};
use crate::transcript::{CallEvent, End, Failure, Status, Transcript, parted};

/// What the names of tools begin with that belong to a server.
const PREFIX: &str = "mcp__";
/// Why nothing is known of the calls of a session whose end was printed alone.
const ONLY_THE_END: &str = "the transcript has only the end of a session, without its calls; \
                            --output-format stream-json prints them";

/// Whether an object is such a line.
pub fn are_in(line: Json<'_>) -> bool {
    let [kind, session, saved_session, message] =
        line.fields(["type", "session_id", "sessionId", "message"]);
    let kinds = ["system", "assistant", "user", "result", "stream_event"];
    kinds.contains(&&*kind.text())
        && (session.is_text() || (saved_session.is_text() && message.is_object()))
}

/// What a line has beside its message.
struct Metadata<'a> {
    /// When it was written.
    timestamp: Json<'a>,
    /// Of each call, what the server names its tool.
    tool_use_meta: Json<'a>,
    /// Of each call, whether it was allowed.
    tool_result_meta: Json<'a>,
    /// What became of the call, before it was made into what the model reads.
    tool_use_result: Json<'a>,
}

/// Takes what a line says.
pub fn take(transcript: &mut Transcript, line: &[u8]) -> Option<()> {
    let ([kind, subtype, timestamp, tool_use_meta, tool_result_meta, result, saved], [content]) =
        nested_fields(
            line,
            [
                "type",
                "subtype",
                "timestamp",
                "tool_use_meta",
                "tool_result_meta",
                "tool_use_result",
                "toolUseResult",
            ],
            "message",
            ["content"],
        )?;
    let tool_use_result = if result.is_null() { saved } else { result };
    let metadata = Metadata { timestamp, tool_use_meta, tool_result_meta, tool_use_result };
    match &*kind.text() {
        "" => return None,
        "system" => take_system(transcript, &subtype.text(), Json::of(line)),
        "assistant" => {
            for block in content.objects(["type", "text", "id", "name", "input"]) {
                take_answer(transcript, block, &metadata);
            }
        }
        "user" => {
            for block in content.objects(["type", "tool_use_id", "content", "is_error"]) {
                take_result(transcript, block, &metadata);
            }
        }
        "stream_event" => transcript.get_on(),
        "result" => take_end(transcript, &subtype.text(), Json::of(line)),
        _ => {}
    }
    Some(())
}

fn take_system(transcript: &mut Transcript, subtype: &str, line: Json<'_>) {
    match subtype {
        "init" => {
            let [session, tools, servers] = line.fields(["session_id", "tools", "mcp_servers"]);
            transcript.begin_thread(session);
            transcript.take_offered(tools);
            for server in servers.elements() {
                let [name, status, error] = server.fields(["name", "status", "error"]);
                transcript.take_server(name, status, error);
            }
        }
        "permission_denied" => transcript.refuse(line.field("tool_use_id")),
        "api_retry" => {
            let names = ["attempt", "max_retries", "error_status", "error"];
            let [attempt, most, status, error] = line.fields(names).map(Json::text);
            let why = if status.is_empty() { error } else { format!("status {status}").into() };
            transcript.take_error(&format!("retry {attempt} of {most}: {why}"));
        }
        _ => {}
    }
}

/// A part of what the model says.
fn take_answer(transcript: &mut Transcript, block: [Json<'_>; 5], metadata: &Metadata<'_>) {
    let [kind, text, id, name, input] = block;
    match &*kind.text() {
        "text" => return transcript.say(text),
        "tool_use" => {
            let alias = name.text();
            let Some(whole) = alias.strip_prefix(PREFIX) else {
                return transcript.take_command(false);
            };
            let (server, tool) = parted(whole, "__", &transcript.servers).unwrap_or(("", whole));
            let own = of_id(metadata.tool_use_meta, "id", id).field("tool_name").text();
            let event = CallEvent {
                has_own_name: !own.is_empty(),
                tool: if own.is_empty() { tool.into() } else { own },
                arguments: input,
                begins: true,
                began_ms: moment(metadata.timestamp),
                ..CallEvent::of(id, &alias, (server, tool))
            };
            transcript.take_call(event);
        }
        _ => {}
    }
    transcript.get_on();
}

/// A part of what the model is told.
fn take_result(transcript: &mut Transcript, block: [Json<'_>; 4], metadata: &Metadata<'_>) {
    let [kind, id, content, is_error] = block;
    if kind.text() != "tool_result" {
        return;
    }
    transcript.get_on();
    let error = is_error.is_true().then(|| words(content));
    let decision =
        of_id(metadata.tool_result_meta, "id", id).field("permission_decision").field("decision");
    let is_refused = !decision.is_null() && decision.text() != "accept"
        || error.as_deref().is_some_and(is_refusal);
    let failure = match error.as_deref() {
        Some(_) if is_refused => Some(Failure::Refused),
        Some(error) if is_about_unknown(error) => Some(Failure::Unknown),
        _ => None,
    };
    transcript.take_call(CallEvent {
        id: id.text(),
        status: Some(if error.is_some() { Status::Failed } else { Status::Completed }),
        content,
        structured_content: metadata.tool_use_result.field("structuredContent"),
        error,
        failure,
        ended_ms: moment(metadata.timestamp),
        ..CallEvent::default()
    });
}

fn take_end(transcript: &mut Transcript, subtype: &str, line: Json<'_>) {
    let [usage, is_error, result, errors, error, denials] =
        line.fields(["usage", "is_error", "result", "errors", "error", "permission_denials"]);
    if transcript.events == 0 {
        transcript.without_calls = Some(ONLY_THE_END);
    }
    transcript.add_usage(usage);
    denials.elements().for_each(|denial| transcript.refuse(denial.field("tool_use_id")));
    if !is_error.is_true() {
        transcript.end = Some(End::Completed);
        return;
    }
    let first = errors.elements().next().unwrap_or_default();
    let words = [result.text(), first.text(), error.field("message").text(), subtype.into()];
    transcript.fail(&words.into_iter().find(|words| !words.is_empty()).unwrap_or_default());
}

/// The object of a list that is about `id`.
fn of_id<'a>(list: Json<'a>, name: &str, id: Json<'_>) -> Json<'a> {
    list.elements().find(|each| each.field(name).raw() == id.raw()).unwrap_or_default()
}

/// The words of an error, which is a text, or blocks that have some.
fn words(content: Json<'_>) -> Cow<'_, str> {
    let text = match content.is_array() {
        true => content
            .elements()
            .map(|block| block.field("text").text())
            .collect::<Vec<_>>()
            .join("\n")
            .into(),
        false => content.text(),
    };
    let inner = text.strip_prefix("<tool_use_error>");
    let inner = inner.and_then(|inner| inner.strip_suffix("</tool_use_error>"));
    inner.map(str::to_owned).or_else(|| reported(&text)).map_or(text, Cow::from)
}

fn is_refusal(error: &str) -> bool {
    let words = ["requested permissions to use", "permission was declined", "permission to use"];
    words.iter().any(|words| error.contains(words))
}

fn is_about_unknown(error: &str) -> bool {
    let words = ["No such tool available", "not found in registry", "not found on MCP server"];
    words.iter().any(|words| error.contains(words))
}
